/* SPDX-License-Identifier: MIT
 * JSON and Lua values. null is the light userdata NULL, which equals cjson.null and ngx.null. A table with the
 * metatable CLA_JSON_ARRAY is an array even when it is empty; without it an empty table is an object. */
#ifndef CLA_JSON_H
#define CLA_JSON_H

#include <stddef.h>

#include "compat.h"

#define CLA_JSON_ARRAY "chatabi.array"
#define CLA_JSON_RAW "chatabi.raw" /* of a table { text }: JSON that is written as it stands */

enum { CLA_JSON_DEPTH = 128 }; /* the core accepts as much */

/* Lua function (value) -> text. Raises a message that names the place, without a position of the Lua source. */
int cla_json_encode(lua_State *L);

/* Pushes the value of `text`; or pushes what is wrong with it, and returns 0. */
int cla_json_push(lua_State *L, const char *text, size_t len);

/* Lua function (text) -> value, or nil and what is wrong. */
int cla_json_decode(lua_State *L);

/* Lua function (text) -> a value that encode writes as this text, without the space around it; or nil and what is wrong
 * with it. */
int cla_json_raw(lua_State *L);

/* Lua function (text) -> the texts of an array's elements or of an object's members, by their keys; or nil and what is
 * wrong. */
int cla_json_pieces(lua_State *L);

#endif
