/* SPDX-License-Identifier: MIT
 * What the replies of token services have in common: JSON objects with a token that becomes part of a header line. */
#ifndef CAI_REPLY_H
#define CAI_REPLY_H

#include <cjson/cJSON.h>

#include "grant.h"

/* The JSON object of a reply with status 200. NULL for any other, with everything in `setback`. Free with
 * cai_json_free_secret. */
cJSON *cai_reply_open(const cai_exchange *exchange, cai_now now, const cai_http_reply *reply, cai_setback *setback);

/* For a reply with status 200 that is wrong. Returns the code. */
int cai_reply_distrust(cai_setback *setback, const cai_exchange *exchange, const char *why);

/* Makes the member's text the grant's access token. 0, or a code with everything in `setback`. */
int cai_reply_keep(cai_grant *grant, const cJSON *tree, const char *member, const cai_exchange *exchange,
                   cai_setback *setback);

#endif
