/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "chat/stream/sse.h"
#include "chatabi.h"

/* Events as "type|data" each closed by 0x1E, so that two readings can be compared as text. */
static int drain(cai_sse *sse, cai_buf *out) {
  cai_sse_event event;
  int got;
  while ((got = cai_sse_next(sse, &event)) == 1) {
    cai_buf_append(out, event.type.at, event.type.len);
    cai_buf_byte(out, '|');
    cai_buf_append(out, event.data.at, event.data.len);
    cai_buf_byte(out, '\x1E');
  }
  return got;
}

/* A copy of exact size, so that a read beyond the piece is seen by the sanitizer. */
static int feed(cai_sse *sse, const char *bytes, size_t len, cai_buf *out) {
  char *copy = malloc(len ? len : 1);
  memcpy(copy, bytes, len);
  cai_sse_feed(sse, copy, len);
  int got = drain(sse, out);
  free(copy);
  return got;
}

static void finish(cai_sse *sse, cai_buf *out) {
  cai_sse_event event;
  if (cai_sse_end(sse, &event) != 1) return;
  cai_buf_append(out, event.type.at, event.type.len);
  cai_buf_byte(out, '|');
  cai_buf_append(out, event.data.at, event.data.len);
  cai_buf_byte(out, '\x1E');
}

static void expect_split(const char *text, size_t len, const char *want, size_t want_len, size_t one, size_t two) {
  cai_sse sse;
  cai_buf out;
  cai_sse_init(&sse, 1 << 20);
  cai_buf_init(&out, 1 << 24);
  assert_int_equal(feed(&sse, text, one, &out), 0);
  assert_int_equal(feed(&sse, text, 0, &out), 0);
  assert_int_equal(feed(&sse, text + one, two - one, &out), 0);
  assert_int_equal(feed(&sse, text + two, len - two, &out), 0);
  finish(&sse, &out);
  if (out.len != want_len || (want_len && memcmp(out.data, want, want_len) != 0))
    fail_msg("split %zu,%zu of \"%s\": got \"%s\", want \"%s\"", one, two, text, cai_buf_view(&out), want);
  cai_buf_fini(&out);
  cai_sse_fini(&sse);
}

/* Whole, and at every pair of split positions. */
static void expect_bytes(const char *text, size_t len, const char *want, size_t want_len) {
  for (size_t one = 0; one <= len; one++)
    for (size_t two = one; two <= len; two += len > 80 ? 7 : 1) expect_split(text, len, want, want_len, one, two);
}

static void expect(const char *text, const char *want) { expect_bytes(text, strlen(text), want, strlen(want)); }

static void test_grammar(void **state) {
  (void)state;
  expect("event: completion\ndata: {\"a\":1}\n\n", "completion|{\"a\":1}\x1E");
  expect("data: x\n\n", "|x\x1E");
  expect("event: ping\n\n", "");
  expect("event: ping\n\ndata: x\n\n", "|x\x1E");
  expect("data: 1\n\ndata: 2\n\n", "|1\x1E|2\x1E");
  expect("data: a\ndata: b\ndata: c\n\n", "|a\nb\nc\x1E");
  expect("data: a\ndata:\ndata: \ndata: b\n\n", "|a\n\n\nb\x1E");
  expect("data: {\"t\":\"\\n\\n\"}\n\n", "|{\"t\":\"\\n\\n\"}\x1E");
  expect("data: a\xE2\x80\xA8z\n\n", "|a\xE2\x80\xA8z\x1E");
  expect("data: \xD0\xB8\xD0\xB7\xD0\xB2\n\n", "|\xD0\xB8\xD0\xB7\xD0\xB2\x1E");
  expect("data:  x\n\n", "| x\x1E");
  expect("data:x\n\n", "|x\x1E");
  expect("data\n\n", "");
  expect("data:\n\n", "");
  expect("Data: x\n\n", "");
  expect(" data: x\n\n", "");
  expect("foo: x\ndata: y\nbar\n\n", "|y\x1E");
  expect("id: 1\n\n: ping\n\nretry: 1000\n\nretry: x\n\ndata: z\n\n\n\n", "|z\x1E");
  expect(": c\ndata: a\n: c\ndata: b\n:\n\n:\n\n", "|a\nb\x1E");
}

static void test_line_ends(void **state) {
  (void)state;
  expect("data:ok\n\n", "|ok\x1E");
  expect("data:ok\r\r", "|ok\x1E");
  expect("data:ok\r\n\r\n", "|ok\x1E");
  expect("data:ok\r\n\n", "|ok\x1E");
  expect("data:ok\n\r", "|ok\x1E");
  expect("data:1\r\rdata:2\r\n\r\ndata:3\n\n", "|1\x1E|2\x1E|3\x1E");
  expect("data:1\r\ndata:2\r\n\r\n", "|1\n2\x1E");
}

