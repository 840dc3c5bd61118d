/* SPDX-License-Identifier: MIT
 * The whole file is checked when it is read: what plays it later meets no surprise. */
#include "tape.h"

#include <string.h>

#include "../../base/alloc.h"
#include "alike.h"
#include "chatabi.h"
#include "recorded.h"
#include "scrub.h"

/* Every line begins like this, so what is cut off can be told from what never was a recording. */
static const char beginning[] = "{\"chatabi_record\":";

void cai_tape_init(cai_tape *tape) { *tape = (cai_tape){0}; }

void cai_tape_fini(cai_tape *tape) {
  cai_free(tape->items);
  *tape = (cai_tape){0};
}

/* ---- reading ---- */

static int add(cai_tape *tape, const cai_recorded *recorded, cai_err *err) {
  if (tape->count == tape->room) {
    size_t room = tape->room ? tape->room * 2 : 16;
    cai_recorded *items = cai_realloc(tape->items, room * sizeof *items);
    if (!items) return cai_err_nomem(err);
    tape->items = items;
    tape->room = room;
  }
  tape->items[tape->count++] = *recorded;
  return 0;
}

static bool is_cut(cai_span line) {
  size_t len = sizeof beginning - 1;
  return memcmp(line.at, beginning, line.len < len ? line.len : len) == 0;
}

static int read_line(cai_tape *tape, cai_span line, size_t number, bool complete, cai_err *err) {
  cai_recorded recorded;
  const char *why = cai_recorded_read(&recorded, line);
  recorded.line = number;
  if (!why) return add(tape, &recorded, err);
  if (!complete && cai_scan_check(line.at, line.len, NULL, NULL) && is_cut(line)) {
    tape->torn_line = number;
    return 0;
  }
  return cai_err_set(
      err, CHATABI_E_CONFIG,
      "Option replay: line %zu of %.300s is no recorded exchange: %s. Record it again with option record.", number,
      tape->name, why);
}

int cai_tape_read(cai_tape *tape, const char *name, const char *text, size_t len, cai_err *err) {
  const char *end = text + len;
  tape->name = name;
  for (size_t number = 1; text < end; number++) {
    const char *stop = memchr(text, '\n', (size_t)(end - text));
    cai_span line = {text, (size_t)((stop ? stop : end) - text)};
    int error = read_line(tape, line, number, stop != NULL, err);
    if (error) return error;
    text = stop ? stop + 1 : end;
  }
  return 0;
}

/* ---- finding ---- */

static bool is_text(cai_span string, const char *text) {
  return cai_scan_key_is((cai_span){string.at + 1, string.len - 2}, text);
}

static bool is_place(const cai_recorded *recorded, const cai_tape_request *request) {
  return is_text(recorded->method, request->method) && is_text(recorded->path, request->path);
}

static int mismatch(const cai_tape *tape, const cai_tape_request *request, cai_err *err) {
  cai_difference nearest = {0}, difference;
  const cai_recorded *best = NULL;
  size_t count = 0;
  int shown = (int)strcspn(request->path, "?");
  for (size_t i = 0; i < tape->count; i++) {
    if (!is_place(&tape->items[i], request)) continue;
    count++;
    if (cai_alike(tape->items[i].body, request->body, &difference)) continue;
    if (best && difference.same <= nearest.same) continue;
    best = &tape->items[i];
    nearest = difference;
  }
  if (!best)
    return cai_err_set(err, CHATABI_E_REPLAY,
                       "%.300s has no recorded exchange for %s %.*s among its %zu: record one with option record.",
                       tape->name, request->method, shown, request->path, tape->count);
  return cai_err_set(
      err, CHATABI_E_REPLAY,
      "%.300s has %zu recorded exchanges for %s %.*s, but none with this body: the nearest, in line %zu, "
      "%s %s. Send what was recorded, or record this with option record.",
      tape->name, count, request->method, shown, request->path, best->line, nearest.what,
      *nearest.pointer ? nearest.pointer : "its beginning");
}

static bool answers(const cai_recorded *recorded, const cai_tape_request *request) {
  cai_difference ignored;
  return is_place(recorded, request) && cai_alike(recorded->body, request->body, &ignored);
}

/* The path as it was recorded: without keys. */
static bool as_recorded(const cai_tape_request *request, cai_buf *path, cai_tape_request *plain) {
  cai_buf_init_secret(path, SIZE_MAX / 2);
  *plain = *request;
  if (cai_scrub_url(path, request->path)) return false;
  plain->path = cai_buf_view(path);
  return true;
}

static cai_recorded *find(cai_tape *tape, const cai_tape_request *request) {
  cai_recorded *found = NULL;
  for (size_t i = 0; i < tape->count && (!found || found->used); i++)
    if (answers(&tape->items[i], request)) found = &tape->items[i];
  return found;
}

const cai_recorded *cai_tape_take(cai_tape *tape, const cai_tape_request *request, cai_err *err) {
  cai_buf path;
  cai_tape_request plain;
  cai_recorded *found = NULL;
  if (!as_recorded(request, &path, &plain))
    cai_err_nomem(err);
  else if (!(found = find(tape, &plain)))
    mismatch(tape, &plain, err);
  if (found) found->used = true;
  cai_buf_fini(&path);
  return found;
}

bool cai_tape_goes_on(cai_tape *tape, const cai_tape_request *request) {
  cai_buf path;
  cai_tape_request plain;
  const cai_recorded *next = as_recorded(request, &path, &plain) ? find(tape, &plain) : NULL;
  cai_buf_fini(&path);
  return next && !next->used && next->attempt > 1;
}
