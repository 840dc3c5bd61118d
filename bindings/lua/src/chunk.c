/* SPDX-License-Identifier: MIT */
#include "chunk.h"

#include <string.h>

#include "json.h"

/* What the library tells about the event, copied before Lua is asked for anything; see lent.h. */
typedef struct chunk {
  int event;
  int64_t choice;
  size_t text_len, json_len;
  const char *text, *json;
  cla_lent *block; /* which the texts are in */
} chunk;

static chunk take(lua_State *L, cla_stream *stream, int event) {
  chunk taken = {.event = event, .choice = chatabi_request_info(stream->handle, CHATABI_INFO_CHOICE)};
  const char *text = chatabi_request_text(stream->handle, &taken.text_len);
  const char *json = chatabi_request_json(stream->handle, &taken.json_len);
  taken.block = cla_lent_new(L, &stream->lent, taken.text_len + taken.json_len);
  char *at = taken.block->bytes;
  if (taken.text_len > 0) memcpy(at, text, taken.text_len);
  if (taken.json_len > 0) memcpy(at + taken.text_len, json, taken.json_len);
  taken.text = at;
  taken.json = at + taken.text_len;
  return taken;
}

static void set_bytes(lua_State *L, const char *key, const char *bytes, size_t len) {
  lua_pushlstring(L, bytes, len);
  lua_setfield(L, -2, key);
}

static void set_literal(lua_State *L, const char *key, const char *text) {
  lua_pushstring(L, text);
  lua_setfield(L, -2, key);
}

static void set_tool_call(lua_State *L, const char *json, size_t len) {
  if (cla_json_push(L, json, len)) {
    lua_setfield(L, -2, "tool_call");
  } else {
    lua_pop(L, 1);
  }
}

/* `text` is only ever text of the answer, so that a loop can print it unseen. */
static void push(lua_State *L, const chunk *from) {
  lua_createtable(L, 0, 4);
  set_bytes(L, "text", from->text, from->event == CHATABI_TEXT ? from->text_len : 0);
  set_bytes(L, "json", from->json, from->json_len);
  switch (from->event) {
    case CHATABI_TEXT: set_literal(L, "type", "text"); break;
    case CHATABI_REASONING:
      set_literal(L, "type", "reasoning");
      set_bytes(L, "reasoning", from->text, from->text_len);
      break;
    case CHATABI_REFUSAL:
      set_literal(L, "type", "refusal");
      set_bytes(L, "refusal", from->text, from->text_len);
      break;
    case CHATABI_TOOL:
      set_literal(L, "type", "tool");
      set_tool_call(L, from->json, from->json_len);
      break;
    default: set_literal(L, "type", "other"); break;
  }
  if (from->choice < 0) return;
  lua_pushinteger(L, (lua_Integer)from->choice);
  lua_setfield(L, -2, "choice");
}

void cla_chunk_push(lua_State *L, cla_stream *stream, int event) {
  chunk taken = take(L, stream, event);
  push(L, &taken);
  cla_lent_free(&stream->lent, taken.block);
}
