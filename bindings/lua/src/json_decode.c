/* SPDX-License-Identifier: MIT
 * JSON to Lua values, strictly by RFC 8259, half surrogate pairs apart. Nothing is raised but "not enough memory": what
 * is wrong goes back as text, because JSON from a model or a server is the world and not the caller's mistake. */
#include <string.h>

#include "json.h"
#include "json_decoder.h"
#include "number.h"

enum { REPLACEMENT = 0xFFFD };

bool cla_decoder_fail(cla_decoder *json, const char *why) {
  if (json->why == NULL) json->why = why;
  return false;
}

void cla_decoder_space(cla_decoder *json) {
  while (json->at < json->end && (*json->at == ' ' || *json->at == '\n' || *json->at == '\r' || *json->at == '\t'))
    json->at++;
}

bool cla_decoder_accept(cla_decoder *json, char c) {
  if (json->at >= json->end || *json->at != c) return false;
  json->at++;
  return true;
}

/* Four hex digits, or -1. */
static int read_hex(cla_decoder *json) {
  if (json->end - json->at < 4) return -1;
  int code = 0;
  for (int i = 0; i < 4; i++) {
    char c = json->at[i];
    int digit = -1;
    if (c >= '0' && c <= '9') digit = c - '0';
    if (c >= 'a' && c <= 'f') digit = c - 'a' + 10;
    if (c >= 'A' && c <= 'F') digit = c - 'A' + 10;
    if (digit < 0) return -1;
    code = code * 16 + digit;
  }
  json->at += 4;
  return code;
}

static void add_code(cla_text *text, int code) {
  char *at = cla_text_reserve(text, 4);
  if (code < 0x80) {
    at[0] = (char)code;
    text->len += 1;
  } else if (code < 0x800) {
    at[0] = (char)(0xC0 | (code >> 6));
    at[1] = (char)(0x80 | (code & 0x3F));
    text->len += 2;
  } else if (code < 0x10000) {
    at[0] = (char)(0xE0 | (code >> 12));
    at[1] = (char)(0x80 | ((code >> 6) & 0x3F));
    at[2] = (char)(0x80 | (code & 0x3F));
    text->len += 3;
  } else {
    at[0] = (char)(0xF0 | (code >> 18));
    at[1] = (char)(0x80 | ((code >> 12) & 0x3F));
    at[2] = (char)(0x80 | ((code >> 6) & 0x3F));
    at[3] = (char)(0x80 | (code & 0x3F));
    text->len += 4;
  }
}

/* The second half of a surrogate pair, or -1 and nothing taken. */
static int read_low_half(cla_decoder *json) {
  const char *before = json->at;
  if (cla_decoder_accept(json, '\\') && cla_decoder_accept(json, 'u')) {
    int code = read_hex(json);
    if (code >= 0xDC00 && code <= 0xDFFF) return code;
  }
  json->at = before;
  return -1;
}

/* After "\u". Models do cut a pair in half now and then: half a character must not cost the whole answer. */
static bool decode_unicode(cla_decoder *json) {
  int code = read_hex(json);
  if (code < 0) return cla_decoder_fail(json, "\\u needs four hex digits");
  if (code >= 0xD800 && code <= 0xDFFF) {
    int low = code <= 0xDBFF ? read_low_half(json) : -1;
    code = low < 0 ? REPLACEMENT : 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  }
  add_code(&json->scratch, code);
  return true;
}

