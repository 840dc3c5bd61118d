/* SPDX-License-Identifier: MIT
 * When to try again: a pure function. */
#ifndef CAI_RETRY_H
#define CAI_RETRY_H

#include <stdint.h>

#include "failure.h"

typedef struct cai_retry_policy {
  int max_retries;
  int64_t max_wait_ms; /* a server that asks for more is not waited for: the failure is reported at once */
} cai_retry_policy;

/* Milliseconds to wait before attempt `made` + 1, or -1: do not. `jitter` in 0..1 is the caller's random number. */
int64_t cai_retry_delay_ms(const cai_retry_policy *policy, const cai_failure *failure, int made, double jitter);

#endif
