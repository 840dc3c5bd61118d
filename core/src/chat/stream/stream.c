/* SPDX-License-Identifier: MIT
 *
 * What a response is follows from its status and Content-Type, but servers are careless with the latter: only
 * text/event-stream is believed, else the first byte that is no space decides.
 *
 * An answer is complete after [DONE], or when the body ended cleanly, not inside an event, and every choice had its
 * finish reason: some proxies give one in every chunk. Anything else is told as truncated, with what came so far in the
 * answer. Payloads are never quoted in messages: they may be
 * private. */
#include "stream.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "../../base/clock.h"
#include "../../base/utf8.h"
#include "../failure/words.h"
#include "chatabi.h"

enum { ERROR_BODY_MAX = 64 * 1024 };

void cai_stream_init(cai_stream *stream, cai_answer *answer, const cai_stream_limits *limits, int status,
                     const cai_headers *headers) {
  memset(stream, 0, sizeof *stream);
  stream->answer = answer;
  stream->limits = *limits;
  stream->status = status;
  stream->headers = headers;
  cai_sse_init(&stream->sse, limits->max_event);
  cai_failure_init(&stream->failure);
  const char *type = headers ? cai_headers_get(headers, "content-type") : NULL;
  bool success = status >= 200 && status < 300;
  bool events = type && strncasecmp(type, "text/event-stream", 17) == 0;
  stream->mode = !success ? CAI_STREAM_ERROR : events ? CAI_STREAM_EVENTS : CAI_STREAM_WHOLE;
  stream->unsure = success && !events;
  cai_buf_init(&stream->whole, success ? limits->max_total : ERROR_BODY_MAX);
  cai_buf_init(&stream->clean, limits->max_event < SIZE_MAX / 3 ? limits->max_event * 3 : SIZE_MAX / 3);
}

void cai_stream_fini(cai_stream *stream) {
  cai_sse_fini(&stream->sse);
  cai_buf_fini(&stream->whole);
  cai_buf_fini(&stream->clean);
  cai_failure_fini(&stream->failure);
}

/* ---- failing ---- */

/* Google sends no header with an id: what it traces a request by is the id in the answer. */
static void note_id(cai_stream *stream) {
  cai_span id = cai_answer_id(stream->answer);
  cai_buf text;
  if (stream->failure.request_id || !id.at) return;
  cai_buf_init(&text, id.len);
  if (cai_scan_string(id, &text) == 0) stream->failure.request_id = cai_words_of(cai_buf_view(&text), text.len);
  cai_buf_fini(&text);
}

static int fail_reply(cai_stream *stream, const char *body, size_t len) {
  cai_failure_from_reply(&stream->failure, stream->status, stream->headers, body, len, cai_clock_now().wall_ms);
  note_id(stream);
  stream->failed = true;
  return stream->failure.err.code;
}

/* `err` carries code and sentence. The reply's own facts (request id) stand beside them. */
static int fail(cai_stream *stream, const cai_err *err) {
  cai_failure_from_err(&stream->failure, err);
  stream->failure.http_status = stream->status;
  cai_failure_identify(&stream->failure, stream->headers);
  note_id(stream);
  stream->failed = true;
  return err->code;
}

static int fail_code(cai_stream *stream, int code) {
  cai_err err;
  if (code == CHATABI_E_PROTOCOL)
    cai_err_set(&err, code, "The server sent JSON that is no chat completion.");
  else if (code == CHATABI_E_TOO_LARGE)
    cai_err_set(
        &err, code,
        "The answer is larger than the limit: one event may have %zu bytes, the whole %zu, and no answer more than 128 "
        "choices, or calls in one.",
        stream->limits.max_event, stream->limits.max_total);
  else
    cai_err_set(&err, code, "%s", cai_err_text(code));
  fail(stream, &err);
  if (code == CHATABI_E_TOO_LARGE) cai_failure_limit(&stream->failure, "max_response_bytes");
  return code;
}

