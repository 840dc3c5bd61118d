/* SPDX-License-Identifier: MIT */
#include "route.h"

#include <string.h>

void cai_route_init(cai_route *route, int count) {
  memset(route, 0, sizeof *route);
  route->count = count < CAI_ROUTE_MAX ? count : CAI_ROUTE_MAX;
  route->round = 1;
}

static bool may_pass(const cai_failure *failure) { return failure->retryable && !failure->terminal; }

/* What the failure says about the place: that it is hopeless, or when to come back. */
static void note(cai_route *route, const cai_failure *failure, int64_t now_ms) {
  route->places[route->place].closed = !may_pass(failure);
  route->places[route->place].open_at_ms = failure->retry_after_ms > 0 ? now_ms + failure->retry_after_ms : 0;
}

/* The first open place from `from` on; count: none. */
static int open_from(const cai_route *route, int from) {
  while (from < route->count && route->places[from].closed) from++;
  return from;
}

/* The next one of this round: a place that asked for patience is passed over. count: none. */
static int next_now(const cai_route *route, int64_t now_ms) {
  int next = open_from(route, route->place + 1);
  while (next < route->count && route->places[next].open_at_ms > now_ms) next = open_from(route, next + 1);
  return next;
}

static int64_t patience_ms(const cai_route *route, int place, int64_t now_ms) {
  int64_t left_ms = route->places[place].open_at_ms - now_ms;
  return left_ms > 0 ? left_ms : 0;
}

/* Of the open places the one whose server asks for the least patience now; the first of equals. */
static int soonest(const cai_route *route, int64_t now_ms) {
  int best = route->count;
  for (int i = open_from(route, 0); i < route->count; i = open_from(route, i + 1))
    if (best == route->count || patience_ms(route, i, now_ms) < patience_ms(route, best, now_ms)) best = i;
  return best;
}

/* The wait that the policy allows before another round at `place`; -1: none. */
static int64_t wait_ms(const cai_route *route, int place, const cai_retry_policy *policy, const cai_failure *failure,
                       int64_t now_ms, double jitter) {
  cai_failure asked = *failure; /* borrowed for the call: only its numbers are read */
  int64_t left_ms = patience_ms(route, place, now_ms);
  asked.retryable = true;
  asked.terminal = false;
  asked.retry_after_ms = left_ms ? left_ms : -1;
  return cai_retry_delay_ms(policy, &asked, route->round, jitter);
}

/* What another place may cure: what the policy says, and at a fallback all that was decided before anything was sent,
 * for it was decided about that place (its host may not see the credential, its server cannot read the body). */
static bool may_go_on(const cai_route *route, const cai_failure *failure) {
  return may_pass(failure) || cai_retry_elsewhere(failure) || (route->place > 0 && !failure->http_status);
}

int64_t cai_route_next(cai_route *route, const cai_retry_policy *policy, const cai_failure *failure, int64_t now_ms,
                       double jitter) {
  note(route, failure, now_ms);
  if (!may_go_on(route, failure)) return -1;
  int next = next_now(route, now_ms);
  if (next < route->count) {
    route->place = next;
    return 0;
  }
  next = soonest(route, now_ms);
  if (next == route->count) return -1;
  int64_t delay_ms = wait_ms(route, next, policy, failure, now_ms, jitter);
  if (delay_ms < 0) return -1;
  route->place = next;
  route->round++;
  return delay_ms;
}
