/* SPDX-License-Identifier: MIT
 * A stream is one request. It never blocks for long by itself: `next` and `skip` wait a slice of time that chatabi.lua
 * chooses. */
#include <string.h>

#include "handles.h"
#include "json.h"

enum { SKIP_AT_ONCE = 256 }; /* events that `skip` drops before it lets Lua's hooks run */

cla_stream *cla_stream_check(lua_State *L) {
  cla_stream *stream = luaL_checkudata(L, 1, CLA_STREAM);
  if (stream->handle == NULL) luaL_error(L, "the stream is closed");
  return stream;
}

/* ---- making and finding ---- */

static void keep_client(lua_State *L) {
  lua_newtable(L);
  lua_pushvalue(L, 1);
  lua_rawseti(L, -2, 1);
  cla_set_companion(L, -2);
}

int cla_stream_send(lua_State *L) {
  chatabi_client *client = cla_client_check(L);
  size_t len;
  const char *body = luaL_checklstring(L, 2, &len);
  const char *options = luaL_optstring(L, 3, NULL);
  lua_settop(L, 3);
  cla_push_companion(L, 1);
  cla_stream *stream = lua_newuserdata(L, sizeof(cla_stream));
  stream->handle = NULL;
  stream->end = 0;
  luaL_getmetatable(L, CLA_STREAM);
  lua_setmetatable(L, -2);
  keep_client(L);

  stream->handle = chatabi_client_send(client, body, len, options);
  if (stream->handle == NULL) return 0;
  lua_pushlightuserdata(L, stream->handle);
  lua_pushvalue(L, -2);
  lua_rawset(L, -4);
  return 1;
}

int cla_stream_ready(lua_State *L) {
  chatabi_client *client = cla_client_check(L);
  chatabi_request *request = chatabi_client_ready(client, (int)luaL_checkinteger(L, 2));
  if (request != NULL) {
    cla_push_companion(L, 1);
    lua_pushlightuserdata(L, request);
    lua_rawget(L, -2);
    if (!lua_isnil(L, -1)) return 1;
  }
  lua_pushboolean(L, 0);
  return 1;
}

/* ---- reading ---- */

