/* SPDX-License-Identifier: MIT
 * A response in any split: the first byte says how it is cut, the second which status and type it has. However it is
 * cut, events and result must be the same as in one piece. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/stream/stream.h"
#include "chatabi.h"

enum { LIMIT = 64 * 1024 };

typedef struct outcome {
  int code;
  cai_buf events; /* all texts and JSON, each with its kind */
  cai_buf result;
} outcome;

static void collect(outcome *o, const cai_batch *batch) {
  for (size_t i = 0; i < batch->count; i++) {
    size_t len;
    cai_buf_format(&o->events, "%d %d ", batch->events[i].kind, batch->events[i].choice);
    const char *text = cai_batch_text(batch, i, &len);
    cai_buf_append(&o->events, text, len);
    cai_buf_byte(&o->events, '\n');
    text = cai_batch_json(batch, i, &len);
    cai_buf_append(&o->events, text, len);
    cai_buf_byte(&o->events, '\n');
  }
}

static void run(outcome *o, const char *bytes, size_t len, size_t step, int flags) {
  const cai_stream_limits limits = {.max_event = LIMIT, .max_total = LIMIT};
  cai_headers headers;
  cai_stream stream;
  cai_answer *answer = cai_answer_new(LIMIT);
  cai_batch *batch = cai_batch_new();
  if (!answer || !batch) abort();
  if (flags & 8 && cai_answer_set_think_tag(answer, "think")) abort();
  cai_headers_init(&headers);
  if (flags & 1 && cai_headers_set(&headers, "Content-Type", "text/event-stream; charset=utf-8")) abort();
  cai_buf_init(&o->events, 64 * LIMIT);
  cai_buf_init(&o->result, 64 * LIMIT);
  cai_stream_init(&stream, answer, &limits, flags & 2 ? 400 : 200, &headers);
  for (size_t at = 0; at < len && !stream.failed; at += step) {
    size_t part = len - at < step ? len - at : step;
    char *copy = malloc(part); /* so that a read beyond the part is seen */
    memcpy(copy, bytes + at, part);
    (void)cai_stream_feed(&stream, copy, part, batch);
    free(copy);
  }
  o->code = cai_stream_end(&stream, !(flags & 4), batch);
  collect(o, batch);
  cai_answer_json(answer, &o->result);
  if (o->result.len && !o->result.error && cai_scan_check(o->result.data, o->result.len, NULL, NULL)) abort();
  if (stream.failed) {
    cai_buf json;
    cai_buf_init(&json, 1024 * 1024);
    if (cai_failure_json(&stream.failure, &json) == 0 && cai_scan_check(json.data, json.len, NULL, NULL)) abort();
    cai_buf_fini(&json);
  }
  cai_stream_fini(&stream);
  cai_batch_free(batch);
  cai_answer_free(answer);
  cai_headers_fini(&headers);
}

static void fini(outcome *o) {
  cai_buf_fini(&o->events);
  cai_buf_fini(&o->result);
}

/* Made-up ids of tool calls differ from run to run. */
static int has_random_id(const outcome *o) { return strstr(cai_buf_view(&o->events), "\"call_") != NULL; }

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2) return 0;
  size_t step = data[0] ? data[0] : 1;
  const char *bytes = (const char *)data + 2;
  outcome cut, whole;
  run(&cut, bytes, size - 2, step, data[1]);
  run(&whole, bytes, size - 2, size, data[1]);
  if (cut.code != whole.code) abort();
  if (!has_random_id(&whole) && strcmp(cai_buf_view(&cut.events), cai_buf_view(&whole.events)) != 0) abort();
  fini(&cut);
  fini(&whole);
  return 0;
}
