/* SPDX-License-Identifier: MIT
 * What deltas bring that the library does not know, put together so that the message can be sent back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "chat/answer/answer.h"
#include "chatabi.h"

enum { DELTAS = 6 };

typedef struct example {
  const char *deltas[DELTAS];
  const char *want; /* the message behind role and content */
} example;

#define INDEXED(name, value, index) "{\"index\":" #index ",\"" name "\":" value "}"

static const example examples[] = {
    {{"\"extra_content\":{\"google\":{\"a\":1,\"s\":\"x\"}}",
      "\"extra_content\":{\"google\":{\"a\":2,\"b\":[1]},\"o\":{}}",
      "\"extra_content\":{\"google\":{\"b\":[2],\"s\":\"\",\"a\":null}}", "\"extra_content\":null"},
     "\"extra_content\":{\"google\":{\"a\":2,\"s\":\"x\",\"b\":[1,2]},\"o\":{}}"},
    {{"\"annotations\":[]", "\"annotations\":[{\"u\":1}]", "\"annotations\":[ {\"u\":2} , {\"u\":3}]",
      "\"annotations\":[{\"u\":3}]", "\"annotations\":null"},
     "\"annotations\":[{\"u\":1},{\"u\":2},{\"u\":3},{\"u\":3}]"},
    {{"\"d\":[" INDEXED("x", "1", 0) "]", "\"d\":[" INDEXED("x", "1", 1) ",7]",
      "\"d\":[" INDEXED("y", "{\"z\":2}", 0) "]", "\"d\":[8," INDEXED("x", "3", 1) ",9]"},
     "\"d\":[{\"index\":0,\"x\":1,\"y\":{\"z\":2}},{\"index\":1,\"x\":3},7,8,9]"},
    {{"\"reasoning_details\":[{\"type\":\"reasoning.text\",\"index\":0,\"text\":\"a\\\"\"}]",
      "\"reasoning_details\":[{\"type\":\"reasoning.text\",\"index\":0,\"text\":\"\"}]",
      "\"reasoning_details\":[{\"type\":\"reasoning.text\",\"index\":0,\"text\":\"b\"}]",
      "\"reasoning_details\":[{\"type\":\"reasoning.encrypted\",\"index\":0,\"data\":\"D\"}]",
      "\"reasoning_details\":[{\"index\":0,\"type\":\"reasoning.text\",\"signature\":\"S\"}]"},
     "\"reasoning_details\":[{\"type\":\"reasoning.text\",\"index\":0,\"text\":\"a\\\"b\",\"signature\":\"S\"},"
     "{\"type\":\"reasoning.encrypted\",\"index\":0,\"data\":\"D\"}]"},
    {{"\"annotations\":[{\"u\":1}]", "\"annotations\":[ {\"u\":1} ]", "\"annotations\":[{\"u\":1},{\"u\":2}]",
      "\"annotations\":[{\"u\":1},{\"u\":2}]", "\"annotations\":[{\"u\":1},{\"u\":2},{\"u\":2}]",
      "\"annotations\":[{\"u\":1},{\"u\":2}]"},
     "\"annotations\":[{\"u\":1},{\"u\":2},{\"u\":2},{\"u\":1},{\"u\":2}]"},
    {{"\"citations\":[\"a\",\"b\"]", "\"citations\":[\"a\",\"b\"]", "\"citations\":[\"a\",\"bc\"]"},
     "\"citations\":[\"a\",\"b\",\"a\",\"bc\"]"},
    {{"\"numbers\":[1,2]", "\"numbers\":[1,2]", "\"numbers\":[1,2,1]"}, "\"numbers\":[1,2,1,2,1,2,1]"},
    {{"\"images\":[{\"type\":\"image_url\",\"index\":0,\"image_url\":{\"url\":\"data:,a\"}}]",
      "\"images\":[{\"type\":\"image_url\",\"index\":0,\"image_url\":{\"url\":\"data:,a\"}}]",
      "\"images\":[{\"type\":\"image_url\",\"index\":1,\"image_url\":{\"url\":\"data:,b\"}}]"},
     "\"images\":[{\"type\":\"image_url\",\"index\":0,\"image_url\":{\"url\":\"data:,a\"}},"
     "{\"type\":\"image_url\",\"index\":1,\"image_url\":{\"url\":\"data:,b\"}}]"},
    {{"\"images\":[{\"url\":\"data:,a\"}]", "\"images\":[{\"url\":\"data:,a\"}]"},
     "\"images\":[{\"url\":\"data:,a\"}]"},
    {{"\"audio\":{\"id\":\"A\",\"transcript\":\"ha\"}", "\"audio\":{\"id\":\"A\",\"transcript\":\"ha\"}",
      "\"audio\":{\"id\":\"A\",\"data\":\"AAAA\"}", "\"audio\":{\"id\":\"A\",\"data\":\"AAAA\"}",
      "\"audio\":{\"id\":\"A\",\"expires_at\":17}", "\"audio\":null"},
     "\"audio\":{\"id\":\"A\",\"transcript\":\"haha\",\"data\":\"AAAAAAAA\",\"expires_at\":17}"},
    {{"\"audio\":{\"data\":\"AAAA\",\"transcript\":\"a\"}", "\"audio\":{\"data\":\"AAAA\",\"transcript\":\"a\"}"},
     "\"audio\":{\"data\":\"AAAA\",\"transcript\":\"a\"}"},
    {{"\"audio\":null", "\"audio\":{\"data\":\"AAAA\"}"}, "\"audio\":{\"data\":\"AAAA\"}"},
    {{"\"mine\":1", "\"mine\":12345678901234567890", "\"mine\":null"}, "\"mine\":12345678901234567890"},
    {{"\"mine\":{\"a\":1}", "\"mine\":[2]", "\"mine\":[3]"}, "\"mine\":[2,3]"},
    {{"\"mine\":[1]", "\"mine\":[2]", "\"mine\":{\"a\":1}", "\"mine\":{\"b\":[]}"}, "\"mine\":{\"a\":1,\"b\":[]}"},
    {{"\"mine\":null", "\"mine\":\"\"", "\"other\":null"}, "\"mine\":\"\",\"other\":null"},
    {{"\"function_call\":{\"name\":\"f\",\"arguments\":\"\"}", "\"function_call\":{\"arguments\":\"{\\\"a\\\":\"}",
      "\"function_call\":{\"name\":\"f\",\"arguments\":\"1}\"}", "\"function_call\":null"},
     "\"function_call\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\":1}\"}"},
    {{"\"function_call\":null"}, "\"function_call\":null"},
    {{"\"tool_calls\":[{\"index\":0,\"id\":\"A\",\"extra_content\":{\"g\":{\"a\":1}},\"function\":{\"name\":\"f\"}}]",
      "\"tool_calls\":[{\"index\":0,\"extra_content\":{\"g\":{\"b\":2}},\"function\":{\"arguments\":\"{}\"}}]"},
     "\"tool_calls\":[{\"id\":\"A\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"},"
     "\"extra_content\":{\"g\":{\"a\":1,\"b\":2}}}]"},
};

