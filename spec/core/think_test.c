/* SPDX-License-Identifier: MIT
 * Reasoning between tags at the start of the text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chat/answer/answer.h"
#include "chatabi.h"

typedef struct example {
  const char *text; /* as between the quotes of a JSON string */
  const char *reasoning;
  const char *rest;
} example;

static const example examples[] = {
    {"<think>hm</think>Yes", "hm", "Yes"},
    {" \\n<think>\\nhm\\n</think>\\n\\nYes\\n", "\nhm\n", "Yes\n"},
    {"\\u003cthink\\u003ehm\\u003c\\/think\\u003e Yes", "hm", "Yes"},
    {"\\u003Cthink>a<b</thinking></ think></thin</think>c", "a<b</thinking></ think></thin", "c"},
    {"<think>a<</think>b", "a<", "b"},
    {"<think></think>b", "", "b"},
    {"<think></think>", "", ""},
    {"<think>never closed </think", "never closed </think", ""},
    {"<think>", "", ""},
    {"<thin", "", "<thin"},
    {"<thinker>a</thinker>", "", "<thinker>a</thinker>"},
    {"  \\t", "", "  \t"},
    {"  Yes <think>no</think>", "", "  Yes <think>no</think>"},
    {"<<think>no</think>", "", "<<think>no</think>"},
    {"a</think>b", "", "a</think>b"},
    {"<think>a</think>b<think>c</think>", "a", "b<think>c</think>"},
    {"<think>\\ud83d\\ude00\xC3\xA9\\\"\\\\</think>\\ud83d\\ude00\\\"", "\xF0\x9F\x98\x80\xC3\xA9\"\\",
     "\xF0\x9F\x98\x80\""},
    {"\\u00a0<think>a</think>", "", "\xC2\xA0<think>a</think>"},
};

typedef struct heard {
  cai_buf reasoning;
  cai_buf text;
} heard;

static void hear(heard *h, const cai_batch *batch) {
  for (size_t i = 0; i < batch->count; i++) {
    size_t len;
    const char *text = cai_batch_text(batch, i, &len);
    if (batch->events[i].kind == CHATABI_TEXT) cai_buf_append(&h->text, text, len);
    if (batch->events[i].kind == CHATABI_REASONING) cai_buf_append(&h->reasoning, text, len);
  }
}

static void feed(cai_answer *answer, cai_batch *batch, const char *text, size_t len) {
  cai_buf chunk;
  cai_buf_init(&chunk, 1 << 20);
  cai_buf_format(&chunk, "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%.*s\"}}]}", (int)len, text);
  if (cai_scan_check(chunk.data, chunk.len, NULL, NULL)) fail_msg("%s", chunk.data);
  assert_int_equal(cai_answer_add_chunk(answer, (cai_span){chunk.data, chunk.len}, batch), 0);
  cai_buf_fini(&chunk);
}

/* The message's member as plain text; "" when absent. */
static void read_member(const cai_answer *answer, const char *name, cai_buf *out) {
  cai_buf json;
  cai_span choice;
  cai_buf_init(&json, 1 << 20);
  assert_int_equal(cai_answer_json(answer, &json), 0);
  assert_int_equal(cai_scan_check(json.data, json.len, NULL, NULL), 0);
  cai_scan scan = cai_scan_elements(cai_scan_get((cai_span){json.data, json.len}, "choices"));
  assert_true(cai_scan_element(&scan, &choice));
  cai_scan_string(cai_scan_get(cai_scan_get(choice, "message"), name), out);
  cai_buf_fini(&json);
}

static void expect_member(const cai_answer *answer, const char *name, const char *want) {
  cai_buf got;
  cai_buf_init(&got, 1 << 20);
  read_member(answer, name, &got);
  assert_string_equal(cai_buf_view(&got), want);
  cai_buf_fini(&got);
}

/* Where the text may be cut: never inside an escape or a character. */
static size_t unit(const char *at) {
  if (*at == '\\') return at[1] == 'u' ? 6 : 2;
  return (unsigned char)*at >= 0xC0 ? 2 : 1;
}

static void play(const example *e, size_t first, size_t second) {
  heard h;
  size_t len = strlen(e->text);
  cai_answer *answer = cai_answer_new(1 << 20);
  cai_batch *batch = cai_batch_new();
  cai_buf_init(&h.reasoning, 1 << 20);
  cai_buf_init(&h.text, 1 << 20);
  assert_int_equal(cai_answer_set_think_tag(answer, "think"), 0);
  feed(answer, batch, e->text, first);
  feed(answer, batch, e->text + first, second - first);
  feed(answer, batch, e->text + second, len - second);
  assert_int_equal(cai_answer_finish(answer, batch), 0);
  hear(&h, batch);
  /* A pair cut in two reads wrong in the events, but not in the result. */
  if (!strstr(e->text, "ud83d")) {
    assert_string_equal(cai_buf_view(&h.reasoning), e->reasoning);
    assert_string_equal(cai_buf_view(&h.text), e->rest);
  }
  expect_member(answer, "reasoning_content", e->reasoning);
  expect_member(answer, "content", e->rest);
  cai_buf_fini(&h.reasoning);
  cai_buf_fini(&h.text);
  cai_answer_free(answer);
  cai_batch_free(batch);
}

