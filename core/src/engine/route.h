/* SPDX-License-Identifier: MIT
 * The places that one request tries in turn, and when: as configured, then the fallbacks. A pure policy: no I/O, no
 * clock. */
#ifndef CAI_ROUTE_H
#define CAI_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "../chat/failure/retry.h"

enum { CAI_ROUTE_MAX = 9 };

typedef struct cai_route {
  int count; /* of places, the configured one included */
  int place; /* where the request is now; 0: as configured */
  int round; /* how often it began at the first place that is open, from 1 */
  struct {
    bool closed;        /* nothing but the same failure is to be had there */
    int64_t open_at_ms; /* its server asked us to wait until then; 0: it did not */
  } places[CAI_ROUTE_MAX];
} cai_route;

void cai_route_init(cai_route *route, int count);

/* The try at route->place failed. Another place is tried at once; where all were tried, the round begins anew as the
 * policy of retries allows. Returns the milliseconds to wait before the try at route->place, which may be another now;
 * -1: give up. */
int64_t cai_route_next(cai_route *route, const cai_retry_policy *policy, const cai_failure *failure, int64_t now_ms,
                       double jitter);

#endif
