/* SPDX-License-Identifier: MIT
 * The client as Lua sees it. What needs a table built, an error made or a wait repeated is done by chatabi.lua with the
 * plain functions that are registered here beside the methods. */
#include <string.h>

#include "handles.h"
#include "pollable.h"

chatabi_client *cla_client_check(lua_State *L) {
  cla_client *client = luaL_checkudata(L, 1, CLA_CLIENT);
  if (client->handle == NULL) luaL_error(L, "the client is closed");
  return client->handle;
}

static int client_new(lua_State *L) {
  cla_client *client = lua_newuserdata(L, sizeof(cla_client));
  client->handle = NULL;
  client->lent = NULL;
  luaL_getmetatable(L, CLA_CLIENT);
  lua_setmetatable(L, -2);

  /* at 1 its streams by the address of their handle; weak, see handles.h */
  lua_newtable(L);
  lua_newtable(L);
  lua_newtable(L);
  lua_pushliteral(L, "v");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_rawseti(L, -2, 1);
  cla_set_companion(L, -2);

  client->handle = chatabi_client_new();
  if (client->handle == NULL) return luaL_error(L, "not enough memory");
  return 1;
}

/* Pushes what a call on the client at position 1 came to: true, or nil, code, message. */
static int push_outcome(lua_State *L, int code) {
  if (code == CHATABI_OK) {
    lua_pushboolean(L, 1);
    return 1;
  }
  cla_client *client = lua_touserdata(L, 1);
  const char *message = chatabi_client_message(client->handle);
  if (message == NULL || message[0] == '\0') message = chatabi_error_text(code);
  lua_pushnil(L);
  lua_pushinteger(L, code);
  cla_lent_push_text(L, &client->lent, message);
  return 3;
}

/* The C ABI takes these texts without a length, so a NUL inside would silently cut them. */
static const char *check_text(lua_State *L, int arg) {
  size_t len;
  const char *text = luaL_checklstring(L, arg, &len);
  luaL_argcheck(L, strlen(text) == len, arg, "contains a NUL byte");
  return text;
}

static const char *optional_text(lua_State *L, int arg) { return lua_isnoneornil(L, arg) ? NULL : check_text(L, arg); }

/* Arguments first, here and below: reading one may make text of a number, and so run a finalizer that closes. */
static int client_set(lua_State *L) {
  const char *key = check_text(L, 2);
  const char *value = optional_text(L, 3);
  return push_outcome(L, chatabi_client_set(cla_client_check(L), key, value));
}

static int client_set_auth(lua_State *L) {
  const char *source = check_text(L, 2);
  const char *value = optional_text(L, 3);
  return push_outcome(L, chatabi_client_set_auth(cla_client_check(L), source, value));
}

static int client_start(lua_State *L) { return push_outcome(L, chatabi_client_start(cla_client_check(L))); }

static int push_lent(lua_State *L, const char *text) {
  cla_client *client = lua_touserdata(L, 1);
  cla_lent_push_text(L, &client->lent, text);
  return 1;
}

static int client_status(lua_State *L) { return push_lent(L, chatabi_client_status(cla_client_check(L))); }

static int client_log(lua_State *L) { return push_lent(L, chatabi_client_log(cla_client_check(L))); }

/* (client) -> is this the child of a fork? Tells why the core returned NULL. */
static int client_forked(lua_State *L) {
  lua_pushboolean(L, chatabi_client_message(cla_client_check(L)) == NULL);
  return 1;
}

/* (client, ms) -> is it at its end? One that is closed already has nothing to wait for. */
static int client_stop(lua_State *L) {
  int timeout_ms = (int)luaL_checkinteger(L, 2);
  cla_client *client = luaL_checkudata(L, 1, CLA_CLIENT);
  lua_pushboolean(L, client->handle == NULL || chatabi_client_stop(client->handle, timeout_ms) != CHATABI_E_TIMEOUT);
  return 1;
}

static int client_wake(lua_State *L) {
  chatabi_client_wake(cla_client_check(L));
  return 0;
}

static int client_close(lua_State *L) {
  cla_client *client = luaL_checkudata(L, 1, CLA_CLIENT);
  chatabi_client *handle = client->handle;
  client->handle = NULL;
  chatabi_client_free(handle);
  return 0;
}

/* At the end of the userdata itself, when no call can be in the middle of reading a block. */
static int client_collect(lua_State *L) {
  client_close(L);
  cla_client *client = lua_touserdata(L, 1);
  cla_lent_free_all(&client->lent);
  return 0;
}

static int client_tostring(lua_State *L) {
  cla_client *client = luaL_checkudata(L, 1, CLA_CLIENT);
  if (client->handle == NULL) {
    lua_pushliteral(L, "chatabi client (closed)");
  } else {
    lua_pushfstring(L, "chatabi client (%p)", (void *)client);
  }
  return 1;
}

void cla_client_register(lua_State *L) {
  static const luaL_Reg METAMETHODS[] = {
      {"__gc", client_collect}, {"__close", client_close}, {"__tostring", client_tostring}, {NULL, NULL}};
  static const luaL_Reg METHODS[] = {{"log", client_log}, {"wake", client_wake}, {NULL, NULL}};
  static const luaL_Reg FUNCTIONS[] = {{"client_new", client_new},
                                       {"client_set", client_set},
                                       {"client_set_auth", client_set_auth},
                                       {"client_start", client_start},
                                       {"client_status", client_status},
                                       {"client_forked", client_forked},
                                       {"client_stop", client_stop},
                                       {"client_close", client_close},
                                       {"client_send", cla_stream_send},
                                       {"client_ready", cla_stream_ready},
                                       {NULL, NULL}};
  cla_set_functions(L, FUNCTIONS);
  cla_type_new(L, CLA_CLIENT, METAMETHODS, METHODS);
  cla_pollable_register(L);
  lua_setfield(L, -2, "client");
}
