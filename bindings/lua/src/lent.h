/* SPDX-License-Identifier: MIT
 * Copies of what the library lends. Lua may collect garbage at every allocation, and a finalizer of the program's may
 * then close the very handle whose bytes are being pushed. So lent bytes are copied first, without Lua, to blocks that
 * the userdata of the handle owns: an error that is raised half-way leaves them to its collection. */
#ifndef CLA_LENT_H
#define CLA_LENT_H

#include <stddef.h>

#include "compat.h"

typedef struct cla_lent {
  struct cla_lent *next; /* of the same handle; more than one only when a finalizer reads, or after an error */
  char bytes[];
} cla_lent;

/* A block for `len` bytes, put into the list at `owner`. Raises when there is no memory. */
cla_lent *cla_lent_new(lua_State *L, cla_lent **owner, size_t len);
void cla_lent_free(cla_lent **owner, cla_lent *block);
void cla_lent_free_all(cla_lent **owner);

/* Pushes a copy of lent bytes; nil for NULL. */
void cla_lent_push(lua_State *L, cla_lent **owner, const char *bytes, size_t len);
void cla_lent_push_text(lua_State *L, cla_lent **owner, const char *text);

#endif
