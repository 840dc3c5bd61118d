/* SPDX-License-Identifier: MIT
 * From what servers call an error to our code: the tables. */
#ifndef CAI_STATUS_H
#define CAI_STATUS_H

#include <stdbool.h>
#include <stddef.h>

#include "failure.h"

/* The HTTP status that the failure amounts to: its own when that is an error, else by provider_status, _code, _type or
 * status_told (errors inside a stream come under status 200); 500 when nothing tells. */
int cai_status_effective(const cai_failure *failure);

/* CHATABI_E_ code of a failure with that effective status. */
int cai_status_code(const cai_failure *failure, int status);

/* "ResourceExhausted", as gRPC's libraries print it -> "RESOURCE_EXHAUSTED"; NULL for a name that is none. Static. */
const char *cai_status_of_rpc(const char *name, size_t len);

bool cai_status_is_retryable(int status);

#endif
