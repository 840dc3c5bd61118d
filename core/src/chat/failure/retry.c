/* SPDX-License-Identifier: MIT */
#include "retry.h"

#include "chatabi.h"

enum { FIRST_WAIT_MS = 500, LAST_WAIT_MS = 8000, DOUBLINGS = 4 };

static int64_t backoff_ms(int rounds, double jitter) {
  int doublings = rounds - 1 < DOUBLINGS ? rounds - 1 : DOUBLINGS;
  int64_t wait_ms = (int64_t)FIRST_WAIT_MS << doublings;
  if (wait_ms > LAST_WAIT_MS) wait_ms = LAST_WAIT_MS;
  double part = jitter < 0 ? 0 : jitter > 1 ? 1 : jitter;
  return (int64_t)((double)wait_ms * (1 - part * 0.25));
}

int64_t cai_retry_delay_ms(const cai_retry_policy *policy, const cai_failure *failure, int rounds, double jitter) {
  int64_t asked_ms = failure->retry_after_ms;
  if (!failure->retryable || failure->terminal || rounds < 1 || rounds > policy->max_retries) return -1;
  /* A server that asks for no wait at all does not know how busy it is. */
  if (asked_ms > 0) return asked_ms <= policy->max_wait_ms ? asked_ms : -1;
  return backoff_ms(rounds, jitter);
}

bool cai_retry_elsewhere(const cai_failure *failure) {
  switch (failure->err.code) {
    case CHATABI_E_UNAUTHENTICATED:
    case CHATABI_E_BLOCKED: return false;
    case CHATABI_E_PERMISSION: return failure->http_status == 402; /* no credit here */
    case CHATABI_E_RATE_LIMIT:
    case CHATABI_E_NOT_FOUND:
    case CHATABI_E_SERVER:
    case CHATABI_E_DNS:
    case CHATABI_E_CONNECT:
    case CHATABI_E_TLS:
    case CHATABI_E_DISCONNECT: return true;
    default: return failure->retryable && !failure->terminal;
  }
}
