/* SPDX-License-Identifier: MIT
 * What event loops ask a client or a stream: cqueues' pollfd, events and timeout, LuaSocket's getfd and dirty. */
#ifndef CLA_POLLABLE_H
#define CLA_POLLABLE_H

#include "compat.h"

/* Adds these methods to the metatable on the top of the stack. */
void cla_pollable_register(lua_State *L);

#endif
