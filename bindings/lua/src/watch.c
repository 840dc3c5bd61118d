/* SPDX-License-Identifier: MIT
 * By poll(2) on the streams' descriptors. A stream without one (Windows has none, a process may have run out of them)
 * is asked for through its client, every few milliseconds. */
#include "watch.h"

#include <stdint.h>

#include "clock.h"
#include "handles.h"

#if defined(_WIN32)
#include <windows.h>
#define CLA_WITHOUT_POLL
#else
#include <poll.h>
#endif

enum { ASK_AGAIN_MS = 10 };

#if defined(CLA_WITHOUT_POLL)
typedef struct slot {
  int fd; /* always -1 here */
  short revents;
} slot;
#else
typedef struct pollfd slot;
#endif

typedef struct watch {
  const cla_stream *stream; /* NULL: not waited for */
  bool ready;
} watch;

/* Arrays of `count`, owned by one userdata on the stack. */
typedef struct watches {
  size_t count;
  size_t waiting; /* with something to wait for */
  size_t blind;   /* of these, without a descriptor */
  watch *all;
  slot *slots;
} watches;

static int descriptor(const cla_stream *stream) {
#if defined(CLA_WITHOUT_POLL)
  (void)stream;
  return -1;
#else
  return chatabi_request_fd(stream->handle);
#endif
}

static void add(watches *list, size_t index, const cla_stream *stream) {
  bool waits = stream->handle != NULL && stream->end == 0;
  list->all[index] = (watch){.stream = waits ? stream : NULL, .ready = false};
  list->slots[index] = (slot){.fd = -1};
#if !defined(CLA_WITHOUT_POLL)
  list->slots[index].events = POLLIN;
#endif
  if (!waits) return;
  list->waiting++;
  list->slots[index].fd = descriptor(stream);
  if (list->slots[index].fd < 0) list->blind++;
}

/* Reads the list at position 1; pushes one value. */
static watches gather(lua_State *L) {
  watches list = {.count = cla_length(L, 1)};
  if (list.count > SIZE_MAX / 64) luaL_error(L, "too many streams");
  list.all = lua_newuserdata(L, list.count * (sizeof(watch) + sizeof(slot)));
  list.slots = (slot *)(void *)(list.all + list.count);
  for (size_t i = 0; i < list.count; i++) {
    lua_rawgeti(L, 1, (int)(i + 1));
    const cla_stream *stream = cla_type_test(L, -1, CLA_STREAM);
    if (stream != NULL) {
      add(&list, i, stream);
    } else {
      luaL_error(L, "bad argument #1 to 'poll' (stream expected at [%d], got %s)", (int)(i + 1), luaL_typename(L, -1));
    }
    lua_pop(L, 1);
  }
  return list;
}

/* ---- without a descriptor ---- */

static void mark(watches *list, const chatabi_request *request) {
  for (size_t i = 0; i < list->count; i++)
    if (list->all[i].stream != NULL && list->all[i].stream->handle == request) list->all[i].ready = true;
}

/* The library names the requests that have something in turn: one round. A forked client has no requests, and its
 * streams end at the next read. */
static void ask_client(watches *list, size_t index, chatabi_client *client) {
  if (chatabi_client_message(client) == NULL) list->all[index].ready = true;
  chatabi_request *first = chatabi_client_ready(client, 0);
  for (chatabi_request *request = first; request != NULL;) {
    mark(list, request);
    request = chatabi_client_ready(client, 0);
    if (request == first) break;
  }
}

static void ask_clients(lua_State *L, watches *list) {
  for (size_t i = 0; list->blind > 0 && i < list->count; i++) {
    if (list->all[i].stream == NULL || list->all[i].ready || list->slots[i].fd >= 0) continue;
    lua_rawgeti(L, 1, (int)(i + 1));
    cla_push_companion(L, -1);
    lua_rawgeti(L, -1, 1);
    const cla_client *client = lua_touserdata(L, -1);
    lua_pop(L, 3);
    if (client->handle == NULL) {
      list->all[i].ready = true; /* closed: so is what was asked of it */
    } else {
      ask_client(list, i, client->handle);
    }
  }
}

/* ---- waiting ---- */

static void sleep_or_poll(watches *list, int ms) {
#if defined(_WIN32)
  (void)list;
  Sleep((DWORD)ms);
#elif defined(CLA_WITHOUT_POLL)
  (void)list;
  poll(NULL, 0, ms);
#else
  /* interrupted by a signal: nothing is ready, and the caller looks at what the signal was */
  if (poll(list->slots, (nfds_t)list->count, ms) <= 0) return;
  for (size_t i = 0; i < list->count; i++)
    if (list->slots[i].fd >= 0 && list->slots[i].revents != 0) list->all[i].ready = true;
#endif
}

static bool any_ready(const watches *list) {
  for (size_t i = 0; i < list->count; i++)
    if (list->all[i].ready) return true;
  return false;
}

static void wait_for_one(lua_State *L, watches *list, int ms) {
  double until = cla_clock_now() + ms / 1e3;
  int left = ms;
  for (;;) {
    ask_clients(L, list);
    int slice = list->blind > 0 && left > ASK_AGAIN_MS ? ASK_AGAIN_MS : left;
    sleep_or_poll(list, any_ready(list) ? 0 : slice);
    left = (int)((until - cla_clock_now()) * 1e3);
    if (list->blind == 0 || left <= 0 || any_ready(list)) return;
  }
}

int cla_watch_poll(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_Integer ms = luaL_checkinteger(L, 2);
  if (ms < 0) ms = 0;
  if (ms > INT32_MAX) ms = INT32_MAX;
  lua_settop(L, 1);
  watches list = gather(L);
  if (list.waiting > 0) wait_for_one(L, &list, (int)ms);
  lua_newtable(L);
  for (size_t i = 0, found = 0; i < list.count; i++) {
    if (!list.all[i].ready) continue;
    lua_rawgeti(L, 1, (int)(i + 1));
    lua_rawseti(L, -2, (int)++found);
  }
  return 1;
}
