/* SPDX-License-Identifier: MIT
 * What the user can do about a refusal of a token service: one sentence per cause that Google's services tell apart. */
#ifndef CAI_ADVICE_H
#define CAI_ADVICE_H

#include "setback.h"

/* Fills setback->hint from what was read before: error, subtype, reason, status, clock. `words` is the server's message
 * and `service`, `url` are google.rpc.ErrorInfo's metadata of that name, both may be NULL. */
void cai_advice_write(cai_setback *setback, const cai_exchange *exchange, const char *words, const char *service,
                      const char *url);

#endif
