/* SPDX-License-Identifier: MIT
 * A clock that nobody sets. */
#ifndef CLA_CLOCK_H
#define CLA_CLOCK_H

#include "compat.h"

/* In seconds, from some moment on. */
double cla_clock_now(void);

/* Lua function () -> the same. */
int cla_clock_tell(lua_State *L);

#endif
