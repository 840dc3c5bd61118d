/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <stdint.h>
#include <string.h>

enum { FIRST_SIZE = 512 };

void cla_text_init(cla_text *text, lua_State *L) {
  text->L = L;
  text->data = lua_newuserdata(L, FIRST_SIZE);
  text->slot = lua_gettop(L);
  text->len = 0;
  text->size = FIRST_SIZE;
}

void cla_text_clear(cla_text *text) { text->len = 0; }

char *cla_text_reserve(cla_text *text, size_t len) {
  if (text->size - text->len < len) {
    if (len > SIZE_MAX / 2 - text->len) luaL_error(text->L, "text too large");
    size_t size = (text->len + len) * 2;
    luaL_checkstack(text->L, 1, "text");
    char *data = lua_newuserdata(text->L, size);
    memcpy(data, text->data, text->len);
    lua_replace(text->L, text->slot);
    text->data = data;
    text->size = size;
  }
  return text->data + text->len;
}

void cla_text_add(cla_text *text, const char *bytes, size_t len) {
  memcpy(cla_text_reserve(text, len), bytes, len);
  text->len += len;
}

void cla_text_add_char(cla_text *text, char c) {
  *cla_text_reserve(text, 1) = c;
  text->len++;
}

static int is_tail(unsigned char byte) { return (byte & 0xC0U) == 0x80U; }

size_t cla_text_utf8(const char *bytes, size_t len) {
  const unsigned char *p = (const unsigned char *)bytes;
  if (len == 0) return 0;
  if (p[0] < 0x80) return 1;
  if (p[0] < 0xC2) return 0;
  if (p[0] < 0xE0) return len >= 2 && is_tail(p[1]) ? 2 : 0;
  if (p[0] < 0xF0) {
    if (len < 3 || !is_tail(p[1]) || !is_tail(p[2])) return 0;
    int overlong = p[0] == 0xE0 && p[1] < 0xA0;
    int surrogate = p[0] == 0xED && p[1] >= 0xA0;
    return overlong || surrogate ? 0 : 3;
  }
  if (p[0] > 0xF4 || len < 4 || !is_tail(p[1]) || !is_tail(p[2]) || !is_tail(p[3])) return 0;
  int overlong = p[0] == 0xF0 && p[1] < 0x90;
  int beyond = p[0] == 0xF4 && p[1] >= 0x90;
  return overlong || beyond ? 0 : 4;
}
