/* SPDX-License-Identifier: MIT
 * Type "impersonated_service_account": a service account's token by way of the credential in source_credentials. */
#ifndef CAI_IMPERSONATED_H
#define CAI_IMPERSONATED_H

#include "credential.h"

/* NULL and `err` (CHATABI_E_AUTH_SOURCE, _AUTH_HOST, _UNSUPPORTED or _NOMEM). */
cai_credential *cai_impersonated_new(const cai_document *document, cai_err *err);

#endif
