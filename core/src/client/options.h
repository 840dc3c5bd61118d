/* SPDX-License-Identifier: MIT
 * The options of one request, from JSON. */
#ifndef CAI_OPTIONS_H
#define CAI_OPTIONS_H

#include "../engine/attempt.h"

/* `json` may be NULL. 0; CHATABI_E_JSON, CHATABI_E_CONFIG (naming the member) or NOMEM. `options` is to be finished in
 * any case. */
int cai_options_read(cai_options *options, const char *json, cai_err *err);

#endif
