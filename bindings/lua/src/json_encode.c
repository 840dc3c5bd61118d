/* SPDX-License-Identifier: MIT
 * Lua values to JSON. Keys are written sorted: the same table gives the same bytes in every run, which caches of
 * prompts and recorded requests rely on. Metamethods are not asked. Errors are raised, and name the place:
 * "messages[2].content". */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "number.h"
#include "text.h"

/* The way from the root to the value at hand, kept on the C stack. */
typedef struct place {
  const struct place *up; /* NULL at the root */
  const void *table;      /* the table that the value is in */
  const char *key;        /* NULL: in an array, at `index` */
  size_t key_len;
  size_t index;
  int depth;
} place;

/* A key, copied: a finalizer of the program's may take it out of the table meanwhile. */
typedef struct member {
  const char *key;
  size_t len;
} member;

static void encode_value(cla_text *out, const place *at);

static void write_place(cla_text *out, const place *at) {
  if (at->up == NULL) return;
  write_place(out, at->up);
  if (at->key == NULL) {
    char number[32];
    int len = snprintf(number, sizeof number, "[%zu]", at->index);
    cla_text_add(out, number, (size_t)len);
    return;
  }
  if (out->len > 0) cla_text_add_char(out, '.');
  cla_text_add(out, at->key, at->key_len);
}

static void fail(cla_text *out, const place *at, const char *why) {
  cla_text_clear(out);
  write_place(out, at);
  if (out->len == 0) cla_text_add(out, "value", 5);
  cla_text_add(out, ": ", 2);
  cla_text_add(out, why, strlen(why));
  lua_pushlstring(out->L, out->data, out->len);
  lua_error(out->L);
}

static void write_escape(cla_text *out, unsigned char c) {
  static const char NAMED[] = "\"\"\\\\\bb\ff\nn\rr\tt";
  for (const char *name = NAMED; *name != '\0'; name += 2) {
    if ((unsigned char)name[0] != c) continue;
    cla_text_add_char(out, '\\');
    cla_text_add_char(out, name[1]);
    return;
  }
  char *at = cla_text_reserve(out, 8);
  out->len += (size_t)snprintf(at, 8, "\\u%04x", (unsigned)c);
}

static void encode_string(cla_text *out, const place *at, const char *bytes, size_t len) {
  cla_text_add_char(out, '"');
  size_t done = 0;
  size_t i = 0;
  while (i < len) {
    unsigned char c = (unsigned char)bytes[i];
    if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\') {
      i++;
      continue;
    }
    if (c >= 0x80) {
      size_t sequence = cla_text_utf8(bytes + i, len - i);
      if (sequence == 0) fail(out, at, "a string that is not valid UTF-8 cannot be JSON");
      i += sequence;
      continue;
    }
    cla_text_add(out, bytes + done, i - done);
    write_escape(out, c);
    done = ++i;
  }
  cla_text_add(out, bytes + done, len - done);
  cla_text_add_char(out, '"');
}

/* Has the table on the top the metatable `mark`? */
static bool is_marked(lua_State *L, const char *mark) {
  if (!lua_getmetatable(L, -1)) return false;
  luaL_getmetatable(L, mark);
  bool marked = lua_rawequal(L, -1, -2) != 0;
  lua_pop(L, 2);
  return marked;
}

static bool is_index(lua_State *L, int index, size_t count) {
  if (lua_type(L, index) != LUA_TNUMBER) return false;
  lua_Number number = lua_tonumber(L, index);
  return number >= 1 && number <= (lua_Number)count && number == (lua_Number)(size_t)number;
}

typedef struct census {
  size_t strings, numbers, others;
  size_t bytes; /* of the strings */
} census;

/* Counts the keys of the table on the top by their kind. */
static census count_keys(lua_State *L) {
  census keys = {0, 0, 0, 0};
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    int type = lua_type(L, -2);
    if (type == LUA_TSTRING) {
      size_t len;
      lua_tolstring(L, -2, &len);
      keys.strings++;
      keys.bytes += len;
    } else if (type == LUA_TNUMBER) {
      keys.numbers++;
    } else {
      keys.others++;
    }
    lua_pop(L, 1);
  }
  return keys;
}

/* Are the number keys of the table on the top exactly 1..count? */
static bool has_no_holes(lua_State *L, size_t count) {
  bool whole = true;
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    whole = whole && is_index(L, -2, count);
    lua_pop(L, 1);
  }
  return whole;
}

/* Names the first place without a value: in most cases something was nil there. */
static void fail_for_hole(cla_text *out, const place *at, size_t count) {
  lua_State *L = out->L;
  size_t hole = 1;
  for (; hole < count; hole++) {
    lua_rawgeti(L, -1, (int)hole);
    bool missing = lua_isnil(L, -1);
    lua_pop(L, 1);
    if (missing) break;
  }
  lua_pushfstring(L, "[%d] is nil, and an array's keys must be 1 to n without holes; use chatabi.null for null",
                  (int)hole);
  fail(out, at, lua_tostring(L, -1));
}

static void encode_array(cla_text *out, const place *at, size_t count) {
  lua_State *L = out->L;
  if (!has_no_holes(L, count)) fail_for_hole(out, at, count);
  cla_text_add_char(out, '[');
  place below = {at, lua_topointer(L, -1), NULL, 0, 0, at->depth + 1};
  for (below.index = 1; below.index <= count; below.index++) {
    if (below.index > 1) cla_text_add_char(out, ',');
    lua_rawgeti(L, -1, (int)below.index);
    encode_value(out, &below);
    lua_pop(L, 1);
  }
  cla_text_add_char(out, ']');
}

