/* SPDX-License-Identifier: MIT
 * The three clocks, and a pair of them as plain data so that what depends on time can be tested without waiting. */
#ifndef CAI_CLOCK_H
#define CAI_CLOCK_H

#include <stdint.h>

/* Milliseconds since some start; never jumps, stands still while the machine sleeps. For timeouts. */
int64_t cai_clock_ms(void);

/* A moment on the two clocks that expiry needs: one that also counts sleep, and the wall clock. */
typedef struct cai_now {
  int64_t boot_ms; /* counts on while the machine sleeps, never jumps */
  int64_t wall_ms; /* since 1970, may jump */
} cai_now;

cai_now cai_clock_now(void);

#endif
