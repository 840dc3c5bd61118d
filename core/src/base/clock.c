/* SPDX-License-Identifier: MIT */
#include "clock.h"

#include <time.h>

static int64_t read_ms(clockid_t id) {
  struct timespec now;
  if (clock_gettime(id, &now) != 0) return 0;
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t cai_clock_ms(void) { return read_ms(CLOCK_MONOTONIC); }

/* Linux stops CLOCK_MONOTONIC during suspend, macOS does not. */
#ifdef CLOCK_BOOTTIME
#define SLEEP_AWARE CLOCK_BOOTTIME
#else
#define SLEEP_AWARE CLOCK_MONOTONIC
#endif

cai_now cai_clock_now(void) { return (cai_now){.boot_ms = read_ms(SLEEP_AWARE), .wall_ms = read_ms(CLOCK_REALTIME)}; }
