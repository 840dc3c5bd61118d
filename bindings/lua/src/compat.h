/* SPDX-License-Identifier: MIT
 * One source for Lua 5.1, 5.2, 5.3, 5.4 and LuaJIT: the few calls that differ, under names that clash with none of
 * them. Internal names of this module begin with cla_ (chatabi for Lua). */
#ifndef CLA_COMPAT_H
#define CLA_COMPAT_H

#include <lauxlib.h>
#include <lua.h>

#if LUA_VERSION_NUM >= 503
#define CLA_HAS_INTEGERS 1
#else
#define CLA_HAS_INTEGERS 0
#endif

#if LUA_VERSION_NUM >= 502
#define cla_set_functions(L, functions) luaL_setfuncs((L), (functions), 0)
#define cla_length(L, index) lua_rawlen((L), (index))
#define cla_set_companion(L, index) lua_setuservalue((L), (index))
#define cla_push_companion(L, index) ((void)lua_getuservalue((L), (index)))
#else
#define cla_set_functions(L, functions) luaL_register((L), NULL, (functions))
#define cla_length(L, index) lua_objlen((L), (index))
#define cla_set_companion(L, index) lua_setfenv((L), (index))
#define cla_push_companion(L, index) lua_getfenv((L), (index))
#endif

/* luaopen_ must be found by dlsym although everything else is compiled hidden. */
#if defined(_WIN32)
#define CLA_EXPORT __declspec(dllexport)
#elif defined(__GNUC__)
#define CLA_EXPORT __attribute__((visibility("default")))
#else
#define CLA_EXPORT
#endif

#endif