static int fail_truncated(cai_stream *stream) {
  cai_err err;
  cai_err_set(
      &err, CHATABI_E_TRUNCATED,
      "The answer stopped before it was complete: %zu bytes came, but no end mark and no finish reason. What came "
      "is in the result.",
      stream->total);
  return fail(stream, &err);
}

static int fail_empty(cai_stream *stream) {
  cai_err err;
  cai_err_set(&err, CHATABI_E_PROTOCOL, "The server sent an empty answer with status %d.", stream->status);
  return fail(stream, &err);
}

static int fail_json(cai_stream *stream, const char *what, const char *text, size_t len) {
  cai_err err;
  size_t offset = 0;
  const char *why = "";
  cai_scan_check(text, len, &offset, &why);
  cai_err_set(&err, CHATABI_E_PROTOCOL, "The server sent %s that is not valid JSON: %s at byte %zu of %zu.", what, why,
              offset, len);
  return fail(stream, &err);
}

/* ---- events ---- */

static cai_span trim(cai_span text) {
  while (text.len && strchr(" \t\r\n", *text.at) && *text.at) text = (cai_span){text.at + 1, text.len - 1};
  while (text.len && strchr(" \t\r\n", text.at[text.len - 1]) && text.at[text.len - 1]) text.len--;
  return text;
}

/* The same text as valid UTF-8; the host must never be given anything else. */
static int scrub(cai_stream *stream, cai_span *text) {
  if (cai_utf8_valid(text->at, text->len)) return 0;
  cai_buf_reset(&stream->clean);
  int error = cai_utf8_scrub(&stream->clean, text->at, text->len);
  *text = (cai_span){cai_buf_view(&stream->clean), stream->clean.len};
  return error ? fail_code(stream, error) : 0;
}

/* Older sse-starlette writes the time of day into its pings. Source:
 * https://github.com/sysid/sse-starlette/issues/16. */
static int on_event(cai_stream *stream, const cai_sse_event *event, cai_batch *out) {
  cai_span data = trim(event->data);
  if (!data.len) return 0;
  stream->done = cai_span_equal(data, "[DONE]");
  if (stream->done) return 0;
  int error = scrub(stream, &data);
  if (error) return error;
  if (cai_span_equal(event->type, "error")) return fail_reply(stream, data.at, data.len);
  if (cai_scan_check(data.at, data.len, NULL, NULL))
    return cai_span_equal(event->type, "ping") ? 0 : fail_json(stream, "an event", data.at, data.len);
  if (cai_failure_is_error(data.at, data.len)) return fail_reply(stream, data.at, data.len);
  error = cai_answer_add_chunk(stream->answer, data, out);
  return error ? fail_code(stream, error) : 0;
}

static int feed_events(cai_stream *stream, const char *bytes, size_t len, cai_batch *out) {
  cai_sse_event event;
  int got = 0, error = 0;
  cai_sse_feed(&stream->sse, bytes, len);
  while (!error && !stream->done && (got = cai_sse_next(&stream->sse, &event)) == 1)
    error = on_event(stream, &event, out);
  if (error) return error;
  return got < 0 ? fail_code(stream, got) : 0;
}

/* ---- any body ---- */

/* Looks for the first byte that tells what the body is and returns its place; the spaces and the byte order mark before
 * it are dropped, in whatever pieces they come. */
static size_t decide(cai_stream *stream, const char *bytes, size_t len) {
  size_t at = 0;
  while (at < len && bytes[at] && strchr(" \t\r\n\xEF\xBB\xBF", bytes[at])) at++;
  if (at == len) return at;
  stream->unsure = false;
  if (bytes[at] && strchr("deir:", bytes[at])) stream->mode = CAI_STREAM_EVENTS;
  return at;
}

/* What is full tells enough: the rest is not waited for. */
static int feed_error(cai_stream *stream, const char *bytes, size_t len) {
  size_t room = stream->whole.max - stream->whole.len;
  int error = cai_buf_append(&stream->whole, bytes, len < room ? len : room);
  if (error) return fail_code(stream, error);
  return len < room ? 0 : fail_reply(stream, cai_buf_view(&stream->whole), stream->whole.len);
}