static bool decode_escape(cla_decoder *json) {
  static const char NAMED[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
  if (json->at >= json->end) return cla_decoder_fail(json, "the string does not end");
  char c = *json->at++;
  if (c == 'u') return decode_unicode(json);
  for (const char *name = NAMED; *name != '\0'; name += 2) {
    if (*name != c) continue;
    cla_text_add_char(&json->scratch, name[1]);
    return true;
  }
  json->at--;
  return cla_decoder_fail(json, "no such escape");
}

/* Moves over characters that stand for themselves. */
static bool skip_plain(cla_decoder *json) {
  while (json->at < json->end) {
    unsigned char c = (unsigned char)*json->at;
    if (c == '"' || c == '\\') return true;
    if (c < 0x20) return cla_decoder_fail(json, "a control character in a string");
    size_t sequence = c < 0x80 ? 1 : cla_text_utf8(json->at, (size_t)(json->end - json->at));
    if (sequence == 0) return cla_decoder_fail(json, "not valid UTF-8");
    json->at += sequence;
  }
  return cla_decoder_fail(json, "the string does not end");
}

/* After the opening quote. */
static bool decode_string(cla_decoder *json) {
  const char *from = json->at;
  if (!skip_plain(json)) return false;
  if (cla_decoder_accept(json, '"')) {
    lua_pushlstring(json->L, from, (size_t)(json->at - 1 - from));
    return true;
  }
  cla_text_clear(&json->scratch);
  do {
    cla_text_add(&json->scratch, from, (size_t)(json->at - from));
    json->at++;
    if (!decode_escape(json)) return false;
    from = json->at;
    if (!skip_plain(json)) return false;
  } while (*json->at == '\\');
  cla_text_add(&json->scratch, from, (size_t)(json->at - from));
  json->at++;
  lua_pushlstring(json->L, json->scratch.data, json->scratch.len);
  return true;
}

static bool skip_digits(cla_decoder *json) {
  const char *from = json->at;
  while (json->at < json->end && *json->at >= '0' && *json->at <= '9') json->at++;
  return json->at > from || cla_decoder_fail(json, "a digit is missing");
}

static bool decode_number(cla_decoder *json) {
  const char *from = json->at;
  cla_decoder_accept(json, '-');
  if (!cla_decoder_accept(json, '0') && !skip_digits(json)) return false;
  if (cla_decoder_accept(json, '.') && !skip_digits(json)) return false;
  if (cla_decoder_accept(json, 'e') || cla_decoder_accept(json, 'E')) {
    if (!cla_decoder_accept(json, '+')) cla_decoder_accept(json, '-');
    if (!skip_digits(json)) return false;
  }
  return cla_number_push(&json->scratch, from, (size_t)(json->at - from)) ||
         cla_decoder_fail(json, "the number is too large");
}

/* After an element or a member: 1 when another one follows, 0 when `close` ended them, -1 for anything else. */
static int more_follows(cla_decoder *json, char close) {
  cla_decoder_space(json);
  if (cla_decoder_accept(json, close)) return 0;
  if (cla_decoder_accept(json, ',')) return 1;
  cla_decoder_fail(json, close == ']' ? "expected ',' or ']'" : "expected ',' or '}'");
  return -1;
}

bool cla_decoder_elements(cla_decoder *json, bool (*take)(cla_decoder *json)) {
  luaL_getmetatable(json->L, CLA_JSON_ARRAY);
  lua_setmetatable(json->L, -2);
  cla_decoder_space(json);
  if (cla_decoder_accept(json, ']')) return true;
  int more = 1;
  for (int index = 1; more == 1; index++) {
    if (!take(json)) return false;
    lua_rawseti(json->L, -2, index);
    more = more_follows(json, ']');
  }
  return more == 0;
}

static bool decode_key(cla_decoder *json) {
  cla_decoder_space(json);
  if (!cla_decoder_accept(json, '"')) return cla_decoder_fail(json, "expected a key in quotes");
  if (!decode_string(json)) return false;
  cla_decoder_space(json);
  return cla_decoder_accept(json, ':') || cla_decoder_fail(json, "expected ':'");
}

bool cla_decoder_members(cla_decoder *json, bool (*take)(cla_decoder *json)) {
  cla_decoder_space(json);
  if (cla_decoder_accept(json, '}')) return true;
  int more = 1;
  while (more == 1) {
    if (!decode_key(json) || !take(json)) return false;
    lua_rawset(json->L, -3);
    more = more_follows(json, '}');
  }
  return more == 0;
}

typedef bool walk(cla_decoder *json, bool (*take)(cla_decoder *json));

static bool decode_nested(cla_decoder *json, walk *decode) {
  if (json->depth >= CLA_JSON_DEPTH || !lua_checkstack(json->L, 6)) return cla_decoder_fail(json, "nested too deep");
  json->depth++;
  json->at++;
  lua_newtable(json->L);
  bool good = decode(json, cla_decoder_value);
  json->depth--;
  return good;
}

static bool accept_word(cla_decoder *json, const char *word) {
  size_t len = strlen(word);
  if ((size_t)(json->end - json->at) < len || memcmp(json->at, word, len) != 0)
    return cla_decoder_fail(json, "expected a value");
  json->at += len;
  return true;
}

/* Pushes one value; on failure what it pushed is left for the caller to drop. */
bool cla_decoder_value(cla_decoder *json) {
  cla_decoder_space(json);
  if (json->at >= json->end) return cla_decoder_fail(json, "the text ends too early");
  switch (*json->at) {
    case '{': return decode_nested(json, cla_decoder_members);
    case '[': return decode_nested(json, cla_decoder_elements);
    case '"': json->at++; return decode_string(json);
    case 't': lua_pushboolean(json->L, 1); return accept_word(json, "true");
    case 'f': lua_pushboolean(json->L, 0); return accept_word(json, "false");
    case 'n': lua_pushlightuserdata(json->L, NULL); return accept_word(json, "null");
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9': return decode_number(json);
    default: return cla_decoder_fail(json, "expected a value");
  }
}

void cla_decoder_init(cla_decoder *json, lua_State *L, const char *text, size_t len) {
  *json = (cla_decoder){.L = L, .start = text, .at = text, .end = text + len, .top = lua_gettop(L)};
  luaL_checkstack(L, 8, "JSON");
  cla_text_init(&json->scratch, L);
}

bool cla_decoder_end(cla_decoder *json) {
  cla_decoder_space(json);
  return json->at == json->end || cla_decoder_fail(json, "there is more text after the value");
}

void cla_decoder_fault(cla_decoder *json) {
  lua_settop(json->L, json->top);
  lua_pushfstring(json->L, "%s at byte %d", json->why, (int)(json->at - json->start) + 1);
}

int cla_json_push(lua_State *L, const char *text, size_t len) {
  cla_decoder json;
  cla_decoder_init(&json, L, text, len);
  if (!cla_decoder_value(&json) || !cla_decoder_end(&json)) {
    cla_decoder_fault(&json);
    return 0;
  }
  lua_replace(L, json.top + 1);
  return 1;
}

int cla_json_decode(lua_State *L) {
  size_t len;
  const char *text = luaL_checklstring(L, 1, &len);
  if (cla_json_push(L, text, len)) return 1;
  lua_pushnil(L);
  lua_insert(L, -2);
  return 2;
}
