/* SPDX-License-Identifier: MIT
 * The C half of the Lua module where memory runs out: each piece of Lua below is run with the first allocation failing,
 * then the second, until it comes through. Each time it has to raise "not enough memory", and at the end nothing may be
 * left. And a Lua that ends in the middle of everything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

enum { MOST_ALLOCATIONS = 3000 };

int luaopen_chatabi_core(lua_State *L);

/* ---- memory that runs out ---- */

typedef struct heap {
  size_t bytes;   /* in use */
  size_t allowed; /* allocations until there is no more; 0: as many as wanted */
  bool refused;
} heap;

static void *allocate(void *ud, void *block, size_t old_size, size_t size) {
  heap *from = ud;
  if (block == NULL) old_size = 0;
  if (size == 0) {
    free(block);
    from->bytes -= old_size;
    return NULL;
  }
  if (size > old_size && from->allowed > 0 && --from->allowed == 0) {
    from->allowed = 1; /* and none after it: Lua 5.4 tries again */
    from->refused = true;
    return NULL;
  }
  void *moved = realloc(block, size);
  if (moved == NULL) return NULL;
  from->bytes += size - old_size;
  return moved;
}

static lua_State *open_lua(heap *from) {
  *from = (heap){0, 0, false};
  lua_State *L = lua_newstate(allocate, from);
  assert_non_null(L);
  luaL_openlibs(L);
  lua_pushcfunction(L, luaopen_chatabi_core);
  lua_call(L, 0, 1);
  lua_setglobal(L, "core");
  return L;
}

static void run(lua_State *L, const char *text) {
  if (luaL_loadstring(L, text) != 0 || lua_pcall(L, 0, 0, 0) != 0) fail_msg("%s", lua_tostring(L, -1));
}

/* Runs the function on the top, which stays, with `allowed` allocations. Did it come through? */
static bool run_within(lua_State *L, heap *from, size_t allowed) {
  lua_pushvalue(L, -1);
  from->allowed = allowed;
  from->refused = false;
  int status = lua_pcall(L, 0, 0, 0);
  from->allowed = 0;
  if (status == 0) return !from->refused;
  const char *message = lua_tostring(L, -1);
  if (!from->refused || message == NULL || strstr(message, "not enough memory") == NULL)
    fail_msg("with %zu allocations: %s", allowed, message == NULL ? "no text" : message);
  lua_pop(L, 1);
  return false;
}

/* `prepare` has all the memory it wants. */
static void try_all(const char *prepare, const char *text) {
  heap from;
  lua_State *L = open_lua(&from);
  run(L, prepare);
  assert_int_equal(luaL_loadstring(L, text), 0);
  size_t allowed = 1;
  while (!run_within(L, &from, allowed)) {
    lua_gc(L, LUA_GCCOLLECT, 0);
    assert_true(++allowed < MOST_ALLOCATIONS);
  }
  assert_true(allowed > 1);
  lua_close(L);
  assert_int_equal(from.bytes, 0);
}

/* ---- what is run ---- */

static void test_encode(void **state) {
  (void)state;
  try_all(
      "value = { a = { 1, 2.5, -1e300, true, core.null, core.array {}, {} }, raw = core.raw ' [1] ',"
      " ['\\n\"'] = ('x\\t'):rep(400), deep = { { { { list = { 'a', 'b' } } } } } }"
      " loop = { a = { b = {} } } loop.a.b.c = loop",
      "core.encode(value)"
      " local good, why = pcall(core.encode, loop)"
      " if not good and why == 'not enough memory' then error(why, 0) end");
}

#define RICH                                                                                                    \
  "text = '{\"a\":[1,2.5,-0,1e9,true,false,null,[],{}],\"b\\\\u00e9\":\"\\\\ud83d\\\\ude00' .. ('x'):rep(2000)" \
  " .. '\", \"c\" : [[[\"y\"]]]}' "

static void test_decode(void **state) {
  (void)state;
  try_all(RICH, "assert(core.decode(text)) assert(core.decode(text:sub(1, -3)) == nil)");
}

static void test_pieces(void **state) {
  (void)state;
  try_all(RICH, "assert(core.pieces(text)) assert(core.pieces('[' .. text .. ',1]')) assert(core.pieces '[1' == nil)");
}

static void test_raw(void **state) {
  (void)state;
  try_all(RICH, "core.encode { core.raw(text) } assert(core.raw '[1' == nil)");
}

static void test_base64(void **state) {
  (void)state;
  try_all("bytes = ('x'):rep(5000)", "core.base64(bytes) core.base64 ''");
}

static int load(lua_State *L) {
  lua_pushcfunction(L, luaopen_chatabi_core);
  lua_call(L, 0, 0);
  return 0;
}

static void test_the_module_itself(void **state) {
  (void)state;
  heap from = {0, 0, false};
  lua_State *L = lua_newstate(allocate, &from);
  assert_non_null(L);
  lua_pushcfunction(L, load);
  size_t allowed = 1;
  while (!run_within(L, &from, allowed)) assert_true(++allowed < MOST_ALLOCATIONS);
  assert_true(allowed > 10);
  lua_close(L);
  assert_int_equal(from.bytes, 0);
}

