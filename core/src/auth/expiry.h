/* SPDX-License-Identifier: MIT
 * When a token ends, on two clocks. One that also counts sleep never jumps, but a machine may be frozen and moved in
 * ways that no kernel counts; the wall clock knows those, but can be set. The token is over as soon as either says so.
 */
#ifndef CAI_EXPIRY_H
#define CAI_EXPIRY_H

#include <stdint.h>

#include "../base/clock.h"

typedef struct cai_expiry {
  int64_t boot_ms;
  int64_t wall_ms;
  int64_t life_ms; /* how long it was good for when it came */
} cai_expiry;

typedef enum cai_freshness {
  CAI_FRESHNESS_FRESH,
  CAI_FRESHNESS_STALE, /* good, and time to renew */
  CAI_FRESHNESS_LAST,  /* may end on its way to the server: better wait for a new one */
  CAI_FRESHNESS_OVER
} cai_freshness;

cai_expiry cai_expiry_in(cai_now now, int64_t life_ms);
/* Negative once it is over. */
int64_t cai_expiry_left_ms(const cai_expiry *expiry, cai_now now);
cai_freshness cai_expiry_freshness(const cai_expiry *expiry, cai_now now);

#endif
