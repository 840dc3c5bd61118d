/* SPDX-License-Identifier: MIT
 * A growing text whose memory belongs to Lua's collector, so that an error raised half-way leaks nothing. luaL_Buffer
 * would not do: it wants the top of the stack, which walking through tables needs too. */
#ifndef CLA_TEXT_H
#define CLA_TEXT_H

#include <stddef.h>

#include "compat.h"

typedef struct cla_text {
  lua_State *L;
  int slot; /* where on the stack the userdata is that holds the bytes */
  char *data;
  size_t len;
  size_t size;
} cla_text;

/* Pushes one value onto the stack, which must stay there while the text is in use. */
void cla_text_init(cla_text *text, lua_State *L);
void cla_text_clear(cla_text *text);

/* Room for `len` more bytes; the caller writes them and adds to text->len. */
char *cla_text_reserve(cla_text *text, size_t len);
void cla_text_add(cla_text *text, const char *bytes, size_t len);
void cla_text_add_char(cla_text *text, char c);

/* Length of the well-formed UTF-8 sequence at the start of `bytes` (1 to 4), or 0 when there is none. */
size_t cla_text_utf8(const char *bytes, size_t len);

#endif
