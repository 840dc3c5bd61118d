/* SPDX-License-Identifier: MIT
 * What a user can do about a failure. */
#ifndef CAI_HINT_H
#define CAI_HINT_H

#include "failure.h"

/* Static text, or NULL when we know nothing better than the server's words. Reads the failure's code and provider_
 * fields. */
const char *cai_hint_for(const cai_failure *failure, bool is_html);

#endif
