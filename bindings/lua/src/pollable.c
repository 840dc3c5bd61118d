/* SPDX-License-Identifier: MIT */
#include "pollable.h"

#include "handles.h"

/* The descriptor of the open client or stream at position 1, or -1; raises for anything else. */
static int descriptor(lua_State *L) {
  if (cla_type_test(L, 1, CLA_STREAM) != NULL) return chatabi_request_fd(cla_stream_check(L)->handle);
  return chatabi_client_fd(cla_client_check(L));
}

static int pollable_pollfd(lua_State *L) {
  int fd = descriptor(L);
  if (fd < 0) return 0;
  lua_pushinteger(L, fd);
  return 1;
}

static void check_open(lua_State *L) {
  if (cla_type_test(L, 1, CLA_STREAM) != NULL) {
    cla_stream_check(L);
  } else {
    cla_client_check(L);
  }
}

static int pollable_events(lua_State *L) {
  check_open(L);
  lua_pushliteral(L, "r");
  return 1;
}

/* No limit of its own. */
static int pollable_timeout(lua_State *L) {
  check_open(L);
  lua_pushnil(L);
  return 1;
}

/* Nothing is read ahead of the descriptor: it is readable for as long as there is something. */
static int pollable_dirty(lua_State *L) {
  check_open(L);
  lua_pushboolean(L, 0);
  return 1;
}

void cla_pollable_register(lua_State *L) {
  static const luaL_Reg METHODS[] = {{"pollfd", pollable_pollfd}, {"getfd", pollable_pollfd},
                                     {"events", pollable_events}, {"timeout", pollable_timeout},
                                     {"dirty", pollable_dirty},   {NULL, NULL}};
  lua_getfield(L, -1, "__index");
  cla_set_functions(L, METHODS);
  lua_pop(L, 1);
}
