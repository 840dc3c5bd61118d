/* SPDX-License-Identifier: MIT */
#include "renewal.h"

#include <string.h>

/* The longest pause is just within the patience. */
enum { MAX_TRIES = 3, UNCHANGED_MS = 10000, PATIENCE_MS = 11000, URGENT_PAUSE_MS = 4000 };

static int64_t lesser(int64_t one, int64_t other) { return one < other ? one : other; }

void cai_renewal_init(cai_renewal *renewal, uint32_t seed) {
  memset(renewal, 0, sizeof *renewal);
  renewal->next_boot_ms = INT64_MIN;
  renewal->seed = seed ? seed : 1;
}

/* Xorshift. Only spreads clients that failed together. */
static uint32_t draw(cai_renewal *renewal) {
  uint32_t x = renewal->seed;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return renewal->seed = x;
}

/* 1, 2, 4, 8, 10, 10 ... s, each up to a tenth more or less; but while somebody waits, the end of an outage is to be
 * noticed soon. */
static int64_t pause_ms(cai_renewal *renewal, bool urgent) {
  static const int64_t pauses_ms[] = {1000, 2000, 4000, 8000, 10000};
  size_t last = sizeof pauses_ms / sizeof *pauses_ms - 1;
  size_t at = renewal->failures - 1;
  int64_t base_ms = pauses_ms[at < last ? at : last];
  if (urgent && base_ms > URGENT_PAUSE_MS) base_ms = URGENT_PAUSE_MS;
  return base_ms + (int64_t)(draw(renewal) % 201) * base_ms / 1000 - base_ms / 10;
}

bool cai_renewal_refused(const cai_renewal *renewal, cai_now now) {
  if (now.boot_ms >= renewal->next_boot_ms) return false;
  return renewal->verdict || (renewal->last.err.code && renewal->next_boot_ms - now.boot_ms > PATIENCE_MS);
}

bool cai_renewal_spent(const cai_renewal *renewal, cai_now now) {
  return renewal->spent && !renewal->flying && now.boot_ms < renewal->next_boot_ms;
}

void cai_renewal_want(cai_renewal *renewal, cai_now now) {
  bool over = now.boot_ms >= renewal->next_boot_ms;
  if (over && (renewal->verdict || renewal->spent)) {
    renewal->verdict = renewal->spent = false;
    renewal->tries = 0;
  }
  renewal->wanted = true;
}

void cai_renewal_await(cai_renewal *renewal, cai_now now) {
  cai_renewal_want(renewal, now);
  renewal->awaited = true;
}

bool cai_renewal_due(const cai_renewal *renewal, cai_now now) {
  return renewal->wanted && !renewal->flying && now.boot_ms >= renewal->next_boot_ms;
}

int64_t cai_renewal_due_ms(const cai_renewal *renewal, cai_now now) {
  if (!renewal->wanted || renewal->flying) return -1;
  return now.boot_ms >= renewal->next_boot_ms ? 0 : renewal->next_boot_ms - now.boot_ms;
}

void cai_renewal_begin(cai_renewal *renewal) {
  renewal->flying = true;
  renewal->verdict = renewal->spent = false;
}

void cai_renewal_done(cai_renewal *renewal, cai_now now, bool unchanged, int64_t left_ms) {
  renewal->wanted = renewal->flying = renewal->awaited = renewal->verdict = renewal->spent = false;
  renewal->failures = renewal->tries = 0;
  renewal->next_boot_ms = unchanged ? now.boot_ms + lesser(UNCHANGED_MS, left_ms) : INT64_MIN;
  cai_setback_clear(&renewal->last);
}

/* Does the next lease that waits get this failure for an answer? */
static bool is_final(cai_renewal *renewal, const cai_setback *setback, bool urgent) {
  if (!setback->transient) return true;
  return urgent && renewal->tries++ >= MAX_TRIES;
}

void cai_renewal_failed(cai_renewal *renewal, cai_now now, const cai_setback *setback, int64_t left_ms) {
  bool usable = left_ms > 0, urgent = !usable || renewal->awaited;
  renewal->flying = renewal->awaited = false;
  renewal->failures++;
  renewal->last = *setback;
  if (!urgent) renewal->tries = 0;
  int64_t wait_ms = pause_ms(renewal, urgent);
  if (setback->retry_after_ms > wait_ms) wait_ms = setback->retry_after_ms;
  if (usable) wait_ms = lesser(wait_ms, left_ms);
  renewal->next_boot_ms = now.boot_ms + wait_ms;
  renewal->spent = is_final(renewal, setback, urgent) || wait_ms > PATIENCE_MS;
  renewal->verdict = usable ? !setback->transient : renewal->spent;
  if (renewal->verdict && !usable) renewal->wanted = false;
}

void cai_renewal_forgive(cai_renewal *renewal) {
  renewal->verdict = renewal->spent = false;
  renewal->failures = renewal->tries = 0;
  renewal->next_boot_ms = INT64_MIN;
}
