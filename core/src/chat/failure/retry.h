/* SPDX-License-Identifier: MIT
 * When to try again, and where: pure functions. */
#ifndef CAI_RETRY_H
#define CAI_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"

typedef struct cai_retry_policy {
  int max_retries;
  int64_t max_wait_ms; /* a server that asks for more is not waited for: the failure is reported at once */
} cai_retry_policy;

/* Milliseconds to wait after `rounds` rounds were made (from 1; a round asks each place that there is once), or -1: no
 * other. `jitter` in 0..1 is the caller's random number. */
int64_t cai_retry_delay_ms(const cai_retry_policy *policy, const cai_failure *failure, int rounds, double jitter);

/* Might another location or server succeed where this one failed? Not when the request itself, the credential or we are
 * at fault. */
bool cai_retry_elsewhere(const cai_failure *failure);

#endif
