/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chat/stream/stream.h"
#include "chatabi.h"

#define STREAM "text/event-stream; charset=utf-8"

typedef struct outcome {
  int code;
  cai_buf text; /* of all TEXT events */
  cai_buf result;
  size_t events;
  char message[CAI_ERR_MESSAGE];
  char provider[600];
} outcome;

static void collect(outcome *o, const cai_batch *batch) {
  o->events += batch->count;
  for (size_t i = 0; i < batch->count; i++) {
    size_t len;
    const char *text = cai_batch_text(batch, i, &len);
    if (batch->events[i].kind == CHATABI_TEXT) cai_buf_append(&o->text, text, len);
  }
}

static outcome play(int status, const char *type, const char *body, size_t len, size_t step, bool clean,
                    size_t max_total) {
  outcome o = {0};
  cai_headers headers;
  cai_stream stream;
  cai_stream_limits limits = {1 << 20, max_total};
  cai_answer *answer = cai_answer_new(1 << 20);
  cai_buf_init(&o.text, 1 << 20);
  cai_buf_init(&o.result, 1 << 20);
  cai_headers_init(&headers);
  if (type) assert_int_equal(cai_headers_set(&headers, "Content-Type", type), 0);
  cai_stream_init(&stream, answer, &limits, status, &headers);
  cai_batch *batch = cai_batch_new();
  for (size_t at = 0; at < len && !o.code; at += step)
    o.code = cai_stream_feed(&stream, body + at, len - at < step ? len - at : step, batch);
  int last = cai_stream_end(&stream, clean, batch);
  if (o.code) assert_int_equal(last, o.code);
  o.code = last;
  assert_int_equal(stream.failed, last != 0);
  collect(&o, batch);
  cai_answer_json(answer, &o.result);
  strcpy(o.message, stream.failure.err.message);
  strcpy(o.provider, stream.failure.provider_message ? stream.failure.provider_message : "");
  cai_batch_free(batch);
  cai_stream_fini(&stream);
  cai_headers_fini(&headers);
  cai_answer_free(answer);
  return o;
}

static void done(outcome *o) {
  cai_buf_fini(&o->text);
  cai_buf_fini(&o->result);
}

static void expect(int status, const char *type, const char *body, bool clean, int code, const char *text) {
  for (size_t step = 1; step <= strlen(body) + 1; step += 1 + step / 8) {
    outcome o = play(status, type, body, strlen(body), step, clean, 1 << 20);
    if (o.code != code) fail_msg("step %zu of \"%s\": %d %s", step, body, o.code, o.message);
    assert_string_equal(cai_buf_view(&o.text), text);
    done(&o);
  }
}

static const char *const recorded[] = {
    "data: {\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n"
    "data: {\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\xD0\xB8\xD0\xB7 [DONE]\"}}]}\n\n: ping\n\n"
    "data: {\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
    "data: {\"id\":\"1\",\"choices\":[],\"usage\":{\"total_tokens\":3}}\n\ndata: [DONE]\n\ndata: garbage\n\n",
    "event: message\nid: 7\ndata: {\"choices\":[{\"delta\":{\"content\":\"a\",\n"
    "data: "
    "\"tool_calls\":[{\"id\":\"A\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},\"finish_reason\":\"stop\"}]}"
    "\n\n"
    "retry: 5\n\nevent: ping\n\ndata: [DONE]\n\n",
};

/* Every split into two, with each kind of line end, gives what the whole gave. */
static void test_every_split(void **state) {
  (void)state;
  static const char *const ends[] = {"\n", "\r", "\r\n"};
  for (size_t n = 0; n < 6; n++) {
    cai_buf body;
    cai_buf_init(&body, 1 << 16);
    for (const char *at = recorded[n / 3]; *at; at++) {
      if (*at == '\n')
        cai_buf_text(&body, ends[n % 3]);
      else
        cai_buf_byte(&body, *at);
    }
    outcome whole = play(200, STREAM, body.data, body.len, body.len, true, 1 << 20);
    assert_int_equal(whole.code, 0);
    assert_string_equal(whole.text.data, n / 3 ? "a" : "\xD0\xB8\xD0\xB7 [DONE]");
    for (size_t step = 1; step < body.len; step++) {
      outcome o = play(200, STREAM, body.data, body.len, step, true, 1 << 20);
      assert_int_equal(o.code, 0);
      assert_int_equal(o.events, whole.events);
      assert_string_equal(o.text.data, whole.text.data);
      assert_string_equal(o.result.data, whole.result.data);
      done(&o);
    }
    done(&whole);
    cai_buf_fini(&body);
  }
}

#define HELLO "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"}}]}\n\n"
#define STOP "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"

