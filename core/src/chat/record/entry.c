/* SPDX-License-Identifier: MIT
 * Secrets are struck out when the whole body is there: one may lie across two pieces. */
#include "entry.h"

#include <string.h>

#include "../../base/alloc.h"
#include "../../base/base64.h"
#include "../../base/scan.h"
#include "../../base/timestamp.h"
#include "../../base/utf8.h"
#include "chatabi.h"
#include "scrub.h"

struct cai_entry_mark {
  int64_t ms;
  size_t end;
};

void cai_entry_init(cai_entry *entry, size_t max_bytes) {
  *entry = (cai_entry){.max_bytes = max_bytes};
  cai_buf_init_secret(&entry->line, SIZE_MAX / 2);
  cai_buf_init_secret(&entry->bytes, SIZE_MAX / 2);
  cai_secrets_init(&entry->secrets);
}

void cai_entry_fini(cai_entry *entry) {
  cai_buf_fini(&entry->line);
  cai_buf_fini(&entry->bytes);
  cai_free(entry->marks);
  cai_secrets_fini(&entry->secrets);
  *entry = (cai_entry){0};
}

/* Nothing is written any more. */
static void spoil(cai_entry *entry, int error) {
  cai_buf_fini(&entry->line);
  entry->line.error = error;
}

static void strike_from(cai_entry *entry, size_t from) {
  if (entry->line.len > from) cai_secrets_strike(&entry->secrets, entry->line.data + from, entry->line.len - from);
}

static void add_text(cai_entry *entry, const char *name, const char *text) {
  cai_buf_format(&entry->line, ",\"%s\":", name);
  size_t from = entry->line.len;
  cai_scan_quote(&entry->line, text, strlen(text));
  strike_from(entry, from);
}

static void add_url(cai_entry *entry, const char *name, const char *url) {
  cai_buf scrubbed;
  cai_buf_init_secret(&scrubbed, SIZE_MAX / 2);
  if (cai_scrub_url(&scrubbed, url))
    spoil(entry, scrubbed.error);
  else
    add_text(entry, name, cai_buf_view(&scrubbed));
  cai_buf_fini(&scrubbed);
}

/* A value may be a URL (Location), and then holds what URLs hold. */
static void add_header(cai_entry *entry, const cai_header *header, bool shown) {
  cai_buf value;
  cai_buf_init_secret(&value, SIZE_MAX / 2);
  cai_scrub_url(&value, shown ? header->value : CAI_SCRUBBED);
  cai_scan_quote(&entry->line, header->name, strlen(header->name));
  cai_buf_byte(&entry->line, ':');
  cai_scan_quote(&entry->line, cai_buf_view(&value), value.len);
  if (value.error) spoil(entry, value.error);
  cai_buf_fini(&value);
}

static void add_headers(cai_entry *entry, const cai_headers *headers, bool (*shows)(const char *name)) {
  cai_buf *line = &entry->line;
  cai_buf_text(line, ",\"headers\":{");
  size_t from = line->len;
  for (size_t i = 0; i < headers->count; i++) {
    if (i) cai_buf_byte(line, ',');
    add_header(entry, &headers->items[i], shows(headers->items[i].name));
  }
  strike_from(entry, from);
  cai_buf_byte(line, '}');
}

/* A line break in JSON is white space: inside of a string it would be escaped. */
static void add_body(cai_entry *entry, const char *name, cai_span body) {
  cai_buf *line = &entry->line;
  cai_buf_format(line, ",\"%s\":", name);
  size_t from = line->len;
  cai_buf_append(line, body.at, body.len);
  for (size_t i = from; i < line->len; i++)
    if (line->data[i] == '\n' || line->data[i] == '\r') line->data[i] = ' ';
  strike_from(entry, from);
}

static bool differs(cai_span one, cai_span other) {
  return one.len != other.len || memcmp(one.at, other.at, one.len) != 0;
}

/* Whole, and what follows "Bearer ". */
static int add_secret(cai_secrets *secrets, const char *value) {
  const char *blank = strchr(value, ' ');
  int error = cai_secrets_add(secrets, value);
  return error || !blank ? error : cai_secrets_add(secrets, blank + 1);
}

static int gather_secrets(cai_entry *entry, const cai_entry_request *request) {
  int error = cai_secrets_add(&entry->secrets, request->credential);
  for (size_t i = 0; !error && i < request->headers->count; i++)
    if (cai_scrub_is_secret(request->headers->items[i].name))
      error = add_secret(&entry->secrets, request->headers->items[i].value);
  return error;
}

