/* SPDX-License-Identifier: MIT
 * Which of many streams have something to read, whatever clients they are of. */
#ifndef CLA_WATCH_H
#define CLA_WATCH_H

#include "compat.h"

/* Lua function (list of streams, ms) -> list of those that have something to read, waiting up to `ms` for the first.
 * Left out are streams that are closed and those whose end was read. */
int cla_watch_poll(lua_State *L);

#endif
