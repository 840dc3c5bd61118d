/* SPDX-License-Identifier: MIT
 * The two userdata types. A stream keeps its client alive: a client that is collected would end its requests. The other
 * way the client knows its streams only weakly, to find the one that chatabi_client_ready names. */
#ifndef CLA_HANDLES_H
#define CLA_HANDLES_H

#include <chatabi.h>
#include <stdbool.h>

#include "compat.h"
#include "lent.h"

#define CLA_CLIENT "chatabi.client"
#define CLA_STREAM "chatabi.stream"

typedef struct cla_client {
  chatabi_client *handle; /* owned; NULL once closed */
  cla_lent *lent;         /* texts on their way to Lua */
} cla_client;

typedef struct cla_stream {
  chatabi_request *handle; /* owned; NULL once closed */
  int end;                 /* CHATABI_DONE or the error, once it was read; else 0 */
  cla_lent *lent;          /* texts on their way to Lua */
} cla_stream;

/* The open client or stream at stack position 1; raises for anything else. */
chatabi_client *cla_client_check(lua_State *L);
cla_stream *cla_stream_check(lua_State *L);

/* The userdata at `index` when it is of the type `name`, else NULL. */
void *cla_type_test(lua_State *L, int index, const char *name);

/* Lua function (client, body, options or nil) -> stream, or nil when the core would not. */
int cla_stream_send(lua_State *L);

/* Lua function (client, ms) -> a stream that has something to read, or false. */
int cla_stream_ready(lua_State *L);

/* Lua function (client or stream, closed or not) -> a table of its own, in which names are free. */
int cla_handle_notes(lua_State *L);

/* Make the types, and add them and the functions that chatabi.lua calls to the table on the top of the stack. */
void cla_client_register(lua_State *L);
void cla_stream_register(lua_State *L);

/* Pushes the metatable of a new type; its `methods` are in __index, where chatabi.lua adds its own. */
void cla_type_new(lua_State *L, const char *name, const luaL_Reg *metamethods, const luaL_Reg *methods);

#endif
