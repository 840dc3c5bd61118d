/* SPDX-License-Identifier: MIT
 * Type "external_account_authorized_user": the login of a person from a workforce pool, as `gcloud auth
 * application-default login --login-config=...` writes it. */
#ifndef CAI_EXTERNAL_USER_H
#define CAI_EXTERNAL_USER_H

#include "credential.h"

/* NULL and `err` (CHATABI_E_AUTH_SOURCE, _AUTH_HOST or _NOMEM). */
cai_credential *cai_external_user_new(const cai_document *document, cai_err *err);

#endif