static void test_a_client(void **state) {
  (void)state;
  try_all("",
          "local client = core.client_new()"
          " assert(core.client_set(client, 'log_level', 'debug'))"
          " assert(core.client_set(client, 'no_such_option', 'x') == nil)"
          " assert(core.client_set_auth(client, 'magic', 'x') == nil)"
          " assert(core.client_status(client)) client:log() client:pollfd() client:events() tostring(client)"
          " core.client_close(client)");
}

/* ---- streams: what they read is in a file, so that there is no network and no waiting ---- */

static const char TAPE[] =
    "{\"chatabi_record\":1,\"request\":{\"method\":\"POST\",\"path\":\"/chat/completions\",\"body\":{\"messages\":[],"
    "\"stream\":true}},\"response\":{\"ms\":1,\"status\":200,\"headers\":{\"content-type\":\"text/event-stream\","
    "\"x-request-id\":\"r1\"}},\"chunks\":["
    "[1,\"data: {\\\"choices\\\":[{\\\"index\\\":0,\\\"delta\\\":{\\\"content\\\":\\\"Hello\\\"}}]}\\n\\n\"],"
    "[1,\"data: "
    "{\\\"choices\\\":[{\\\"index\\\":0,\\\"delta\\\":{\\\"tool_calls\\\":[{\\\"index\\\":0,\\\"id\\\":\\\"c1"
    "\\\",\\\"type\\\":\\\"function\\\",\\\"function\\\":{\\\"name\\\":\\\"f\\\",\\\"arguments\\\":\\\"{}\\\"}}]},"
    "\\\"finish_reason\\\":\\\"tool_calls\\\"}]}\\n\\n\"]],"
    "\"end\":{\"ms\":2,\"error\":{\"code\":\"DISCONNECT\",\"message\":\"gone\"}}}\n";

static char tape_path[32];

static int write_tape(void **state) {
  (void)state;
  strcpy(tape_path, "/tmp/chatabi-memory-XXXXXX");
  int fd = mkstemp(tape_path);
  bool good = fd >= 0 && write(fd, TAPE, sizeof TAPE - 1) == (ssize_t)(sizeof TAPE - 1);
  if (fd >= 0) close(fd);
  return good ? 0 : -1;
}

static int remove_tape(void **state) {
  (void)state;
  return unlink(tape_path);
}

/* The client of all streams, and one read to its end. */
static const char *player(void) {
  static char text[600];
  snprintf(text, sizeof text,
           "client = core.client_new()"
           " assert(core.client_set(client, 'replay', '%s')) assert(core.client_set(client, 'model', 'm'))"
           " assert(core.client_set(client, 'provider', 'openai')) assert(core.client_set(client, 'max_retries', '0'))"
           " function send() return core.client_send(client, '{\"messages\":[],\"stream\":true}') end",
           tape_path);
  return text;
}

static void test_a_stream(void **state) {
  (void)state;
  try_all(player(),
          "local stream = send() local types = {}"
          " repeat local chunk = core.stream_next(stream, 1000)"
          "   if chunk then types[#types + 1] = chunk.type if chunk.type == 'tool' then assert(chunk.tool_call) end end"
          " until not chunk"
          " local code, message, details = core.stream_error(stream)"
          " assert(code and #message > 0 and #details > 0, 'no error came')"
          " assert(#core.stream_result(stream) > 0) assert(stream:info().attempts == 1) stream:header 'x-request-id'"
          " stream:state() tostring(stream) stream:pollfd() assert(stream:done())"
          " local list = { send(), send(), stream } core.poll(list, 1000) core.client_ready(client, 0)"
          " core.stream_skip(list[1], 1000) for _ in list[2]:drain() do end"
          " list[1]:close() list[2]:cancel()");
}

static void test_lua_ends_in_the_middle(void **state) {
  (void)state;
  static const char *const MIDDLES[] = {
      "send()",
      "one, two = send(), send() core.stream_next(one, 1000)",
      "one = send() core.stream_next(one, 1000) client:pollfd() one:pollfd() core.client_close(client)",
      "one = send() one:cancel() client = nil",
      "one = send() one:close() two = send() collectgarbage() two = nil",
      "collectgarbage 'stop' for _ = 1, 30 do send() end",
      "keep = coroutine.wrap(function() local own = send() coroutine.yield() own:close() end) keep()",
      "for _ = 1, 20 do local other = core.client_new() end",
  };
  for (size_t i = 0; i < sizeof MIDDLES / sizeof MIDDLES[0]; i++) {
    heap from;
    lua_State *L = open_lua(&from);
    run(L, player());
    run(L, MIDDLES[i]);
    lua_close(L);
    assert_int_equal(from.bytes, 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_encode),
      cmocka_unit_test(test_decode),
      cmocka_unit_test(test_pieces),
      cmocka_unit_test(test_raw),
      cmocka_unit_test(test_base64),
      cmocka_unit_test(test_the_module_itself),
      cmocka_unit_test(test_a_client),
      cmocka_unit_test_setup_teardown(test_a_stream, write_tape, remove_tape),
      cmocka_unit_test_setup_teardown(test_lua_ends_in_the_middle, write_tape, remove_tape),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
