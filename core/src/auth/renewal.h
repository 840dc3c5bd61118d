/* SPDX-License-Identifier: MIT
 * When the next exchange may be made: one at a time, with growing pauses after failures, and with one verdict for all
 * that wait.
 *
 * A failure while the token still works is a pause, nothing more. When leases wait, a transient one is repeated
 * MAX_TRIES times; then, or at once after a permanent one, the verdict stands until the pause is over, so that a herd
 * of new leases does not start a herd of exchanges. No pause goes on beyond the end of the token, and no lease waits
 * for the end of a long one. Leases may wait while the token works, too: those whose server refused it. For them alone
 * there is a verdict then. */
#ifndef CAI_RENEWAL_H
#define CAI_RENEWAL_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/clock.h"
#include "exchange/setback.h"

typedef struct cai_renewal {
  bool wanted;
  bool flying;          /* an exchange is prepared or under way */
  bool awaited;         /* a lease waits for its end */
  bool verdict;         /* `last` is the answer for every lease until next_boot_ms */
  bool spent;           /* `last` is the answer for every lease that waits until next_boot_ms */
  unsigned failures;    /* in a row */
  unsigned tries;       /* repetitions that leases waited for */
  int64_t next_boot_ms; /* not before */
  cai_setback last;     /* the last failure; err.code 0 after a success */
  uint32_t seed;
} cai_renewal;

void cai_renewal_init(cai_renewal *renewal, uint32_t seed);

/* Somebody would like a new token, or cannot do without. */
void cai_renewal_want(cai_renewal *renewal, cai_now now);
void cai_renewal_await(cai_renewal *renewal, cai_now now);
/* May an exchange begin now? */
bool cai_renewal_due(const cai_renewal *renewal, cai_now now);
/* Milliseconds until it may, -1 when none is wanted or one is under way. */
int64_t cai_renewal_due_ms(const cai_renewal *renewal, cai_now now);
/* Must leases do without: does a verdict stand, or is the next try too far away to wait for? */
bool cai_renewal_refused(const cai_renewal *renewal, cai_now now);
/* The same for those whose server refused the token that works for others. */
bool cai_renewal_spent(const cai_renewal *renewal, cai_now now);

void cai_renewal_begin(cai_renewal *renewal);
/* `unchanged`: what came is the old one, so asking again soon would bring the same. It is good for `left_ms`. */
void cai_renewal_done(cai_renewal *renewal, cai_now now, bool unchanged, int64_t left_ms);
/* The old token works for `left_ms` more, 0: it does not. */
void cai_renewal_failed(cai_renewal *renewal, cai_now now, const cai_setback *setback, int64_t left_ms);
/* Something changed that makes another try promising at once. */
void cai_renewal_forgive(cai_renewal *renewal);

#endif
