/* SPDX-License-Identifier: MIT
 * A credential file's content given as text, by the user or in an environment variable: JSON, or base64 of it, for
 * places that do not take quotes and line breaks. */
#ifndef CAI_EMBEDDED_H
#define CAI_EMBEDDED_H

#include "credential/credential.h"

/* As cai_credential_parse; `origin` names the text in messages. */
cai_credential *cai_embedded_parse(const char *text, const char *origin, const cai_guard *guard,
                                   const cai_places *places, cai_log *log, cai_err *err);

#endif