static void test_every_cut(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
    const char *text = examples[i].text;
    for (size_t first = 0; text[first]; first += unit(text + first))
      for (size_t second = first; text[second]; second += unit(text + second)) play(&examples[i], first, second);
  }
}

static void test_off_unless_asked(void **state) {
  (void)state;
  cai_answer *answer = cai_answer_new(1 << 20);
  cai_batch *batch = cai_batch_new();
  feed(answer, batch, "<think>a</think>b", 17);
  expect_member(answer, "content", "<think>a</think>b");
  cai_answer_reset(answer);
  assert_int_equal(cai_answer_set_think_tag(answer, "thought"), 0);
  feed(answer, batch, "<thought>a</thought>b", 21);
  expect_member(answer, "content", "b");
  cai_answer_reset(answer);
  feed(answer, batch, "<thought>a</thought>c", 21);
  expect_member(answer, "content", "c");
  cai_answer_reset(answer);
  assert_int_equal(cai_answer_set_think_tag(answer, NULL), 0);
  feed(answer, batch, "<thought>a</thought>", 20);
  expect_member(answer, "content", "<thought>a</thought>");
  cai_answer_free(answer);
  cai_batch_free(batch);
}

/* An answer that breaks off still gives what it held back. */
static void test_broken_off(void **state) {
  (void)state;
  cai_answer *answer = cai_answer_new(1 << 20);
  cai_batch *batch = cai_batch_new();
  assert_int_equal(cai_answer_set_think_tag(answer, "think"), 0);
  feed(answer, batch, "<think>a</th", 12);
  assert_int_equal(cai_answer_settle(answer, batch), 0);
  assert_int_equal(cai_answer_settle(answer, batch), 0);
  assert_int_equal(batch->count, 2);
  assert_string_equal(cai_batch_text(batch, 1, NULL), "</th");
  expect_member(answer, "reasoning_content", "a</th");
  cai_answer_free(answer);
  cai_batch_free(batch);
}

/* What is held back stands before a part that comes behind it, and a tag may follow all the same. */
static void test_held_before_other_parts(void **state) {
  (void)state;
  static const char image[] = "{\"choices\":[{\"index\":0,\"delta\":{\"content\":[{\"type\":\"image_url\"}]}}]}";
  cai_answer *answer = cai_answer_new(1 << 20);
  cai_batch *batch = cai_batch_new();
  cai_buf out;
  cai_buf_init(&out, 1 << 20);
  assert_int_equal(cai_answer_set_think_tag(answer, "think"), 0);
  assert_int_equal(cai_answer_add_chunk(answer, cai_span_of(image), batch), 0);
  feed(answer, batch, "<think>a</th", 12);
  assert_int_equal(cai_answer_add_chunk(answer, cai_span_of(image), batch), 0);
  feed(answer, batch, "b</think>c<t", 12);
  assert_int_equal(cai_answer_finish(answer, batch), 0);
  assert_int_equal(cai_answer_json(answer, &out), 0);
  assert_non_null(strstr(cai_buf_view(&out), "\"reasoning_content\":\"a</thb\""));
  assert_non_null(strstr(cai_buf_view(&out),
                         "[{\"type\":\"image_url\"},{\"type\":\"image_url\"},{\"type\":\"text\",\"text\":\"c<t\"}]"));
  cai_answer_reset(answer);
  cai_buf_reset(&out);
  feed(answer, batch, " <th", 4);
  assert_int_equal(cai_answer_add_chunk(answer, cai_span_of(image), batch), 0);
  assert_string_equal(cai_batch_text(batch, batch->count - 1, NULL), " <th");
  assert_int_equal(cai_answer_json(answer, &out), 0);
  assert_non_null(strstr(cai_buf_view(&out), "[{\"type\":\"text\",\"text\":\" <th\"},{\"type\":\"image_url\"}]"));
  cai_buf_fini(&out);
  cai_answer_free(answer);
  cai_batch_free(batch);
}

/* White space without end is not held back without end. */
static void test_much_space(void **state) {
  (void)state;
  cai_answer *answer = cai_answer_new(1 << 20);
  cai_batch *batch = cai_batch_new();
  assert_int_equal(cai_answer_set_think_tag(answer, "think"), 0);
  for (int i = 0; i < 2000; i++) feed(answer, batch, "  ", 2);
  size_t len = 0;
  for (size_t i = 0; i < batch->count; i++) len += batch->events[i].text_len;
  assert_int_equal(len, 4000);
  cai_answer_free(answer);
  cai_batch_free(batch);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_cut),  cmocka_unit_test(test_off_unless_asked),
      cmocka_unit_test(test_broken_off), cmocka_unit_test(test_held_before_other_parts),
      cmocka_unit_test(test_much_space),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
