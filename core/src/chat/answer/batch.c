/* SPDX-License-Identifier: MIT */
#include "batch.h"

#include <string.h>

#include "../../base/alloc.h"
#include "chatabi.h"

enum { BATCH_BYTES_MAX = 256 * 1024 * 1024 };

cai_batch *cai_batch_new(void) {
  cai_batch *batch = cai_calloc(1, sizeof *batch);
  if (batch) cai_buf_init(&batch->bytes, BATCH_BYTES_MAX);
  return batch;
}

void cai_batch_free(cai_batch *batch) {
  if (!batch) return;
  cai_free(batch->events);
  cai_buf_fini(&batch->bytes);
  cai_free(batch);
}

static int grow(cai_batch *batch) {
  if (batch->count < batch->cap) return 0;
  size_t cap = batch->cap ? batch->cap * 2 : 4;
  cai_event *events = cai_realloc(batch->events, cap * sizeof *events);
  if (!events) return CHATABI_E_NOMEM;
  batch->events = events;
  batch->cap = cap;
  return 0;
}

/* The buffer drops its content when an append fails, so the limit is checked before; only memory running out empties
 * the batch. */
static int reserve(cai_batch *batch, size_t text_len, size_t json_len) {
  size_t room = batch->bytes.max - batch->bytes.len;
  if (text_len > room || json_len > room - text_len || room - text_len - json_len < 2) return CHATABI_E_TOO_LARGE;
  return grow(batch);
}

/* Closes the text that was appended at `event->text_at`, adds the JSON behind it and takes the event up. */
static int complete(cai_batch *batch, cai_event event, cai_span json) {
  cai_buf *bytes = &batch->bytes;
  event.text_len = bytes->len - event.text_at;
  event.json_at = bytes->len; /* without JSON: the text's NUL */
  cai_buf_byte(bytes, '\0');
  if (json.at) {
    event.json_at = bytes->len;
    event.json_len = json.len;
    cai_buf_append(bytes, json.at, json.len);
    cai_buf_byte(bytes, '\0');
  }
  if (bytes->error) {
    batch->count = 0;
    return bytes->error;
  }
  batch->events[batch->count++] = event;
  return 0;
}

int cai_batch_add(cai_batch *batch, int kind, int choice, cai_span text, cai_span json) {
  int error = reserve(batch, text.len, json.len);
  if (error) return error;
  cai_event event = {.kind = kind, .choice = choice, .text_at = batch->bytes.len};
  if (text.at) cai_buf_append(&batch->bytes, text.at, text.len);
  return complete(batch, event, json);
}

int cai_batch_add_string(cai_batch *batch, int kind, int choice, cai_span json_string, cai_span json) {
  int error = reserve(batch, json_string.len, json.len);
  if (error) return error;
  cai_event event = {.kind = kind, .choice = choice, .text_at = batch->bytes.len};
  cai_scan_string(json_string, &batch->bytes);
  return complete(batch, event, json);
}

static const char *part(const cai_batch *batch, size_t at, size_t len, size_t *out) {
  if (out) *out = len;
  return cai_buf_view(&batch->bytes) + at;
}

const char *cai_batch_text(const cai_batch *batch, size_t index, size_t *len) {
  const cai_event *event = &batch->events[index];
  return part(batch, event->text_at, event->text_len, len);
}

const char *cai_batch_json(const cai_batch *batch, size_t index, size_t *len) {
  const cai_event *event = &batch->events[index];
  return part(batch, event->json_at, event->json_len, len);
}