static void test_byte_order_mark(void **state) {
  (void)state;
  expect(
      "\xEF\xBB\xBF"
      "data: x\n\n",
      "|x\x1E");
  expect(
      "\xEF\xBB\xBF\xEF\xBB\xBF"
      "data: x\n\ndata: y\n\n",
      "|y\x1E");
  expect("\xEF\xBB\xBF\ndata: x\n\n", "|x\x1E");
  expect(
      "data: a\n\n\xEF\xBB\xBF"
      "data: x\n\n",
      "|a\x1E");
}

static void test_bytes_pass(void **state) {
  (void)state;
  static const char text[] = "data: a\0b\n\nid: \0\ndata: \xFF\n\n", want[] = "|a\0b\x1E|\xFF\x1E";
  expect_bytes(text, sizeof text - 1, want, sizeof want - 1);
}

static void test_end(void **state) {
  (void)state;
  expect("data: [DONE]\n", "|[DONE]\x1E");
  expect("data: [DONE]", "|[DONE]\x1E");
  expect("data: {\"a\":1}\n", "|{\"a\":1}\x1E");
  expect("data: {\"a\":1}", "|{\"a\":1}\x1E");
  expect("data: {\"a\":", "");
  expect("data: {\"a\":\n", "");
  expect("data: {}\ndata: {", "");
  expect("data: {}\n\nda", "|{}\x1E");
}

static void test_stray(void **state) {
  (void)state;
  expect("{\"error\":{\"code\":499}}\n", "|{\"error\":{\"code\":499}}\x1E");
  expect("[{\n  \"error\": {\n \"m\": \"}]\\\"{\"\n}\n}\n]\n", "|[{\n  \"error\": {\n \"m\": \"}]\\\"{\"\n}\n}\n]\x1E");
  expect("data: 1\n\n{\"a\":1}\n\ndata: 2\n\n", "|1\x1E|{\"a\":1}\x1E|2\x1E");
  expect("{\"a\":\ndata: 2\n\n", "|{\"a\":\x1E|2\x1E");
  expect("{\"a\":1}", "|{\"a\":1}\x1E");
  expect("{\"a\":", "");
  expect("[DONE]\n", "|[DONE]\x1E");
  expect("data: x\n{not a field\n\n", "|x\x1E");
  expect("error: {\"code\":1}\n\n", "error|{\"code\":1}\x1E");
  expect("event: error\ndata: {}\n\ndata: {}\n\n", "error|{}\x1E|{}\x1E");
}

static void test_many_events(void **state) {
  (void)state;
  cai_buf text, out;
  cai_sse sse;
  cai_buf_init(&text, 1 << 24);
  cai_buf_init(&out, 1 << 24);
  cai_sse_init(&sse, 1000);
  for (int i = 0; i < 2000; i++) cai_buf_text(&text, i % 2 ? "data: a\r\r" : "data: a\n\n");
  assert_int_equal(feed(&sse, text.data, text.len, &out), 0);
  assert_int_equal(out.len, 2000 * 3);
  cai_buf_fini(&text);
  cai_buf_fini(&out);
  cai_sse_fini(&sse);
}

static void test_zero_copy(void **state) {
  (void)state;
  static const char text[] = "data: abc\n\n";
  cai_sse_event event;
  cai_sse sse;
  cai_sse_init(&sse, 100);
  cai_sse_feed(&sse, text, sizeof text - 1);
  assert_int_equal(cai_sse_next(&sse, &event), 1);
  assert_ptr_equal(event.data.at, text + 6);
  assert_int_equal(cai_sse_next(&sse, &event), 0);
  cai_sse_fini(&sse);
}

static void test_large(void **state) {
  (void)state;
  cai_buf text, out;
  cai_sse sse;
  cai_buf_init(&text, 1 << 26);
  cai_buf_init(&out, 1 << 26);
  cai_sse_init(&sse, 4 << 20);
  cai_buf_text(&text, "data: ");
  for (int i = 0; i < 2 << 16; i++) cai_buf_text(&text, "0123456789abcdef");
  cai_buf_text(&text, "\n\n");
  for (size_t at = 0; at < text.len; at += 1000)
    assert_int_equal(feed(&sse, text.data + at, text.len - at < 1000 ? text.len - at : 1000, &out), 0);
  assert_int_equal(out.len, (2 << 20) + 2);
  cai_buf_reset(&text);
  cai_buf_reset(&out);
  for (int i = 0; i < 10000; i++) cai_buf_text(&text, "data: line\n");
  cai_buf_text(&text, "\n");
  assert_int_equal(feed(&sse, text.data, text.len, &out), 0);
  assert_int_equal(out.len, 10000 * 5 - 1 + 2);
  cai_buf_fini(&text);
  cai_buf_fini(&out);
  cai_sse_fini(&sse);
}