static int compare_members(const void *left, const void *right) {
  const member *a = left;
  const member *b = right;
  size_t shorter = a->len < b->len ? a->len : b->len;
  int order = memcmp(a->key, b->key, shorter);
  if (order != 0) return order;
  return (a->len > b->len) - (a->len < b->len);
}

/* Pushes a userdata with the keys of the table on the top, sorted; NULL when they are no longer those that were
 * counted. Making the userdata may run a finalizer; after that nothing does. */
static member *push_members(lua_State *L, const census *keys) {
  member *members = lua_newuserdata(L, keys->strings * sizeof(member) + keys->bytes);
  census now = {0, 0, 0, 0};
  char *bytes = (char *)(members + keys->strings);
  lua_pushnil(L);
  while (lua_next(L, -3)) {
    lua_pop(L, 1);
    size_t len = 0;
    const char *key = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &len) : NULL;
    if (key == NULL || now.strings == keys->strings || keys->bytes - now.bytes < len) return NULL;
    memcpy(bytes + now.bytes, key, len);
    members[now.strings] = (member){bytes + now.bytes, len};
    now.strings++;
    now.bytes += len;
  }
  if (now.strings < keys->strings) return NULL;
  qsort(members, now.strings, sizeof(member), compare_members);
  return members;
}

static void encode_object(cla_text *out, const place *at, const census *keys) {
  lua_State *L = out->L;
  const void *table = lua_topointer(L, -1);
  const member *members = push_members(L, keys);
  cla_text_add_char(out, '{');
  for (size_t i = 0; members != NULL && i < keys->strings; i++) {
    place below = {at, table, members[i].key, members[i].len, 0, at->depth + 1};
    if (i > 0) cla_text_add_char(out, ',');
    encode_string(out, at, members[i].key, members[i].len);
    cla_text_add_char(out, ':');
    lua_pushlstring(L, members[i].key, members[i].len);
    lua_rawget(L, -3);
    encode_value(out, &below);
    lua_pop(L, 1);
  }
  if (members == NULL) fail(out, at, "a finalizer changed the table while it was written");
  lua_pop(L, 1);
  cla_text_add_char(out, '}');
}

static void encode_raw(cla_text *out, const place *at) {
  lua_State *L = out->L;
  lua_rawgeti(L, -1, 1);
  if (lua_type(L, -1) != LUA_TSTRING) fail(out, at, "the text of raw JSON was changed");
  size_t len;
  const char *text = lua_tolstring(L, -1, &len);
  cla_text_add(out, text, len);
  lua_pop(L, 1);
}

static void encode_table(cla_text *out, const place *at) {
  lua_State *L = out->L;
  luaL_checkstack(L, 8, "JSON");
  if (is_marked(L, CLA_JSON_RAW)) {
    encode_raw(out, at);
    return;
  }
  if (at->depth >= CLA_JSON_DEPTH) fail(out, at, "nested too deep");
  const void *table = lua_topointer(L, -1);
  for (const place *above = at; above != NULL; above = above->up)
    if (above->table == table) fail(out, at, "a table that contains itself cannot be JSON");

  census keys = count_keys(L);
  if (keys.others > 0) fail(out, at, "keys must be strings, or numbers from 1 to n");
  if (is_marked(L, CLA_JSON_ARRAY)) {
    if (keys.strings > 0) fail(out, at, "an array cannot have string keys");
    encode_array(out, at, keys.numbers);
  } else if (keys.numbers == 0) {
    encode_object(out, at, &keys);
  } else {
    if (keys.strings > 0) fail(out, at, "a table with both string and number keys cannot be JSON");
    encode_array(out, at, keys.numbers);
  }
}

static void encode_other(cla_text *out, const place *at) {
  lua_State *L = out->L;
  if (lua_type(L, -1) == LUA_TLIGHTUSERDATA && lua_touserdata(L, -1) == NULL) {
    cla_text_add(out, "null", 4);
    return;
  }
  char why[64];
  snprintf(why, sizeof why, "a %s cannot be JSON", luaL_typename(L, -1));
  fail(out, at, lua_isnil(L, -1) ? "nil cannot be JSON; use chatabi.null" : why);
}

/* Appends the value on the top of the stack and leaves it there. */
static void encode_value(cla_text *out, const place *at) {
  lua_State *L = out->L;
  switch (lua_type(L, -1)) {
    case LUA_TSTRING: {
      size_t len;
      const char *bytes = lua_tolstring(L, -1, &len);
      encode_string(out, at, bytes, len);
      break;
    }
    case LUA_TNUMBER:
      if (!cla_number_write(out, -1)) fail(out, at, "NaN and infinity cannot be JSON");
      break;
    case LUA_TBOOLEAN:
      if (lua_toboolean(L, -1)) {
        cla_text_add(out, "true", 4);
      } else {
        cla_text_add(out, "false", 5);
      }
      break;
    case LUA_TTABLE: encode_table(out, at); break;
    default: encode_other(out, at); break;
  }
}

int cla_json_encode(lua_State *L) {
  const place root = {NULL, NULL, NULL, 0, 0, 0};
  cla_text out;
  lua_settop(L, 1);
  cla_text_init(&out, L);
  lua_pushvalue(L, 1);
  encode_value(&out, &root);
  lua_pushlstring(L, out.data, out.len);
  return 1;
}