static void set_bytes(lua_State *L, const char *key, const char *bytes, size_t len) {
  lua_pushlstring(L, bytes == NULL ? "" : bytes, len);
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

/* Pushes the current event as a table. `text` is only ever text of the answer, so that a loop can print it unseen. */
static void push_chunk(lua_State *L, chatabi_request *request, int event) {
  size_t text_len = 0;
  size_t json_len = 0;
  const char *text = chatabi_request_text(request, &text_len);
  const char *json = chatabi_request_json(request, &json_len);
  lua_createtable(L, 0, 4);
  set_bytes(L, "text", text, event == CHATABI_TEXT ? text_len : 0);
  set_bytes(L, "json", json, json_len);
  switch (event) {
    case CHATABI_TEXT: set_literal(L, "type", "text"); break;
    case CHATABI_REASONING:
      set_literal(L, "type", "reasoning");
      set_bytes(L, "reasoning", text, text_len);
      break;
    case CHATABI_REFUSAL:
      set_literal(L, "type", "refusal");
      set_bytes(L, "refusal", text, text_len);
      break;
    case CHATABI_TOOL:
      set_literal(L, "type", "tool");
      set_tool_call(L, json, json_len);
      break;
    default: set_literal(L, "type", "other"); break;
  }
  int64_t choice = chatabi_request_info(request, CHATABI_INFO_CHOICE);
  if (choice < 0) return;
  lua_pushinteger(L, (lua_Integer)choice);
  lua_setfield(L, -2, "choice");
}

/* (stream, ms) -> a chunk; false when nothing came in time; nil at the end. */
static int stream_next(lua_State *L) {
  cla_stream *stream = cla_stream_check(L);
  int event = chatabi_request_next(stream->handle, (int)luaL_optinteger(L, 2, 0));
  if (event == CHATABI_DONE || event < 0) {
    stream->end = event;
    lua_pushnil(L);
  } else if (event == 0) {
    lua_pushboolean(L, 0);
  } else {
    push_chunk(L, stream->handle, event);
  }
  return 1;
}

/* (stream, ms) -> true at the end, nil when there is more to drop, false when nothing came in time. */
static int stream_skip(lua_State *L) {
  cla_stream *stream = cla_stream_check(L);
  int timeout_ms = (int)luaL_checkinteger(L, 2);
  for (int i = 0; i < SKIP_AT_ONCE; i++) {
    int event = chatabi_request_next(stream->handle, i == 0 ? timeout_ms : 0);
    if (event == CHATABI_DONE || event < 0) {
      stream->end = event;
      lua_pushboolean(L, 1);
      return 1;
    }
    if (event != 0) continue;
    if (i > 0) break;
    lua_pushboolean(L, 0);
    return 1;
  }
  lua_pushnil(L);
  return 1;
}

/* The next chunk that is there now, or nil. It is the iterator of stream:drain(), so what follows the stream is
 * ignored. */
static int stream_drain_next(lua_State *L) {
  cla_stream *stream = luaL_checkudata(L, 1, CLA_STREAM);
  if (stream->handle == NULL) return 0;
  lua_settop(L, 1);
  stream_next(L);
  if (!lua_toboolean(L, -1)) lua_pushnil(L);
  return 1;
}

static int stream_drain(lua_State *L) {
  cla_stream_check(L);
  lua_pushcfunction(L, stream_drain_next);
  lua_pushvalue(L, 1);
  return 2;
}

/* (stream) -> nil, or code, message, details as JSON. */
static int stream_error(lua_State *L) {
  cla_stream *stream = cla_stream_check(L);
  if (stream->end >= 0) return 0;
  lua_pushinteger(L, stream->end);
  const char *message = chatabi_request_message(stream->handle);
  lua_pushstring(L, message == NULL ? chatabi_error_text(stream->end) : message);
  const char *details = chatabi_request_error_json(stream->handle);
  lua_pushstring(L, details == NULL ? "" : details);
  return 3;
}

/* (stream) -> the chat.completion as JSON, "" when nothing of it came, nil before the end. */
static int stream_result(lua_State *L) {
  cla_stream *stream = cla_stream_check(L);
  size_t len = 0;
  const char *json = chatabi_request_result(stream->handle, &len);
  if (json == NULL) return 0;
  lua_pushlstring(L, json, len);
  return 1;
}

static int stream_done(lua_State *L) {
  lua_pushboolean(L, cla_stream_check(L)->end != 0);
  return 1;
}

/* ---- looking ---- */

static int stream_state(lua_State *L) {
  static const char *const NAMES[] = {"unknown",   "queued",   "auth", "connecting", "waiting",
                                      "streaming", "retrying", "done", "failed"};
  int state = chatabi_request_state(cla_stream_check(L)->handle);
  int known = state > 0 && state < (int)(sizeof NAMES / sizeof NAMES[0]);
  lua_pushstring(L, NAMES[known ? state : 0]);
  return 1;
}

static void push_finish(lua_State *L, chatabi_request *request) {
  static const char *const NAMES[] = {"stop", "length", "tool_calls", "content_filter", "other"};
  int64_t finish = chatabi_request_info(request, CHATABI_INFO_FINISH);
  if (finish < CHATABI_FINISH_STOP || finish > CHATABI_FINISH_OTHER) return;
  lua_pushstring(L, NAMES[finish - 1]);
  lua_setfield(L, -2, "finish");
}

static int stream_info(lua_State *L) {
  static const struct {
    const char *name;
    int what;
  } NUMBERS[] = {{"id", CHATABI_INFO_ID},
                 {"http_status", CHATABI_INFO_HTTP_STATUS},
                 {"attempts", CHATABI_INFO_ATTEMPTS},
                 {"retry_after_ms", CHATABI_INFO_RETRY_AFTER_MS},
                 {"first_byte_ms", CHATABI_INFO_FIRST_BYTE_MS},
                 {"first_text_ms", CHATABI_INFO_FIRST_TEXT_MS},
                 {"total_ms", CHATABI_INFO_TOTAL_MS},
                 {"prompt_tokens", CHATABI_INFO_PROMPT_TOKENS},
                 {"completion_tokens", CHATABI_INFO_COMPLETION_TOKENS},
                 {"total_tokens", CHATABI_INFO_TOTAL_TOKENS},
                 {"retryable", CHATABI_INFO_RETRYABLE},
                 {"choice", CHATABI_INFO_CHOICE},
                 {"http_version", CHATABI_INFO_HTTP_VERSION},
                 {"bytes", CHATABI_INFO_BYTES},
                 {"output_tokens", CHATABI_INFO_OUTPUT_TOKENS},
                 {"reasoning_tokens", CHATABI_INFO_REASONING_TOKENS},
                 {"cached_tokens", CHATABI_INFO_CACHED_TOKENS},
                 {"place", CHATABI_INFO_PLACE}};
  cla_stream *stream = cla_stream_check(L);
  lua_newtable(L);
  for (size_t i = 0; i < sizeof NUMBERS / sizeof NUMBERS[0]; i++) {
    int64_t number = chatabi_request_info(stream->handle, NUMBERS[i].what);
    if (number < 0) continue;
    lua_pushinteger(L, (lua_Integer)number);
    lua_setfield(L, -2, NUMBERS[i].name);
  }
  push_finish(L, stream->handle);
  return 1;
}

static int stream_header(lua_State *L) {
  cla_stream *stream = cla_stream_check(L);
  lua_pushstring(L, chatabi_request_header(stream->handle, luaL_checkstring(L, 2)));
  return 1;
}

/* The protocol of cqueues: what to poll, for what, and for how long at most (nil: no limit). */
static int stream_pollfd(lua_State *L) {
  int fd = chatabi_request_fd(cla_stream_check(L)->handle);
  if (fd < 0) return 0;
  lua_pushinteger(L, fd);
  return 1;
}

static int stream_events(lua_State *L) {
  cla_stream_check(L);
  lua_pushliteral(L, "r");
  return 1;
}

static int stream_timeout(lua_State *L) {
  cla_stream_check(L);
  lua_pushnil(L);
  return 1;
}

/* ---- ending ---- */

static int stream_cancel(lua_State *L) {
  chatabi_request_cancel(cla_stream_check(L)->handle);
  return 0;
}

static int stream_close(lua_State *L) {
  cla_stream *stream = luaL_checkudata(L, 1, CLA_STREAM);
  chatabi_request *handle = stream->handle;
  stream->handle = NULL;
  chatabi_request_free(handle);
  return 0;
}

static int stream_tostring(lua_State *L) {
  cla_stream *stream = luaL_checkudata(L, 1, CLA_STREAM);
  if (stream->handle == NULL) {
    lua_pushliteral(L, "chatabi stream (closed)");
  } else {
    lua_pushfstring(L, "chatabi stream (%p)", (void *)stream);
  }
  return 1;
}

void cla_stream_register(lua_State *L) {
  static const luaL_Reg METAMETHODS[] = {
      {"__gc", stream_close}, {"__close", stream_close}, {"__tostring", stream_tostring}, {NULL, NULL}};
  static const luaL_Reg METHODS[] = {{"drain", stream_drain},
                                     {"done", stream_done},
                                     {"state", stream_state},
                                     {"info", stream_info},
                                     {"header", stream_header},
                                     {"pollfd", stream_pollfd},
                                     {"events", stream_events},
                                     {"timeout", stream_timeout},
                                     {"cancel", stream_cancel},
                                     {"close", stream_close},
                                     {NULL, NULL}};
  static const luaL_Reg FUNCTIONS[] = {{"stream_next", stream_next},
                                       {"stream_skip", stream_skip},
                                       {"stream_error", stream_error},
                                       {"stream_result", stream_result},
                                       {NULL, NULL}};
  cla_set_functions(L, FUNCTIONS);
  cla_type_new(L, CLA_STREAM, METAMETHODS, METHODS);
  lua_setfield(L, -2, "stream");
}