static void add(cai_answer *answer, cai_batch *batch, const char *key, const char *delta) {
  cai_buf text;
  cai_buf_init(&text, 1 << 20);
  cai_buf_format(&text, "{\"choices\":[{\"index\":0,\"%s\":{%s}}]}", key, delta);
  assert_int_equal(cai_scan_check(text.data, text.len, NULL, NULL), 0);
  assert_int_equal(cai_answer_add_chunk(answer, (cai_span){text.data, text.len}, batch), 0);
  cai_buf_fini(&text);
}

static cai_span message_of(const cai_answer *answer, cai_buf *out) {
  cai_span choice;
  cai_buf_init(out, 1 << 26);
  assert_int_equal(cai_answer_json(answer, out), 0);
  assert_int_equal(cai_scan_check(out->data, out->len, NULL, NULL), 0);
  cai_scan scan = cai_scan_elements(cai_scan_get((cai_span){out->data, out->len}, "choices"));
  assert_true(cai_scan_element(&scan, &choice));
  return cai_scan_get(choice, "message");
}

static void test_examples(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
    cai_answer *answer = cai_answer_new(1 << 20);
    cai_batch *batch = cai_batch_new();
    cai_buf out;
    for (size_t n = 0; n < DELTAS && examples[i].deltas[n]; n++) add(answer, batch, "delta", examples[i].deltas[n]);
    cai_span message = message_of(answer, &out);
    cai_span content = cai_scan_get(message, "content");
    const char *rest = content.at + content.len + 1;
    out.data[(size_t)(message.at - out.data) + message.len - 1] = '\0';
    assert_string_equal(rest, examples[i].want);
    cai_buf_fini(&out);
    cai_answer_free(answer);
    cai_batch_free(batch);
  }
}

/* Beyond the number of fields elements are kept side by side. */
static void test_many_elements(void **state) {
  (void)state;
  cai_answer *answer = cai_answer_new(1 << 20);
  cai_batch *batch = cai_batch_new();
  cai_buf delta, out;
  cai_span element, message;
  size_t count = 0;
  cai_buf_init(&delta, 1 << 20);
  for (int i = 0; i < 400; i++) {
    cai_buf_reset(&delta);
    cai_buf_format(&delta, "\"d\":[{\"index\":%d,\"n\":1}]", i % 200);
    add(answer, batch, "delta", delta.data);
  }
  message = message_of(answer, &out);
  cai_scan scan = cai_scan_elements(cai_scan_get(message, "d"));
  while (cai_scan_element(&scan, &element)) count++;
  assert_in_range(count, 200, 400);
  cai_buf_fini(&out);
  cai_buf_fini(&delta);
  cai_answer_free(answer);
  cai_batch_free(batch);
}

