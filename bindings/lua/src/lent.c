/* SPDX-License-Identifier: MIT */
#include "lent.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* lua.h does not tell the compiler that an error does not return. */
static _Noreturn void no_memory(lua_State *L) {
  luaL_error(L, "not enough memory");
  abort();
}

cla_lent *cla_lent_new(lua_State *L, cla_lent **owner, size_t len) {
  cla_lent *block = len > SIZE_MAX - sizeof(cla_lent) ? NULL : malloc(sizeof(cla_lent) + len);
  if (block == NULL) no_memory(L);
  block->next = *owner;
  *owner = block;
  return block;
}

void cla_lent_free(cla_lent **owner, cla_lent *block) {
  cla_lent **at = owner;
  while (*at != block) at = &(*at)->next;
  *at = block->next;
  free(block);
}

void cla_lent_free_all(cla_lent **owner) {
  while (*owner != NULL) cla_lent_free(owner, *owner);
}

void cla_lent_push(lua_State *L, cla_lent **owner, const char *bytes, size_t len) {
  if (bytes == NULL) {
    lua_pushnil(L);
    return;
  }
  cla_lent *block = cla_lent_new(L, owner, len);
  memcpy(block->bytes, bytes, len);
  lua_pushlstring(L, block->bytes, len);
  cla_lent_free(owner, block);
}

void cla_lent_push_text(lua_State *L, cla_lent **owner, const char *text) {
  cla_lent_push(L, owner, text, text == NULL ? 0 : strlen(text));
}
