/* SPDX-License-Identifier: MIT */
#include "clock.h"

#if defined(_WIN32)
#include <windows.h>

double cla_clock_now(void) { return (double)GetTickCount64() / 1e3; }

#else
#include <time.h>

double cla_clock_now(void) {
  struct timespec now = {0, 0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

#endif

int cla_clock_tell(lua_State *L) {
  lua_pushnumber(L, (lua_Number)cla_clock_now());
  return 1;
}