static void test_ends(void **state) {
  (void)state;
  expect(200, STREAM, HELLO STOP "data: [DONE]\n\n", true, 0, "hi");
  expect(200, STREAM, HELLO STOP "data: [DONE]", true, 0, "hi");
  expect(200, STREAM, HELLO "data: [DONE]\n\n", false, 0, "hi");
  expect(200, STREAM, HELLO STOP, true, 0, "hi");
  expect(200, STREAM, HELLO STOP, false, CHATABI_E_TRUNCATED, "hi");
  expect(200, STREAM, HELLO, true, CHATABI_E_TRUNCATED, "hi");
  expect(200, STREAM, HELLO "data: {\"choi", true, CHATABI_E_TRUNCATED, "hi");
  expect(200, STREAM, "", true, CHATABI_E_TRUNCATED, "");
  /* some proxies give every chunk a finish reason */
  expect(200, STREAM, HELLO STOP "data: {\"choices\":[{\"delta\":{\"content\":\"lo", true, CHATABI_E_TRUNCATED, "hi");
  expect(200, STREAM, HELLO STOP "data: {\"choices\":[]\n", true, CHATABI_E_TRUNCATED, "hi");
  expect(200, STREAM, HELLO STOP "{\"error\":{\n", true, CHATABI_E_TRUNCATED, "hi");
  expect(200, STREAM, HELLO STOP "data: [DO", true, 0, "hi");
  expect(200, STREAM, HELLO STOP "data:", true, 0, "hi");
  expect(200, STREAM, HELLO STOP ": pi", true, 0, "hi");
  expect(200, STREAM, "data: [DONE]\n\n", true, CHATABI_E_PROTOCOL, "");
  expect(200, STREAM, HELLO "event: ping\ndata: 2024-05-01 10:00:00\n\n" STOP, true, 0, "hi");
  expect(200, STREAM, HELLO "data: [DONE]x\n\n", true, CHATABI_E_PROTOCOL, "hi");
}

static void test_failures_inside(void **state) {
  (void)state;
  expect(200, STREAM, HELLO "data: {\"error\":{\"code\":429,\"message\":\"m\",\"status\":\"RESOURCE_EXHAUSTED\"}}\n\n",
         true, CHATABI_E_RATE_LIMIT, "hi");
  expect(200, STREAM, "data: {\"error\":{\"message\":\"m\",\"type\":\"server_error\"}}\n\ndata: [DONE]\n\n", true,
         CHATABI_E_SERVER, "");
  expect(200, STREAM, HELLO "event: error\ndata: {\"message\":\"m\",\"code\":503}\n\n", true, CHATABI_E_SERVER, "hi");
  expect(200, STREAM, HELLO "error: {\"code\":400,\"message\":\"m\"}\n\n", true, CHATABI_E_INVALID_REQUEST, "hi");
  expect(200, STREAM, HELLO "[{\n  \"error\": {\n    \"code\": 499,\n    \"status\": \"CANCELLED\"\n  }\n}\n]\n", true,
         CHATABI_E_SERVER, "hi");
  expect(200, STREAM, HELLO "data: {\"secret\n\n", true, CHATABI_E_PROTOCOL, "hi");
  expect(200, STREAM, HELLO "data: 7\n\n", true, CHATABI_E_PROTOCOL, "hi");
  outcome o = play(200, STREAM, "data: {\"secret\n\n", 16, 16, true, 1 << 20);
  assert_null(strstr(o.message, "secret"));
  done(&o);
}

static void test_whole_bodies(void **state) {
  (void)state;
  static const char doc[] = "{\"choices\":[{\"index\":0,\"message\":{\"content\":\"hi\"},\"finish_reason\":\"stop\"}]}";
  expect(200, "application/json", doc, true, 0, "hi");
  expect(200, NULL, doc, true, 0, "hi");
  expect(200, "text/plain", doc, true, 0, "hi");
  expect(200, NULL, HELLO STOP, true, 0, "hi");
  expect(200, "application/json", "\n" HELLO STOP, true, 0, "hi");
  expect(200, "application/json", "[{\"error\":{\"code\":403,\"status\":\"PERMISSION_DENIED\"}}]", true,
         CHATABI_E_PERMISSION, "");
  expect(200, "text/html", "<html><title>Login</title></html>", true, CHATABI_E_PROTOCOL, "");
  expect(200, "application/json", "{\"choices\":[", true, CHATABI_E_PROTOCOL, "");
  expect(200, "application/json", "{\"choices\":[", false, CHATABI_E_TRUNCATED, "");
  expect(200, "application/json", "", true, CHATABI_E_PROTOCOL, "");
  expect(429, STREAM, "{\"error\":\"slow\"}", true, CHATABI_E_RATE_LIMIT, "");
  expect(500, NULL, "", true, CHATABI_E_SERVER, "");
  expect(302, NULL, "", true, CHATABI_E_PROTOCOL, "");
  outcome o = play(200, "text/html", "<html>", 6, 6, true, 1 << 20);
  assert_non_null(strstr(o.message, "base_url"));
  done(&o);
  o = play(200, NULL, doc, strlen(doc), 5, true, 1 << 20);
  assert_string_equal(o.result.data, doc);
  done(&o);
}

static void test_limits(void **state) {
  (void)state;
  outcome o = play(200, STREAM, HELLO HELLO HELLO, strlen(HELLO HELLO HELLO), 10, true, 100);
  assert_int_equal(o.code, CHATABI_E_TOO_LARGE);
  assert_string_equal(o.text.data, "hi");
  done(&o);
}

