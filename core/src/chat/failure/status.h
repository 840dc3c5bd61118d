/* SPDX-License-Identifier: MIT
 * From what servers call an error to our code: the tables. */
#ifndef CAI_STATUS_H
#define CAI_STATUS_H

#include <stdbool.h>

#include "failure.h"

/* The HTTP status that the failure amounts to: its own when that is an error, else by provider_status, _code or _type
 * (errors inside a stream come under status 200); 500 when nothing tells. */
int cai_status_effective(const cai_failure *failure);

/* CHATABI_E_ code of a failure with that effective status. */
int cai_status_code(const cai_failure *failure, int status);

bool cai_status_is_retryable(int status);

#endif
