/* SPDX-License-Identifier: MIT
 * Reads what servers put into the body of an error, in all the shapes that are known, into the provider_ fields of a
 * failure. */
#ifndef CAI_ERROR_BODY_H
#define CAI_ERROR_BODY_H

#include "../../base/scan.h"
#include "failure.h"

/* Is this JSON value an error and no chunk or completion? */
bool cai_error_body_is(cai_span value);

/* Fills provider_*, param, quota, request_id, status_told and retry_after_ms as far as the body tells. */
void cai_error_body_read(cai_failure *failure, const char *body, size_t len);

#endif