#define WITH_ID "data: {\"id\":\"trace\\u002d7\",\"choices\":[{\"delta\":{\"content\":\"hi\"}}]}\n\n"

static void expect_request_id(const char *header, const char *body, const char *want) {
  cai_headers headers;
  cai_stream stream;
  cai_stream_limits limits = {1 << 20, 1 << 20};
  cai_answer *answer = cai_answer_new(1 << 20);
  cai_batch *batch = cai_batch_new();
  cai_headers_init(&headers);
  assert_int_equal(cai_headers_set(&headers, "Content-Type", STREAM), 0);
  if (header) assert_int_equal(cai_headers_set(&headers, "x-request-id", header), 0);
  cai_stream_init(&stream, answer, &limits, 200, &headers);
  (void)cai_stream_feed(&stream, body, strlen(body), batch);
  assert_int_not_equal(cai_stream_end(&stream, false, batch), 0);
  if (want)
    assert_string_equal(stream.failure.request_id, want);
  else
    assert_null(stream.failure.request_id);
  cai_stream_fini(&stream);
  cai_headers_fini(&headers);
  cai_batch_free(batch);
  cai_answer_free(answer);
}

/* The answer's id is the only trace that Google gives. */
static void test_request_id(void **state) {
  (void)state;
  static const char error[] = WITH_ID "data: {\"error\":{\"code\":429}}\n\n";
  expect_request_id(NULL, error, "trace-7");
  expect_request_id(NULL, WITH_ID, "trace-7");
  expect_request_id("header", error, "header");
  expect_request_id("header", WITH_ID, "header");
  expect_request_id(NULL, HELLO, NULL);
}

#define EMBEDDING "{\"object\":\"list\",\"data\":[{\"embedding\":[0.1]}]}"

/* Other paths answer other things, in one piece or in a stream of events of their own. */
static void test_other_paths(void **state) {
  (void)state;
  static const char *const bodies[][2] = {
      {EMBEDDING, EMBEDDING},
      {"[1,2]", "[1,2]"},
      {"data: {\"type\":\"response.created\"}\n\ndata: {\"type\":\"response.completed\",\"response\":{}}\n\n",
       "{\"type\":\"response.completed\",\"response\":{}}"},
      {"data: " EMBEDDING "\n\ndata: [DONE]\n\n", EMBEDDING},
      {"data: [7]\n\n", "[7]"},
      {"data: {\"message\":\"odd\"}\n\ndata: [DONE]\n\n", "{\"message\":\"odd\"}"},
  };
  for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
    expect(200, "application/json", bodies[i][0], true, 0, "");
    outcome o = play(200, NULL, bodies[i][0], strlen(bodies[i][0]), 7, true, 1 << 20);
    assert_string_equal(o.result.data, bodies[i][1]);
    done(&o);
  }
  expect(200, STREAM, "data: {\"message\":\"odd\"}\n\n", true, CHATABI_E_TRUNCATED, "");
  expect(200, STREAM, "data: {\"object\":\"chat.completion.chunk\"}\n\n", true, CHATABI_E_TRUNCATED, "");
  expect(200, STREAM, "data: " EMBEDDING "\n\n", false, CHATABI_E_TRUNCATED, "");
  expect(200, STREAM, "data: {\"usage\":{}}\n\n" HELLO STOP, true, 0, "hi");
}

/* An error body without end is not read to its end. */
static void test_endless_error(void **state) {
  (void)state;
  static char body[80 * 1024];
  cai_stream stream;
  cai_stream_limits limits = {1 << 20, 1 << 20};
  cai_answer *answer = cai_answer_new(1 << 20);
  cai_batch *batch = cai_batch_new();
  memset(body, 'x', sizeof body);
  cai_stream_init(&stream, answer, &limits, 429, NULL);
  assert_int_equal(cai_stream_feed(&stream, body, 64 * 1024 - 1, batch), 0);
  assert_int_equal(cai_stream_feed(&stream, body, sizeof body, batch), CHATABI_E_RATE_LIMIT);
  assert_non_null(stream.failure.body);
  assert_int_equal(cai_stream_end(&stream, false, batch), CHATABI_E_RATE_LIMIT);
  cai_stream_fini(&stream);
  cai_batch_free(batch);
  cai_answer_free(answer);
}

static void test_invalid_utf8(void **state) {
  (void)state;
  expect(200, STREAM, "data: {\"choices\":[{\"delta\":{\"content\":\"a\xFFz\"},\"finish_reason\":\"stop\"}]}\n\n", true,
         0, "a\xEF\xBF\xBDz");
  expect(200, NULL, "{\"choices\":[{\"message\":{\"content\":\"a\xC3\"}}]}", true, 0, "a\xEF\xBF\xBD");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_split),   cmocka_unit_test(test_ends),       cmocka_unit_test(test_failures_inside),
      cmocka_unit_test(test_whole_bodies),  cmocka_unit_test(test_limits),     cmocka_unit_test(test_invalid_utf8),
      cmocka_unit_test(test_endless_error), cmocka_unit_test(test_request_id), cmocka_unit_test(test_other_paths),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
