/* SPDX-License-Identifier: MIT
 * Type "external_account": an identity from elsewhere (workload or workforce identity federation). Its subject token is
 * exchanged at STS, and what comes back, if the file says so, for a service account's token
 * (https://google.aip.dev/auth/4117). */
#ifndef CAI_EXTERNAL_ACCOUNT_H
#define CAI_EXTERNAL_ACCOUNT_H

#include "credential.h"

/* NULL and `err` (CHATABI_E_AUTH_SOURCE, _AUTH_HOST, _UNSUPPORTED or _NOMEM). */
cai_credential *cai_external_account_new(const cai_document *document, cai_err *err);

#endif
