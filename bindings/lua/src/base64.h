/* SPDX-License-Identifier: MIT
 * Bytes as text: the standard alphabet of RFC 4648 with padding. */
#ifndef CLA_BASE64_H
#define CLA_BASE64_H

#include "compat.h"

/* Lua function (bytes) -> text. */
int cla_base64_encode(lua_State *L);

#endif
