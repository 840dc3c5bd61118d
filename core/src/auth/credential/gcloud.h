/* SPDX-License-Identifier: MIT
 * The Google Cloud CLI, run for the token of whoever is signed in to it. */
#ifndef CAI_CREDENTIAL_GCLOUD_H
#define CAI_CREDENTIAL_GCLOUD_H

#include "../exchange/places.h"
#include "credential.h"

/* `places` outlives the credential, which runs gcloud in places->environment. `account` is an email, NULL: the active
 * one. NULL and `err`: CHATABI_E_AUTH_SOURCE or _NOMEM. */
cai_credential *cai_gcloud_new(const cai_places *places, const char *account, cai_log *log, cai_err *err);

#endif
