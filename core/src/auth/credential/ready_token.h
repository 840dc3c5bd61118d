/* SPDX-License-Identifier: MIT
 * An access token that somebody else got and put into an environment variable, as gcloud and Terraform take it. Nobody
 * says how long it is good for, and nothing but a restart can renew it. */
#ifndef CAI_READY_TOKEN_H
#define CAI_READY_TOKEN_H

#include "credential.h"

/* `name` is the variable's, static text. */
cai_credential *cai_ready_token_new(const char *token, const char *name, cai_log *log, cai_err *err);

#endif
