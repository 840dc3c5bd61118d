/* SPDX-License-Identifier: MIT */
#include "base64.h"

#include <stdint.h>

static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* `count` bytes, 1 to 3, as four characters. */
static void write_group(char *out, const unsigned char *bytes, size_t count) {
  unsigned group = (unsigned)bytes[0] << 16;
  if (count > 1) group |= (unsigned)bytes[1] << 8;
  if (count > 2) group |= bytes[2];
  out[0] = ALPHABET[group >> 18];
  out[1] = ALPHABET[group >> 12 & 63];
  out[2] = '=';
  out[3] = '=';
  if (count > 1) out[2] = ALPHABET[group >> 6 & 63];
  if (count > 2) out[3] = ALPHABET[group & 63];
}

int cla_base64_encode(lua_State *L) {
  size_t len;
  const unsigned char *bytes = (const unsigned char *)luaL_checklstring(L, 1, &len);
  if (len > SIZE_MAX / 8) return luaL_error(L, "text too large");
  size_t size = (len + 2) / 3 * 4;
  char *out = lua_newuserdata(L, size);
  for (size_t i = 0; i < len; i += 3) write_group(out + i / 3 * 4, bytes + i, len - i < 3 ? len - i : 3);
  lua_pushlstring(L, out, size);
  return 1;
}
