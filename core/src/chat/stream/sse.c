/* SPDX-License-Identifier: MIT
 *
 * The grammar is WHATWG's. Where servers are known to leave it, so do we:
 *   1. an event whose data is empty is not dispatched (`event: ping`, `data:` alone)
 *   2. at the end of the stream an event without its blank line counts when its data is [DONE] or complete JSON
 *   3. a line that begins with { or [ outside an event begins JSON without a field name; it becomes an event of its own
 * when its brackets are closed, or when a `data:` line shows that they never will be
 *   4. the field `error` makes an event of type "error" with that data
 *   5. `id` and `retry` are read over: nothing here reconnects
 * Bytes are never decoded: lines end at CR and LF only, so no character is ever cut.
 *
 * Speed: a data line that lies whole in the input is not copied, the event's span points to it. Only when the input
 * ends before the blank line, or a second data line comes, is it moved to the buffer. */
#include "sse.h"

#include <string.h>

#include "chatabi.h"

enum { FIELD_ROOM = 64, KEEP_BYTES = 64 * 1024 };

void cai_sse_init(cai_sse *sse, size_t max_event) {
  memset(sse, 0, sizeof *sse);
  sse->max_event = max_event;
  cai_buf_init(&sse->line, max_event + FIELD_ROOM);
  cai_buf_init(&sse->data, max_event);
  cai_buf_init(&sse->type, max_event);
}

void cai_sse_fini(cai_sse *sse) {
  cai_buf_fini(&sse->line);
  cai_buf_fini(&sse->data);
  cai_buf_fini(&sse->type);
}

void cai_sse_feed(cai_sse *sse, const char *bytes, size_t len) {
  sse->at = bytes;
  sse->end = bytes + len;
  sse->next_lf = sse->next_cr = NULL;
}

/* Empties, and gives back the memory that one large event needed. */
static void clear(cai_buf *buf) {
  if (buf->cap > KEEP_BYTES)
    cai_buf_fini(buf);
  else
    cai_buf_reset(buf);
}

/* ---- lines ---- */

static const char *find(const char *at, const char *end, char byte) {
  const char *found = memchr(at, byte, (size_t)(end - at));
  return found ? found : end;
}

/* The next CR or LF. Each place is looked for once, else a stream with only one of them would take quadratic time. */
static const char *line_end(cai_sse *sse) {
  if (!sse->next_lf || sse->next_lf < sse->at) sse->next_lf = find(sse->at, sse->end, '\n');
  if (!sse->next_cr || sse->next_cr < sse->at) sse->next_cr = find(sse->at, sse->end, '\r');
  return sse->next_lf < sse->next_cr ? sse->next_lf : sse->next_cr;
}

/* 1 with the next whole line, borrowed until the next call; 0 when the input ends before. */
static int take_line(cai_sse *sse, cai_span *line) {
  if (sse->line_used) clear(&sse->line);
  sse->line_used = false;
  if (sse->after_cr && sse->at < sse->end) {
    sse->after_cr = false;
    if (*sse->at == '\n') sse->at++;
  }
  if (sse->at == sse->end) return 0;
  const char *start = sse->at, *stop = line_end(sse);
  size_t len = (size_t)(stop - start);
  if (stop == sse->end) {
    sse->at = stop;
    return cai_buf_append(&sse->line, start, len);
  }
  sse->after_cr = *stop == '\r';
  sse->at = stop + 1;
  *line = (cai_span){start, len};
  if (!sse->line.len) return 1;
  if (cai_buf_append(&sse->line, start, len)) return sse->line.error;
  *line = (cai_span){cai_buf_view(&sse->line), sse->line.len};
  sse->line_used = true;
  return 1;
}

static cai_span without_bom(cai_sse *sse, cai_span line) {
  if (sse->started) return line;
  sse->started = true;
  if (line.len >= 3 && memcmp(line.at, "\xEF\xBB\xBF", 3) == 0) return (cai_span){line.at + 3, line.len - 3};
  return line;
}

/* ---- fields ---- */

/* Moves a data line that still lies in the input to the buffer. */
static int settle(cai_sse *sse) {
  cai_span held = sse->held;
  sse->held = (cai_span){NULL, 0};
  return held.at ? cai_buf_append(&sse->data, held.at, held.len) : 0;
}

static int add_data(cai_sse *sse, cai_span value) {
  if (value.len > sse->max_event) return CHATABI_E_TOO_LARGE;
  if (!sse->has_data && !sse->line_used) {
    sse->held = value;
    sse->has_data = true;
    return 0;
  }
  int error = settle(sse);
  if (!error && sse->has_data) error = cai_buf_byte(&sse->data, '\n');
  if (!error) error = cai_buf_append(&sse->data, value.at, value.len);
  sse->has_data = true;
  return error;
}

static int set_type(cai_sse *sse, cai_span value) {
  cai_buf_reset(&sse->type);
  return cai_buf_append(&sse->type, value.at, value.len);
}

