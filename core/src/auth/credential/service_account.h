/* SPDX-License-Identifier: MIT
 * A service account with its private key: it signs a claim and exchanges that for an access token (RFC 7523, AIP-4112).
 */
#ifndef CAI_SERVICE_ACCOUNT_H
#define CAI_SERVICE_ACCOUNT_H

#include "credential.h"

/* A credential of type service_account from its file's content. NULL and `err` when something in it cannot be used. */
cai_credential *cai_service_account_new(const cai_document *document, cai_err *err);

#endif
