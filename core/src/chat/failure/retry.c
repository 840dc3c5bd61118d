/* SPDX-License-Identifier: MIT */
#include "retry.h"

enum { FIRST_WAIT_MS = 500, LAST_WAIT_MS = 8000, DOUBLINGS = 4 };

int64_t cai_retry_delay_ms(const cai_retry_policy *policy, const cai_failure *failure, int made, double jitter) {
  if (!failure->retryable || failure->terminal || made < 1 || made > policy->max_retries) return -1;
  if (failure->retry_after_ms >= 0)
    return failure->retry_after_ms <= policy->max_wait_ms ? failure->retry_after_ms : -1;
  int doublings = made - 1 < DOUBLINGS ? made - 1 : DOUBLINGS;
  int64_t wait_ms = (int64_t)FIRST_WAIT_MS << doublings;
  if (wait_ms > LAST_WAIT_MS) wait_ms = LAST_WAIT_MS;
  double part = jitter < 0 ? 0 : jitter > 1 ? 1 : jitter;
  return (int64_t)((double)wait_ms * (1 - part * 0.25));
}