static int read_field(cai_sse *sse, cai_span line) {
  const char *colon = memchr(line.at, ':', line.len);
  cai_span name = {line.at, colon ? (size_t)(colon - line.at) : line.len};
  cai_span value = {line.at + line.len, 0};
  if (colon) value = (cai_span){colon + 1, (size_t)(line.at + line.len - colon) - 1};
  if (value.len && *value.at == ' ') value = (cai_span){value.at + 1, value.len - 1};
  if (cai_span_equal(name, "data")) return add_data(sse, value);
  if (cai_span_equal(name, "event")) return set_type(sse, value);
  if (!cai_span_equal(name, "error")) return 0;
  int error = set_type(sse, name);
  return error ? error : add_data(sse, value);
}

/* ---- JSON outside any event ---- */

static bool begins_stray(const cai_sse *sse, cai_span line) {
  return !sse->has_data && !sse->type.len && line.len && (*line.at == '{' || *line.at == '[');
}

/* Follows the brackets through a line; true when the outermost one is closed. */
static bool closes(cai_sse *sse, cai_span line) {
  for (size_t i = 0; i < line.len; i++) {
    char c = line.at[i];
    if (sse->in_escape)
      sse->in_escape = false;
    else if (sse->in_string) {
      sse->in_escape = c == '\\';
      sse->in_string = c != '"';
    } else if (c == '"')
      sse->in_string = true;
    else if (c == '{' || c == '[')
      sse->depth++;
    else if ((c == '}' || c == ']') && --sse->depth == 0)
      return true;
  }
  return false;
}

static int read_stray(cai_sse *sse, cai_span line, bool *whole) {
  *whole = closes(sse, line);
  int error = add_data(sse, line);
  return error ? error : settle(sse);
}

/* ---- events ---- */

/* After an event was given out: what it pointed to is no longer needed. */
static void begin_event(cai_sse *sse) {
  if (!sse->given) return;
  sse->given = false;
  sse->has_data = sse->stray = sse->in_string = sse->in_escape = false;
  sse->depth = 0;
  sse->held = (cai_span){NULL, 0};
  clear(&sse->data);
  cai_buf_reset(&sse->type);
}

static int dispatch(cai_sse *sse, cai_sse_event *event) {
  sse->given = true;
  cai_span kept = {cai_buf_view(&sse->data), sse->data.len};
  event->data = sse->held.at ? sse->held : kept;
  event->type = (cai_span){cai_buf_view(&sse->type), sse->type.len};
  if (event->data.len) return 1;
  begin_event(sse);
  return 0;
}

static int read_line(cai_sse *sse, cai_span line, cai_sse_event *event) {
  bool whole = false;
  if (sse->stray && line.len >= 5 && memcmp(line.at, "data:", 5) == 0) {
    sse->again = line;
    return dispatch(sse, event);
  }
  if (!sse->stray && begins_stray(sse, line)) sse->stray = true;
  if (sse->stray) {
    int error = read_stray(sse, line, &whole);
    return error || !whole ? error : dispatch(sse, event);
  }
  if (!line.len) return dispatch(sse, event);
  return *line.at == ':' ? 0 : read_field(sse, line);
}

static int next_line(cai_sse *sse, cai_span *line) {
  if (sse->again.at) {
    *line = sse->again;
    sse->again = (cai_span){NULL, 0};
    return 1;
  }
  int got = take_line(sse, line);
  if (got == 1) *line = without_bom(sse, *line);
  return got;
}

int cai_sse_next(cai_sse *sse, cai_sse_event *event) {
  cai_span line = {NULL, 0};
  begin_event(sse);
  while (!sse->error) {
    int got = next_line(sse, &line);
    if (got == 1)
      got = read_line(sse, line, event);
    else if (got == 0) {
      sse->error = settle(sse);
      return sse->error;
    }
    if (got == 1) return 1;
    sse->error = got;
  }
  return sse->error;
}

/* 1, or TRUNCATED; 0 for nothing but the beginning of the end mark, which ends the stream as well. */
static int judge(cai_span data) {
  while (data.len && (data.at[data.len - 1] == ' ' || data.at[data.len - 1] == '\n')) data.len--;
  if (cai_span_equal(data, "[DONE]")) return 1;
  if (data.len < 6 && memcmp(data.at, "[DONE]", data.len) == 0) return 0;
  return cai_scan_check(data.at, data.len, NULL, NULL) ? CHATABI_E_TRUNCATED : 1;
}

int cai_sse_end(cai_sse *sse, cai_sse_event *event) {
  begin_event(sse);
  if (sse->error) return 0;
  cai_span line = {cai_buf_view(&sse->line), sse->line.len};
  if (line.len && !sse->line_used) {
    sse->line_used = true;
    int got = read_line(sse, without_bom(sse, line), event);
    if (got == 1) return judge(event->data);
    if (got < 0) return 0;
  }
  return sse->has_data && dispatch(sse, event) == 1 ? judge(event->data) : 0;
}
