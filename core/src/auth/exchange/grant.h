/* SPDX-License-Identifier: MIT
 * What a token service gives: an access token and how long it is good for (RFC 6749 5.1). */
#ifndef CAI_GRANT_H
#define CAI_GRANT_H

#include <stdint.h>

#include "../../base/http.h"
#include "setback.h"

enum { CAI_GRANT_MAX_TOKEN = 64 * 1024 };

/* What is asked for in every exchange that asks for something. */
#define CAI_GRANT_SCOPE "https://www.googleapis.com/auth/cloud-platform"

/* Owned text, overwritten before release. */
typedef struct cai_grant {
  char *access_token;
  char *refresh_token; /* a new one, to be used from now on; else NULL */
  int64_t life_ms;
} cai_grant;

void cai_grant_init(cai_grant *grant);
void cai_grant_fini(cai_grant *grant);

/* Makes `request` a form POST to `url`; the caller appends the form to its body. 0 or CHATABI_E_NOMEM. */
int cai_grant_ask(cai_http_request *request, const char *url);

/* Reads a token service's reply. 0, or a code with everything in `setback`. */
int cai_grant_read(cai_grant *grant, const cai_exchange *exchange, cai_now now, const cai_http_reply *reply,
                   cai_setback *setback);

#endif
