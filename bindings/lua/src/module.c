/* SPDX-License-Identifier: MIT
 * chatabi.core: the C half of the Lua module. It sees chatabi.h and nothing else of the library, takes and gives plain
 * values, and is private to chatabi.lua, which makes the API out of it. */
#include "base64.h"
#include "clock.h"
#include "handles.h"
#include "interrupt.h"
#include "json.h"
#include "watch.h"

enum { ABI_VERSION = 1, LAST_ERROR = 127 };

static int core_version(lua_State *L) {
  lua_pushstring(L, chatabi_version());
  return 1;
}

/* (code) -> name, sentence */
static int core_error_name(lua_State *L) {
  int code = (int)luaL_checkinteger(L, 1);
  lua_pushstring(L, chatabi_error_name(code));
  lua_pushstring(L, chatabi_error_text(code));
  return 2;
}

/* (table or nil) -> the table, marked as a JSON array */
static int core_array(lua_State *L) {
  if (lua_isnoneornil(L, 1)) {
    lua_settop(L, 0);
    lua_newtable(L);
  }
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  luaL_getmetatable(L, CLA_JSON_ARRAY);
  if (lua_getmetatable(L, 1)) {
    luaL_argcheck(L, lua_rawequal(L, -1, -2), 1, "the table has another metatable");
    lua_pop(L, 1);
  }
  lua_setmetatable(L, 1);
  return 1;
}

/* Asked of the library, so that the table cannot fall behind it. */
static void push_errors(lua_State *L) {
  const char *unknown = chatabi_error_name(1);
  lua_newtable(L);
  for (int code = -1; code >= -LAST_ERROR; code--) {
    const char *name = chatabi_error_name(code);
    lua_pushstring(L, unknown);
    lua_pushstring(L, name);
    int known = !lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    if (!known) continue;
    lua_pushinteger(L, code);
    lua_setfield(L, -2, name);
  }
}

void *cla_type_test(lua_State *L, int index, const char *name) {
  void *object = lua_touserdata(L, index);
  if (object == NULL || !lua_getmetatable(L, index)) return NULL;
  luaL_getmetatable(L, name);
  bool same = lua_rawequal(L, -1, -2) != 0;
  lua_pop(L, 2);
  return same ? object : NULL;
}

void cla_type_new(lua_State *L, const char *name, const luaL_Reg *metamethods, const luaL_Reg *methods) {
  luaL_newmetatable(L, name);
  cla_set_functions(L, metamethods);
  lua_newtable(L);
  cla_set_functions(L, methods);
  lua_setfield(L, -2, "__index");
}

CLA_EXPORT int luaopen_chatabi_core(lua_State *L);

CLA_EXPORT int luaopen_chatabi_core(lua_State *L) {
  static const luaL_Reg FUNCTIONS[] = {{"now", cla_clock_tell},
                                       {"version", core_version},
                                       {"error_name", core_error_name},
                                       {"array", core_array},
                                       {"encode", cla_json_encode},
                                       {"decode", cla_json_decode},
                                       {"raw", cla_json_raw},
                                       {"pieces", cla_json_pieces},
                                       {"base64", cla_base64_encode},
                                       {"poll", cla_watch_poll},
                                       {"notes", cla_handle_notes},
                                       {"interrupted", cla_interrupted},
                                       {NULL, NULL}};
  if (chatabi_abi_version() != ABI_VERSION)
    return luaL_error(L, "this module needs libchatabi with ABI version %d, and found %d", (int)ABI_VERSION,
                      (int)chatabi_abi_version());
  luaL_newmetatable(L, CLA_JSON_ARRAY);
  luaL_newmetatable(L, CLA_JSON_RAW);
  lua_newtable(L);
  cla_set_functions(L, FUNCTIONS);
  lua_pushlightuserdata(L, NULL);
  lua_setfield(L, -2, "null");
  push_errors(L);
  lua_setfield(L, -2, "errors");
  cla_client_register(L);
  cla_stream_register(L);
  return 1;
}
