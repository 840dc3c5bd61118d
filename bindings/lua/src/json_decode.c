/* SPDX-License-Identifier: MIT
 * JSON to Lua values, strictly by RFC 8259, half surrogate pairs apart. Nothing is raised but "not enough memory": what
 * is wrong goes back as text, because JSON from a model or a server is the world and not the caller's mistake. */
#include <stdbool.h>
#include <string.h>

#include "json.h"
#include "number.h"
#include "text.h"

enum { REPLACEMENT = 0xFFFD };

typedef struct decoder {
  lua_State *L;
  const char *start, *at, *end;
  const char *why; /* what is wrong at `at`; NULL so far */
  int depth;
  cla_text scratch;
} decoder;

static bool decode_value(decoder *json);

static bool fail(decoder *json, const char *why) {
  if (json->why == NULL) json->why = why;
  return false;
}

static void skip_space(decoder *json) {
  while (json->at < json->end && (*json->at == ' ' || *json->at == '\n' || *json->at == '\r' || *json->at == '\t'))
    json->at++;
}

/* Takes `c` when it is next. */
static bool accept(decoder *json, char c) {
  if (json->at >= json->end || *json->at != c) return false;
  json->at++;
  return true;
}

/* Four hex digits, or -1. */
static int read_hex(decoder *json) {
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
static int read_low_half(decoder *json) {
  const char *before = json->at;
  if (accept(json, '\\') && accept(json, 'u')) {
    int code = read_hex(json);
    if (code >= 0xDC00 && code <= 0xDFFF) return code;
  }
  json->at = before;
  return -1;
}

/* After "\u". Models do cut a pair in half now and then: half a character must not cost the whole answer. */
static bool decode_unicode(decoder *json) {
  int code = read_hex(json);
  if (code < 0) return fail(json, "\\u needs four hex digits");
  if (code >= 0xD800 && code <= 0xDFFF) {
    int low = code <= 0xDBFF ? read_low_half(json) : -1;
    code = low < 0 ? REPLACEMENT : 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  }
  add_code(&json->scratch, code);
  return true;
}

static bool decode_escape(decoder *json) {
  static const char NAMED[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
  if (json->at >= json->end) return fail(json, "the string does not end");
  char c = *json->at++;
  if (c == 'u') return decode_unicode(json);
  for (const char *name = NAMED; *name != '\0'; name += 2) {
    if (*name != c) continue;
    cla_text_add_char(&json->scratch, name[1]);
    return true;
  }
  json->at--;
  return fail(json, "no such escape");
}

/* Moves over characters that stand for themselves. */
static bool skip_plain(decoder *json) {
  while (json->at < json->end) {
    unsigned char c = (unsigned char)*json->at;
    if (c == '"' || c == '\\') return true;
    if (c < 0x20) return fail(json, "a control character in a string");
    size_t sequence = c < 0x80 ? 1 : cla_text_utf8(json->at, (size_t)(json->end - json->at));
    if (sequence == 0) return fail(json, "not valid UTF-8");
    json->at += sequence;
  }
  return fail(json, "the string does not end");
}

/* After the opening quote. */
static bool decode_string(decoder *json) {
  const char *from = json->at;
  if (!skip_plain(json)) return false;
  if (accept(json, '"')) {
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

static bool skip_digits(decoder *json) {
  const char *from = json->at;
  while (json->at < json->end && *json->at >= '0' && *json->at <= '9') json->at++;
  return json->at > from || fail(json, "a digit is missing");
}

static bool decode_number(decoder *json) {
  const char *from = json->at;
  accept(json, '-');
  if (!accept(json, '0') && !skip_digits(json)) return false;
  if (accept(json, '.') && !skip_digits(json)) return false;
  if (accept(json, 'e') || accept(json, 'E')) {
    if (!accept(json, '+')) accept(json, '-');
    if (!skip_digits(json)) return false;
  }
  return cla_number_push(&json->scratch, from, (size_t)(json->at - from)) || fail(json, "the number is too large");
}

static bool decode_elements(decoder *json) {
  luaL_getmetatable(json->L, CLA_JSON_ARRAY);
  lua_setmetatable(json->L, -2);
  skip_space(json);
  if (accept(json, ']')) return true;
  for (int index = 1;; index++) {
    if (!decode_value(json)) return false;
    lua_rawseti(json->L, -2, index);
    skip_space(json);
    if (accept(json, ']')) return true;
    if (!accept(json, ',')) return fail(json, "expected ',' or ']'");
  }
}

static bool decode_members(decoder *json) {
  skip_space(json);
  if (accept(json, '}')) return true;
  do {
    skip_space(json);
    if (!accept(json, '"')) return fail(json, "expected a key in quotes");
    if (!decode_string(json)) return false;
    skip_space(json);
    if (!accept(json, ':')) return fail(json, "expected ':'");
    if (!decode_value(json)) return false;
    lua_rawset(json->L, -3);
    skip_space(json);
    if (accept(json, '}')) return true;
  } while (accept(json, ','));
  return fail(json, "expected ',' or '}'");
}

static bool decode_nested(decoder *json, bool (*decode)(decoder *json)) {
  if (json->depth >= CLA_JSON_DEPTH || !lua_checkstack(json->L, 6)) return fail(json, "nested too deep");
  json->depth++;
  json->at++;
  lua_newtable(json->L);
  bool good = decode(json);
  json->depth--;
  return good;
}

static bool accept_word(decoder *json, const char *word) {
  size_t len = strlen(word);
  if ((size_t)(json->end - json->at) < len || memcmp(json->at, word, len) != 0) return fail(json, "expected a value");
  json->at += len;
  return true;
}

/* Pushes one value; on failure what it pushed is left for the caller to drop. */
static bool decode_value(decoder *json) {
  skip_space(json);
  if (json->at >= json->end) return fail(json, "the text ends too early");
  switch (*json->at) {
    case '{': return decode_nested(json, decode_members);
    case '[': return decode_nested(json, decode_elements);
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
    default: return fail(json, "expected a value");
  }
}

int cla_json_push(lua_State *L, const char *text, size_t len) {
  int top = lua_gettop(L);
  decoder json = {.L = L, .start = text, .at = text, .end = text + len};
  luaL_checkstack(L, 8, "JSON");
  cla_text_init(&json.scratch, L);
  bool good = decode_value(&json);
  if (good) {
    skip_space(&json);
    if (json.at < json.end) good = fail(&json, "there is more text after the value");
  }
  if (good) {
    lua_replace(L, top + 1);
  } else {
    lua_settop(L, top);
    lua_pushfstring(L, "%s at byte %d", json.why, (int)(json.at - json.start) + 1);
  }
  return good;
}

int cla_json_decode(lua_State *L) {
  size_t len;
  const char *text = luaL_checklstring(L, 1, &len);
  if (cla_json_push(L, text, len)) return 1;
  lua_pushnil(L);
  lua_insert(L, -2);
  return 2;
}
