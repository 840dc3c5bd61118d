/* SPDX-License-Identifier: MIT
 * A stream is one request. It never blocks for long by itself: `next` and `skip` wait a slice of time that chatabi.lua
 * chooses. */
#include "chunk.h"
#include "handles.h"
#include "pollable.h"

enum { SKIP_AT_ONCE = 256 }; /* events that `skip` drops before it lets Lua's hooks run */

cla_stream *cla_stream_check(lua_State *L) {
  cla_stream *stream = luaL_checkudata(L, 1, CLA_STREAM);
  if (stream->handle == NULL) luaL_error(L, "the stream is closed");
  return stream;
}

/* ---- making and finding ---- */

/* Pushes the table in which the client at position 1 finds its streams. */
static void push_streams(lua_State *L) {
  cla_push_companion(L, 1);
  lua_rawgeti(L, -1, 1);
  lua_remove(L, -2);
}

static void keep_client(lua_State *L) {
  lua_newtable(L);
  lua_pushvalue(L, 1);
  lua_rawseti(L, -2, 1);
  cla_set_companion(L, -2);
}

int cla_stream_send(lua_State *L) {
  size_t len;
  const char *body = luaL_checklstring(L, 2, &len);
  const char *options = luaL_optstring(L, 3, NULL);
  cla_client_check(L);
  lua_settop(L, 3);
  push_streams(L);
  cla_stream *stream = lua_newuserdata(L, sizeof(cla_stream));
  *stream = (cla_stream){.handle = NULL, .end = 0, .lent = NULL};
  luaL_getmetatable(L, CLA_STREAM);
  lua_setmetatable(L, -2);
  keep_client(L);

  /* asked for again: a finalizer may have closed the client meanwhile */
  stream->handle = chatabi_client_send(cla_client_check(L), body, len, options);
  if (stream->handle == NULL) return 0;
  lua_pushlightuserdata(L, stream->handle);
  lua_pushvalue(L, -2);
  lua_rawset(L, -4);
  return 1;
}

int cla_stream_ready(lua_State *L) {
  int timeout_ms = (int)luaL_checkinteger(L, 2);
  chatabi_request *request = chatabi_client_ready(cla_client_check(L), timeout_ms);
  if (request != NULL) {
    push_streams(L);
    lua_pushlightuserdata(L, request);
    lua_rawget(L, -2);
    if (!lua_isnil(L, -1)) return 1;
  }
  lua_pushboolean(L, 0);
  return 1;
}

/* What chatabi.lua keeps with a client or stream lies in the companion, which has numbers for keys: from there the
 * collector sees what refers to the object itself. */
int cla_handle_notes(lua_State *L) {
  bool known = cla_type_test(L, 1, CLA_STREAM) != NULL || cla_type_test(L, 1, CLA_CLIENT) != NULL;
  luaL_argcheck(L, known, 1, "client or stream expected");
  cla_push_companion(L, 1);
  return 1;
}

/* ---- reading ---- */

/* (stream, ms) -> a chunk; false when nothing came in time; nil at the end. */
static int stream_next(lua_State *L) {
  int timeout_ms = (int)luaL_optinteger(L, 2, 0);
  cla_stream *stream = cla_stream_check(L);
  int event = chatabi_request_next(stream->handle, timeout_ms);
  if (event == CHATABI_DONE || event < 0) {
    stream->end = event;
    lua_pushnil(L);
  } else if (event == 0) {
    lua_pushboolean(L, 0);
  } else {
    cla_chunk_push(L, stream, event);
  }
  return 1;
}

/* (stream, ms) -> true at the end, nil when there is more to drop, false when nothing came in time. */
static int stream_skip(lua_State *L) {
  int timeout_ms = (int)luaL_checkinteger(L, 2);
  cla_stream *stream = cla_stream_check(L);
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
  cla_lent_push_text(L, &stream->lent, message == NULL ? chatabi_error_text(stream->end) : message);
  const char *details = chatabi_request_error_json(stream->handle);
  cla_lent_push_text(L, &stream->lent, details == NULL ? "" : details);
  return 3;
}

/* (stream) -> the chat.completion as JSON, "" when nothing of it came, nil before the end. */
static int stream_result(lua_State *L) {
  cla_stream *stream = cla_stream_check(L);
  size_t len = 0;
  const char *json = chatabi_request_result(stream->handle, &len);
  cla_lent_push(L, &stream->lent, json, len);
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
  const char *name = luaL_checkstring(L, 2);
  cla_stream *stream = cla_stream_check(L);
  cla_lent_push_text(L, &stream->lent, chatabi_request_header(stream->handle, name));
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

/* At the end of the userdata itself, when no call can be in the middle of reading a block. */
static int stream_collect(lua_State *L) {
  stream_close(L);
  cla_stream *stream = lua_touserdata(L, 1);
  cla_lent_free_all(&stream->lent);
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
      {"__gc", stream_collect}, {"__close", stream_close}, {"__tostring", stream_tostring}, {NULL, NULL}};
  static const luaL_Reg METHODS[] = {
      {"drain", stream_drain},   {"done", stream_done},     {"state", stream_state}, {"info", stream_info},
      {"header", stream_header}, {"cancel", stream_cancel}, {"close", stream_close}, {NULL, NULL}};
  static const luaL_Reg FUNCTIONS[] = {{"stream_next", stream_next},
                                       {"stream_skip", stream_skip},
                                       {"stream_error", stream_error},
                                       {"stream_result", stream_result},
                                       {NULL, NULL}};
  cla_set_functions(L, FUNCTIONS);
  cla_type_new(L, CLA_STREAM, METAMETHODS, METHODS);
  cla_pollable_register(L);
  lua_setfield(L, -2, "stream");
}
