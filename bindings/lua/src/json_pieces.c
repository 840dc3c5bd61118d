/* SPDX-License-Identifier: MIT
 * JSON texts that stay texts: a whole one that encode writes as it stands, and those of an array's or an object's
 * parts. They are how a message goes back to a server as it came. All of the text is checked by reading it as decode
 * does; the values are garbage at once. */
#include "json.h"
#include "json_decoder.h"

/* Pushes the text of the value that is next. */
static bool take_text(cla_decoder *json) {
  cla_decoder_space(json);
  const char *from = json->at;
  if (!cla_decoder_value(json)) return false;
  lua_pop(json->L, 1);
  lua_pushlstring(json->L, from, (size_t)(json->at - from));
  return true;
}

static bool take_pieces(cla_decoder *json) {
  cla_decoder_space(json);
  json->depth = 1;
  lua_newtable(json->L);
  if (cla_decoder_accept(json, '[')) return cla_decoder_elements(json, take_text);
  if (cla_decoder_accept(json, '{')) return cla_decoder_members(json, take_text);
  return cla_decoder_value(json) && cla_decoder_fail(json, "neither an array nor an object");
}

static int push_fault(lua_State *L, cla_decoder *json) {
  cla_decoder_fault(json);
  lua_pushnil(L);
  lua_insert(L, -2);
  return 2;
}

int cla_json_pieces(lua_State *L) {
  size_t len;
  const char *text = luaL_checklstring(L, 1, &len);
  cla_decoder json;
  cla_decoder_init(&json, L, text, len);
  if (!take_pieces(&json) || !cla_decoder_end(&json)) return push_fault(L, &json);
  return 1;
}

int cla_json_raw(lua_State *L) {
  size_t len;
  const char *text = luaL_checklstring(L, 1, &len);
  cla_decoder json;
  cla_decoder_init(&json, L, text, len);
  lua_createtable(L, 1, 0);
  if (!take_text(&json) || !cla_decoder_end(&json)) return push_fault(L, &json);
  lua_rawseti(L, -2, 1);
  luaL_getmetatable(L, CLA_JSON_RAW);
  lua_setmetatable(L, -2);
  return 1;
}
