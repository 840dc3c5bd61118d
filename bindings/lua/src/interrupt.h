/* SPDX-License-Identifier: MIT
 * Ctrl-C as something to ask for. */
#ifndef CLA_INTERRUPT_H
#define CLA_INTERRUPT_H

#include "compat.h"

/* Lua function () -> was Ctrl-C pressed since the last call? From the first call on, Ctrl-C no longer ends the program.
 */
int cla_interrupted(lua_State *L);

#endif
