/* SPDX-License-Identifier: MIT
 * The login that `gcloud auth application-default login` leaves: a refresh token (RFC 6749 6, AIP-4113). */
#ifndef CAI_AUTHORIZED_USER_H
#define CAI_AUTHORIZED_USER_H

#include "credential.h"

/* A credential of type authorized_user from its file's content. NULL and `err` when something in it cannot be used. */
cai_credential *cai_authorized_user_new(const cai_document *document, cai_err *err);

#endif