static void test_limit(void **state) {
  (void)state;
  static const char *const texts[] = {"data: 0123456789x\n\n", "data: 01234\ndata: 56789\n\n",
                                      "{\"a\":\n\"0123456789\"}\n"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    cai_sse sse;
    cai_buf out;
    cai_buf_init(&out, 1000);
    cai_sse_init(&sse, 10);
    assert_int_equal(feed(&sse, texts[i], strlen(texts[i]), &out), CHATABI_E_TOO_LARGE);
    assert_int_equal(feed(&sse, "data: x\n\n", 9, &out), CHATABI_E_TOO_LARGE);
    cai_sse_fini(&sse);
    cai_sse_init(&sse, 10);
    cai_buf_reset(&out);
    assert_int_equal(feed(&sse, "data: 0123456789\n\n", 18, &out), 0);
    assert_int_equal(out.len, 12);
    for (int n = 0; n < 100; n++) (void)feed(&sse, "xxxxxxxxxx", 10, &out);
    assert_int_equal(feed(&sse, "\n", 1, &out), CHATABI_E_TOO_LARGE);
    cai_sse_fini(&sse);
    cai_buf_fini(&out);
  }
}

/* A slow reader of the plain grammar, to be compared with on random text. */
static void read_slowly(const char *text, size_t len, cai_buf *out) {
  char data[4096], type[4096], line[4096];
  size_t data_len = 0, type_len = 0, n = 0;
  bool has = false;
  for (size_t i = 0; i < len; i++) {
    if (text[i] != '\r' && text[i] != '\n') {
      line[n++] = text[i];
      continue;
    }
    if (text[i] == '\r' && i + 1 < len && text[i + 1] == '\n') i++;
    size_t name = 0;
    while (name < n && line[name] != ':') name++;
    size_t at = name < n ? name + 1 : n;
    if (at < n && line[at] == ' ') at++;
    if (n == 0) {
      if (has && data_len) {
        cai_buf_append(out, type, type_len);
        cai_buf_byte(out, '|');
        cai_buf_append(out, data, data_len);
        cai_buf_byte(out, '\x1E');
      }
      has = false;
      data_len = type_len = 0;
    } else if (name == 4 && memcmp(line, "data", 4) == 0) {
      if (has) data[data_len++] = '\n';
      memcpy(data + data_len, line + at, n - at);
      data_len += n - at;
      has = true;
    } else if (name == 5 && memcmp(line, "event", 5) == 0) {
      memcpy(type, line + at, n - at);
      type_len = n - at;
    }
    n = 0;
  }
}

static void test_against_slow_reader(void **state) {
  (void)state;
  static const char *const pieces[] = {"data",  ":", " ",       "\n",   "\r", "\r\n",
                                       "event", "x", "data: a", "\n\n", "id", "é"};
  srand(7);
  for (int round = 0; round < 3000; round++) {
    cai_buf text, want, got;
    cai_sse sse;
    cai_buf_init(&text, 4000);
    cai_buf_init(&want, 100000);
    cai_buf_init(&got, 100000);
    cai_sse_init(&sse, 4000);
    for (int i = rand() % 60; i >= 0; i--)
      cai_buf_text(&text, pieces[(size_t)rand() % (sizeof pieces / sizeof *pieces)]);
    read_slowly(text.data, text.len, &want);
    for (size_t at = 0; at < text.len;) {
      size_t step = 1 + (size_t)rand() % 9;
      if (step > text.len - at) step = text.len - at;
      assert_int_equal(feed(&sse, text.data + at, step, &got), 0);
      at += step;
    }
    assert_string_equal(cai_buf_view(&got), cai_buf_view(&want));
    cai_buf_fini(&text);
    cai_buf_fini(&want);
    cai_buf_fini(&got);
    cai_sse_fini(&sse);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_grammar),
      cmocka_unit_test(test_line_ends),
      cmocka_unit_test(test_byte_order_mark),
      cmocka_unit_test(test_bytes_pass),
      cmocka_unit_test(test_end),
      cmocka_unit_test(test_stray),
      cmocka_unit_test(test_many_events),
      cmocka_unit_test(test_zero_copy),
      cmocka_unit_test(test_large),
      cmocka_unit_test(test_limit),
      cmocka_unit_test(test_against_slow_reader),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
