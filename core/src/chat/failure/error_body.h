/* SPDX-License-Identifier: MIT
 * Reads what servers put into the body of an error, in all the shapes that are known, into the provider_ fields of a
 * failure. */
#ifndef CAI_ERROR_BODY_H
#define CAI_ERROR_BODY_H

#include "../../base/scan.h"
#include "failure.h"

/* The object that tells about the error: unwrapped from array and "error"; a string for {"error":"..."}; absent for no
 * JSON. */
cai_span cai_error_body_find(const char *body, size_t len);

/* Fills provider_*, param, retry_after_ms and terminal as far as the body tells. */
void cai_error_body_read(cai_failure *failure, const char *body, size_t len);

#endif
