/* SPDX-License-Identifier: MIT
 * chatabi.core: the C half of the Lua module. It sees chatabi.h and nothing else of the library, takes and gives plain
 * values, and is private to chatabi.lua, which makes the API out of it. */
#include <time.h>

#include "handles.h"
#include "interrupt.h"
#include "json.h"
#if defined(_WIN32)
#include <windows.h>
#endif

enum { ABI_VERSION = 1, LAST_ERROR = 127 };

/* Seconds on a clock that nobody sets. */
static int core_now(lua_State *L) {
#if defined(_WIN32)
  lua_pushnumber(L, (lua_Number)GetTickCount64() / 1e3);
#else
  struct timespec now = {0, 0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  lua_pushnumber(L, (lua_Number)now.tv_sec + (lua_Number)now.tv_nsec / 1e9);
#endif
  return 1;
}

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

void cla_type_new(lua_State *L, const char *name, const luaL_Reg *metamethods, const luaL_Reg *methods) {
  luaL_newmetatable(L, name);
  cla_set_functions(L, metamethods);
  lua_newtable(L);
  cla_set_functions(L, methods);
  lua_setfield(L, -2, "__index");
}

CLA_EXPORT int luaopen_chatabi_core(lua_State *L);

CLA_EXPORT int luaopen_chatabi_core(lua_State *L) {
  static const luaL_Reg FUNCTIONS[] = {
      {"now", core_now},           {"version", core_version},   {"error_name", core_error_name},  {"array", core_array},
      {"encode", cla_json_encode}, {"decode", cla_json_decode}, {"interrupted", cla_interrupted}, {NULL, NULL}};
  if (chatabi_abi_version() != ABI_VERSION)
    return luaL_error(L, "this module needs libchatabi with ABI version %d, and found %d", (int)ABI_VERSION,
                      (int)chatabi_abi_version());
  luaL_newmetatable(L, CLA_JSON_ARRAY);
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
