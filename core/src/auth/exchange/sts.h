/* SPDX-License-Identifier: MIT
 * Google's Security Token Service: exchanges a foreign subject token for a federated access token (RFC 8693,
 * https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token). */
#ifndef CAI_STS_H
#define CAI_STS_H

#include "errand.h"
#include "grant.h"

/* Borrowed for the call. */
typedef struct cai_sts {
  const char *url;
  const char *audience;
  const char *scope;
  const char *subject_token_type;
  const char *subject_token;
  const char *client_id, *client_secret; /* HTTP Basic when client_id is there; a missing secret is empty */
  const char *user_project;              /* workforce pools, without client_id; may be NULL */
  const char *metrics;                   /* x-goog-api-client; may be NULL */
} cai_sts;

/* 0 or CHATABI_E_NOMEM. */
int cai_sts_ask(cai_http_request *request, const cai_sts *sts);

/* 0, or a code with everything in `setback`. A reply that does not say how long the token is good for gives it a short
 * life: RFC 8693 only recommends expires_in. */
int cai_sts_read(cai_grant *grant, const cai_exchange *exchange, cai_now now, const cai_http_reply *reply,
                 cai_setback *setback);

/* Sets "Authorization: Basic ..." (RFC 6749 2.3.1 as Google's servers take it: not form-encoded first). 0 or
 * CHATABI_E_NOMEM. */
int cai_basic_set(cai_http_request *request, const char *id, const char *secret);

#endif
