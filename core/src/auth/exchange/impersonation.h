/* SPDX-License-Identifier: MIT
 * A service account's access token by way of another credential's (IAM Credentials API,
 * https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken). */
#ifndef CAI_IMPERSONATION_H
#define CAI_IMPERSONATION_H

#include "document.h"
#include "errand.h"
#include "grant.h"

typedef struct cai_impersonation {
  char *url;        /* checked: IAM Credentials' host, .../serviceAccounts/EMAIL:generateAccessToken */
  char *email;      /* whom it is for, taken from the URL */
  char **delegates; /* "projects/-/serviceAccounts/...", NULL-terminated; NULL: none */
  int64_t lifetime_s;
} cai_impersonation;

/* Reads `url_member` of the document, and `delegates` and `lifetime` if it has them. 0 or CHATABI_E_AUTH_SOURCE,
 * _AUTH_HOST, _NOMEM. To be finished in any case. */
int cai_impersonation_init(cai_impersonation *impersonation, const cai_document *document, const char *url_member,
                           cai_err *err);
void cai_impersonation_fini(cai_impersonation *impersonation);

/* `access_token` is the source's; `quota_project` may be NULL. 0 or CHATABI_E_NOMEM. */
int cai_impersonation_ask(const cai_impersonation *impersonation, cai_http_request *request, const char *access_token,
                          const char *quota_project);

/* Reads {"accessToken", "expireTime"}; the life is what is left of it on the server's clock (Date header), so that a
 * wrong clock of ours does not matter. 0, or a code with everything in `setback`. */
int cai_impersonation_read(cai_grant *grant, const cai_exchange *exchange, cai_now now, const cai_http_reply *reply,
                           cai_setback *setback);

#endif
