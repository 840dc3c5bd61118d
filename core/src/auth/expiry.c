/* SPDX-License-Identifier: MIT */
#include "expiry.h"

/* 225 s: the metadata server goes on giving out its old token until 240 s before it ends; asking earlier is in vain. */
enum { WINDOW_MS = 225000, SHORT_LIFE_MS = 600000, LAST_MS = 10000 };

cai_expiry cai_expiry_in(cai_now now, int64_t life_ms) {
  return (cai_expiry){.boot_ms = now.boot_ms + life_ms, .wall_ms = now.wall_ms + life_ms, .life_ms = life_ms};
}

int64_t cai_expiry_left_ms(const cai_expiry *expiry, cai_now now) {
  int64_t boot_ms = expiry->boot_ms - now.boot_ms, wall_ms = expiry->wall_ms - now.wall_ms;
  return boot_ms < wall_ms ? boot_ms : wall_ms;
}

static int64_t window_ms(int64_t life_ms) { return life_ms < SHORT_LIFE_MS ? life_ms * 2 / 5 : WINDOW_MS; }

static int64_t last_ms(int64_t life_ms) { return life_ms / 10 < LAST_MS ? life_ms / 10 : LAST_MS; }

cai_freshness cai_expiry_freshness(const cai_expiry *expiry, cai_now now) {
  int64_t left_ms = cai_expiry_left_ms(expiry, now);
  if (left_ms <= 0) return CAI_FRESHNESS_OVER;
  if (left_ms <= last_ms(expiry->life_ms)) return CAI_FRESHNESS_LAST;
  return left_ms <= window_ms(expiry->life_ms) ? CAI_FRESHNESS_STALE : CAI_FRESHNESS_FRESH;
}
