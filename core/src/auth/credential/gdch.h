/* SPDX-License-Identifier: MIT
 * A service identity of Google Distributed Cloud (air-gapped): it signs a claim with its EC key and exchanges that with
 * the customer's own token service. */
#ifndef CAI_GDCH_H
#define CAI_GDCH_H

#include "credential.h"

/* A credential of type gdch_service_account from its file's content. NULL and `err` when something in it cannot be
 * used. */
cai_credential *cai_gdch_new(const cai_document *document, cai_err *err);

#endif