/* Bookkeeping counts: many small parts cannot take more memory than the answer may have. */
static void test_room(void **state) {
  (void)state;
  cai_answer *answer = cai_answer_new(20000);
  cai_batch *batch = cai_batch_new();
  cai_buf chunk;
  int error = 0;
  cai_buf_init(&chunk, 1 << 20);
  for (int i = 0; i < 4000 && !error; i++) {
    cai_buf_reset(&chunk);
    cai_buf_format(&chunk, "{\"choices\":[{\"delta\":{\"d\":{\"%d\":{\"%d\":[]}}}}]}", i / 100, i % 100);
    error = cai_answer_add_chunk(answer, (cai_span){chunk.data, chunk.len}, batch);
  }
  assert_int_equal(error, CHATABI_E_TOO_LARGE);
  cai_buf_fini(&chunk);
  cai_answer_free(answer);
  cai_batch_free(batch);
}

static double seconds_for(const char *delta, int times, const char *key) {
  cai_answer *answer = cai_answer_new(1 << 26);
  cai_buf out;
  clock_t before = clock();
  for (int i = 0; i < times; i += 1000) {
    cai_batch *batch = cai_batch_new();
    for (int n = 0; n < 1000; n++) add(answer, batch, "delta", i + n ? delta : "\"d\":[0]");
    cai_batch_free(batch);
  }
  double seconds = (double)(clock() - before) / CLOCKS_PER_SEC;
  cai_span value = cai_scan_get(message_of(answer, &out), key);
  assert_true(value.len >= (size_t)times);
  cai_buf_fini(&out);
  cai_answer_free(answer);
  return seconds;
}

/* A piece costs what it is long, not what was there before: ten times the pieces may take some thirty times as long on
 * a busy machine, but not a hundred. */
static void expect_linear(const char *delta, const char *key) {
  double few = seconds_for(delta, 2000, key), many = seconds_for(delta, 20000, key);
  if (many > 0.5 && many > few * 30) fail_msg("%s: %f s, then %f s", delta, few, many);
}

static void test_time(void **state) {
  (void)state;
  expect_linear("\"d\":[{\"u\":\"0123456789012345678901234567890\"}]", "d");
  expect_linear("\"d\":[{\"index\":0,\"text\":\"0123456789012345678901234567890\"}]", "d");
  expect_linear(
      "\"tool_calls\":[{\"index\":0,\"function\":{\"name\":\"f\",\"arguments\":\"01234567890123456789012345}\"}}]",
      "tool_calls");
}

/* Asking for the numbers is free, however long the object is that they stand in. */
static void test_usage(void **state) {
  (void)state;
  cai_answer *answer = cai_answer_new(1 << 26);
  cai_batch *batch = cai_batch_new();
  cai_buf chunk;
  cai_buf_init(&chunk, 1 << 26);
  cai_buf_text(&chunk, "{\"usage\":{\"total_tokens\":1,\"prompt_tokens\":\"x\",\"total_tokens\":7,\"pad\":[0");
  for (size_t i = 0; i < 4 * 1024 * 1024; i++) cai_buf_text(&chunk, ",0");
  cai_buf_text(&chunk, "]}}");
  assert_int_equal(cai_answer_add_chunk(answer, (cai_span){chunk.data, chunk.len}, batch), 0);
  cai_buf_fini(&chunk);
  clock_t before = clock();
  for (int i = 0; i < 100; i++) {
    assert_int_equal(cai_answer_usage(answer).total_tokens, 7);
    assert_int_equal(cai_answer_usage(answer).prompt_tokens, -1);
  }
  assert_true(clock() - before < CLOCKS_PER_SEC / 2);
  static const char again[] = "{\"usage\":{\"prompt_tokens\":3}}";
  assert_int_equal(cai_answer_add_chunk(answer, cai_span_of(again), batch), 0);
  assert_int_equal(cai_answer_usage(answer).prompt_tokens, 3);
  assert_int_equal(cai_answer_usage(answer).total_tokens, -1);
  cai_answer_reset(answer);
  assert_int_equal(cai_answer_usage(answer).prompt_tokens, -1);
  cai_answer_free(answer);
  cai_batch_free(batch);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_examples), cmocka_unit_test(test_many_elements), cmocka_unit_test(test_room),
      cmocka_unit_test(test_time),     cmocka_unit_test(test_usage),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