void cai_entry_begin(cai_entry *entry, const cai_entry_request *request) {
  char time[CAI_TIMESTAMP_SIZE];
  if (gather_secrets(entry, request)) {
    spoil(entry, CHATABI_E_NOMEM);
    return;
  }
  cai_timestamp_write(time, request->wall_ms);
  cai_buf_format(&entry->line, "{\"chatabi_record\":1,\"time\":\"%s\",\"request\":{\"attempt\":%d", time,
                 request->attempt);
  add_text(entry, "method", request->method);
  add_url(entry, "path", request->path);
  add_url(entry, "url", request->url);
  add_headers(entry, request->headers, cai_scrub_shows_sent);
  add_body(entry, "body", request->body.len ? request->body : cai_span_of("null"));
  if (request->sent.len && differs(request->body, request->sent)) add_body(entry, "sent", request->sent);
  cai_buf_byte(&entry->line, '}');
}

void cai_entry_head(cai_entry *entry, int64_t ms, int status, int http_version, const cai_headers *headers) {
  if (entry->has_head) return;
  entry->has_head = true;
  cai_buf_format(&entry->line, ",\"response\":{\"ms\":%lld,\"status\":%d,\"http_version\":%d", (long long)ms, status,
                 http_version);
  add_headers(entry, headers, cai_scrub_shows_received);
  cai_buf_byte(&entry->line, '}');
}

static bool has_room(cai_entry *entry) {
  if (entry->count < entry->room) return true;
  size_t room = entry->room ? entry->room * 2 : 16;
  cai_entry_mark *marks = cai_realloc(entry->marks, room * sizeof *marks);
  if (!marks) return false;
  entry->marks = marks;
  entry->room = room;
  return true;
}

/* A piece costs its mark, too, or single bytes would take many times what is allowed. */
void cai_entry_piece(cai_entry *entry, int64_t ms, const char *bytes, size_t len) {
  size_t taken = entry->bytes.len + entry->count * sizeof *entry->marks;
  if (entry->cut || taken > entry->max_bytes || len > entry->max_bytes - taken) {
    entry->cut = true;
    return;
  }
  if (!has_room(entry)) {
    entry->bytes.error = CHATABI_E_NOMEM;
    return;
  }
  cai_buf_append(&entry->bytes, bytes, len);
  entry->marks[entry->count++] = (cai_entry_mark){ms, entry->bytes.len};
}

static void write_piece(cai_buf *line, int64_t ms, const char *bytes, size_t len) {
  cai_buf_format(line, "[%lld,", (long long)ms);
  if (cai_utf8_valid(bytes, len)) {
    cai_scan_quote(line, bytes, len);
  } else {
    cai_buf_byte(line, '"');
    cai_base64_encode(line, bytes, len);
    cai_buf_text(line, "\",\"base64\"");
  }
  cai_buf_byte(line, ']');
}

static void write_pieces(cai_entry *entry) {
  size_t from = 0;
  if (entry->bytes.len) cai_secrets_strike(&entry->secrets, entry->bytes.data, entry->bytes.len);
  cai_buf_text(&entry->line, ",\"chunks\":[");
  for (size_t i = 0; i < entry->count; i++) {
    if (i) cai_buf_byte(&entry->line, ',');
    write_piece(&entry->line, entry->marks[i].ms, cai_buf_view(&entry->bytes) + from, entry->marks[i].end - from);
    from = entry->marks[i].end;
  }
  cai_buf_byte(&entry->line, ']');
}

static void write_end(cai_entry *entry, int64_t ms, const cai_err *err) {
  cai_buf *line = &entry->line;
  cai_buf_format(line, ",\"end\":{\"ms\":%lld,\"error\":", (long long)ms);
  if (err->code) {
    cai_buf_format(line, "{\"code\":\"%s\"", cai_err_name(err->code));
    add_text(entry, "message", err->message);
    cai_buf_byte(line, '}');
  } else {
    cai_buf_text(line, "null");
  }
  cai_buf_text(line, entry->cut ? ",\"cut\":true}}\n" : "}}\n");
}

int cai_entry_end(cai_entry *entry, int64_t ms, const cai_err *err) {
  if (!entry->has_head) cai_buf_text(&entry->line, ",\"response\":null");
  if (entry->bytes.error) return entry->bytes.error;
  write_pieces(entry);
  write_end(entry, ms, err);
  return entry->line.error ? entry->line.error : cai_scan_check(entry->line.data, entry->line.len, NULL, NULL);
}