/* A failure ends the answer: what it held back is given out before. */
static int settle(cai_stream *stream, int error, cai_batch *out) {
  if (error) (void)cai_answer_settle(stream->answer, out);
  return error;
}

int cai_stream_feed(cai_stream *stream, const char *bytes, size_t len, cai_batch *out) {
  if (stream->failed) return stream->failure.err.code;
  if (stream->done || !len) return 0;
  stream->total += len;
  if (stream->mode == CAI_STREAM_ERROR) return feed_error(stream, bytes, len);
  if (stream->total > stream->limits.max_total) return settle(stream, fail_code(stream, CHATABI_E_TOO_LARGE), out);
  size_t skip = stream->unsure ? decide(stream, bytes, len) : 0;
  bytes += skip;
  len -= skip;
  if (stream->mode == CAI_STREAM_EVENTS) return settle(stream, feed_events(stream, bytes, len, out), out);
  if (stream->unsure) return 0;
  int error = cai_buf_append(&stream->whole, bytes, len);
  return error ? fail_code(stream, error) : 0;
}

/* ---- the end ---- */

static int finish(cai_stream *stream, cai_batch *out) {
  int error = cai_answer_finish(stream->answer, out);
  return error ? fail_code(stream, error) : 0;
}

static int end_events(cai_stream *stream, bool clean, cai_batch *out) {
  cai_sse_event event;
  int got = !stream->done && clean ? cai_sse_end(&stream->sse, &event) : 0;
  if (got == 1) {
    int error = on_event(stream, &event, out);
    if (error) return error;
  }
  bool is_whole = clean && got >= 0 && cai_answer_is_finished(stream->answer);
  if (!stream->done && !is_whole) return fail_truncated(stream);
  if (cai_answer_is_empty(stream->answer)) return fail_empty(stream);
  return finish(stream, out);
}

static int fail_whole(cai_stream *stream, bool clean, cai_span text) {
  cai_err err;
  if (!clean) return fail_truncated(stream);
  if (!text.len) return fail_empty(stream);
  if (cai_words_is_html(text.at, text.len))
    cai_err_set(
        &err, CHATABI_E_PROTOCOL,
        "The server sent a web page instead of JSON: check the address and the path of option \"base_url\" (it usually "
        "ends in /v1), and whether a proxy or login page answers in its place.");
  else
    return fail_json(stream, "an answer", text.at, text.len);
  return fail(stream, &err);
}

static int end_whole(cai_stream *stream, bool clean, cai_batch *out) {
  cai_span text = trim((cai_span){cai_buf_view(&stream->whole), stream->whole.len});
  if (text.len >= 3 && memcmp(text.at, "\xEF\xBB\xBF", 3) == 0) text = trim((cai_span){text.at + 3, text.len - 3});
  stream->clean.max = stream->limits.max_total < SIZE_MAX / 3 ? stream->limits.max_total * 3 : SIZE_MAX / 3;
  int error = scrub(stream, &text);
  if (error) return error;
  if (cai_scan_check(text.at, text.len, NULL, NULL)) return fail_whole(stream, clean, text);
  if (cai_failure_is_error(text.at, text.len)) return fail_reply(stream, text.at, text.len);
  error = cai_answer_set_whole(stream->answer, text, out);
  return error ? fail_code(stream, error) : finish(stream, out);
}

int cai_stream_end(cai_stream *stream, bool clean, cai_batch *out) {
  if (stream->failed) return stream->failure.err.code;
  switch (stream->mode) {
    case CAI_STREAM_ERROR: return fail_reply(stream, cai_buf_view(&stream->whole), stream->whole.len);
    case CAI_STREAM_EVENTS: return settle(stream, end_events(stream, clean, out), out);
    default: return end_whole(stream, clean, out);
  }
}
