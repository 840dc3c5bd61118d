/* SPDX-License-Identifier: MIT
 * What the user is told while a message comes, and the message that stands in the result. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chat/answer/answer.h"
#include "chatabi.h"

enum { DELTAS = 8 };

typedef struct example {
  const char *deltas[DELTAS];
  const char *events; /* "kind:text|" each; OTHER left out */
  const char *message;
} example;

#define THOUGHT "\"extra_content\":{\"google\":{\"thought\":true}}"
#define SIGNED "\"extra_content\":{\"google\":{\"thought_signature\":\"S\"}}"
#define SAYS(text) "{\"role\":\"assistant\",\"content\":" text
#define PART(text) "{\"type\":\"text\",\"text\":\"" text "\"}"
#define IMAGE "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:,\"}}"
#define MISTRAL(text) "{\"type\":\"thinking\",\"thinking\":[" PART(text) "]}"

static const example thoughts[] = {
    {{"\"content\":\"hm\"," THOUGHT, "\"content\":\" so\"," THOUGHT, "\"content\":\"Yes\"",
      "\"content\":\".\"," SIGNED},
     "2:hm|2: so|1:Yes|1:.|",
     SAYS("\"Yes.\",\"reasoning_content\":\"hm so\"," SIGNED "}")},
    {{"\"content\":\"hm\",\"extra_content\":{\"a\":1,\"google\":{\"b\":2,\"thought\":true},\"c\":3}",
      "\"content\":\"x\""},
     "2:hm|1:x|",
     SAYS("\"x\",\"reasoning_content\":\"hm\",\"extra_content\":{\"a\":1,\"c\":3,\"google\":{\"b\":2}}}")},
    {{"\"content\":\"x\",\"extra_content\":{\"google\":{\"thought\":false}}"},
     "1:x|",
     SAYS("\"x\",\"extra_content\":{\"google\":{\"thought\":false}}}")},
    {{"\"content\":null," THOUGHT}, "", SAYS("\"\"}")},
    {{"\"content\":[{\"type\":\"text\",\"text\":\"hm\"," THOUGHT "}," PART("Yes") "]"},
     "2:hm|1:Yes|",
     SAYS("\"Yes\",\"reasoning_content\":\"hm\"}")},
    {{"\"content\":[" PART("hm") "," PART(" so") "]," THOUGHT, "\"content\":\"Yes\""},
     "2:hm|2: so|1:Yes|",
     SAYS("\"Yes\",\"reasoning_content\":\"hm so\"}")},
    {{"\"content\":\"A\",\"reasoning_content\":\"why\"", "\"reasoning\":\"so\",\"reasoning_content\":\"so\""},
     "2:why|1:A|2:so|",
     SAYS("\"A\",\"reasoning_content\":\"whyso\",\"reasoning\":\"so\"}")},
    {{"\"reasoning_text\":\"a\"", "\"reasoning_text\":\"b\"", "\"content\":\"c\""},
     "2:a|2:b|1:c|",
     SAYS("\"c\",\"reasoning_text\":\"ab\"}")},
    {{"\"reasoning_details\":[{\"type\":\"reasoning.text\",\"index\":0,\"text\":\"a\"}]",
      "\"reasoning_details\":[{\"type\":\"reasoning.text\",\"index\":0,\"text\":\"b\"}]",
      "\"reasoning_details\":[{\"type\":\"reasoning.summary\",\"index\":1,\"summary\":\"c\"}]"},
     "2:a|2:b|2:c|",
     SAYS("\"\",\"reasoning_details\":[{\"type\":\"reasoning.text\",\"index\":0,\"text\":\"ab\"},{\"type\":\"reasoning."
          "summary\",\"index\":1,\"summary\":\"c\"}]}")},
    {{"\"reasoning\":\"a\",\"reasoning_details\":[{\"index\":0,\"text\":\"a\"}]",
      "\"reasoning_details\":[{\"index\":0,\"text\":\"\"}]"},
     "2:a|",
     SAYS("\"\",\"reasoning\":\"a\",\"reasoning_details\":[{\"index\":0,\"text\":\"a\"}]}")},
};

static const example parts[] = {
    {{"\"content\":[" MISTRAL("Ok") "]", "\"content\":[" MISTRAL(", 4") "]", "\"content\":\"It is\"",
      "\"content\":\" 4\""},
     "2:Ok|2:, 4|1:It is|1: 4|",
     SAYS("[" MISTRAL("Ok, 4") "," PART("It is 4") "]}")},
    {{"\"content\":[{\"type\":\"thinking\",\"thinking\":[" PART("a") ",{\"type\":\"reference\",\"reference_ids\":[1]}],"
                                                                     "\"closed\":true}]",
      "\"content\":[" MISTRAL("b") "]"},
     "2:a|2:b|",
     SAYS("[{\"type\":\"thinking\",\"closed\":true,\"thinking\":[" PART(
         "a") ",{\"type\":\"reference\",\"reference_ids\":[1]}]}," MISTRAL("b") "]}")},
    {{"\"content\":[{\"type\":\"thinking\",\"thinking\":\"a\"}]",
      "\"content\":[{\"type\":\"thinking\",\"thinking\":\"b\",\"signature\":\"S\"}]",
      "\"content\":[{\"type\":\"thinking\",\"thinking\":\"c\"}]"},
     "2:a|2:b|2:c|",
     SAYS("[{\"type\":\"thinking\",\"signature\":\"S\",\"thinking\":\"ab\"},{\"type\":\"thinking\",\"thinking\":\"c\"}]"
          "}")},
    {{"\"content\":[" PART("a") "," PART("b") "," IMAGE "]", "\"content\":[" PART("c") "]", "\"content\":\"d\""},
     "1:a|1:b|1:c|1:d|",
     SAYS("[" PART("ab") "," IMAGE "," PART("cd") "]}")},
    {{"\"content\":[{\"type\":\"text\",\"text\":\"a\"," SIGNED "}]", "\"content\":[" PART("b") "]"},
     "1:a|1:b|",
     SAYS("[{\"type\":\"text\",\"text\":\"a\"," SIGNED "}," PART("b") "]}")},
    {{"\"content\":[{\"type\":\"refusal\",\"refusal\":\"no\"}]"},
     "6:no|",
     SAYS("[{\"type\":\"refusal\",\"refusal\":\"no\"}]}")},
    {{"\"content\":[\"a\",7,null,{}]", "\"content\":[]"}, "1:a|", SAYS("[" PART("a") ",7,null,{}]}")},
    {{"\"content\":[]"}, "", SAYS("\"\"}")},
};

static const example others[] = {
    {{"\"refusal\":\"I ca\",\"content\":null", "\"refusal\":\"n't\""},
     "6:I ca|6:n't|",
     SAYS("null,\"refusal\":\"I can't\"}")},
    {{"\"refusal\":null,\"content\":\"a\""}, "1:a|", SAYS("\"a\",\"refusal\":null}")},
    {{"\"function_call\":{\"name\":\"f\",\"arguments\":\"\"}", "\"function_call\":{\"arguments\":\"{\\\"a\\\":1}\"}"},
     "3:f={\"name\":\"f\",\"arguments\":\"{\\\"a\\\":1}\"}|",
     SAYS("null,\"function_call\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\":1}\"}}")},
    {{"\"tool_calls\":[{\"index\":0,\"id\":\"C\",\"type\":\"custom\",\"custom\":{\"name\":\"c\",\"input\":\"a\\n\"}}]",
      "\"tool_calls\":[{\"index\":0,\"custom\":{\"input\":\"b\"}}]"},
     "3:c={\"id\":\"C\",\"type\":\"custom\",\"custom\":{\"name\":\"c\",\"input\":\"a\\nb\"}}|",
     SAYS("null,\"tool_calls\":[{\"id\":\"C\",\"type\":\"custom\",\"custom\":{\"name\":\"c\",\"input\":\"a\\nb\"}}]}")},
    {{"\"tool_calls\":[{\"index\":0,\"id\":\"A\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\n\\\"a\\\":\\\"x\\n\"}"
      "}]",
      "\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"\\ty\\\"}\"}}]"},
     "3:f={\"id\":\"A\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\n\\\"a\\\":"
     "\\\"x\\\\u000a\\\\u0009y\\\"}\"}}|",
     SAYS("null,\"tool_calls\":[{\"id\":\"A\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\n"
          "\\\"a\\\":\\\"x\\\\u000a\\\\u0009y\\\"}\"}}]}")},
    {{"\"tool_calls\":[{\"id\":\"A\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\n\\\"a\"}}]"},
     "3:f={\"id\":\"A\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\n\\\"a\"}}|",
     SAYS("null,\"tool_calls\":[{\"id\":\"A\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\n"
          "\\\"a\"}}]}")},
    {{"\"function_call\":{\"name\":\"f\"}"},
     "3:f={\"name\":\"f\",\"arguments\":\"{}\"}|",
     SAYS("null,\"function_call\":{\"name\":\"f\",\"arguments\":\"{}\"}}")},
};

/* "\xF0\x9F\x98\x80" is U+1F600. */
static const example halves[] = {
    {{"\"content\":\"a\\ud83d\"", "\"content\":\"\\ude00b\""},
     "1:a|1:\xF0\x9F\x98\x80"
     "b|",
     SAYS("\"a\xF0\x9F\x98\x80"
          "b\"}")},
    {{"\"content\":\"\\uD83D\"", "\"content\":\"\"", "\"content\":\"\\uDE00\\uD83D\"", "\"content\":\"\\uDE00\""},
     "1:\xF0\x9F\x98\x80|1:\xF0\x9F\x98\x80|",
     SAYS("\"\xF0\x9F\x98\x80\xF0\x9F\x98\x80\"}")},
    {{"\"reasoning_content\":\"\\ud83d\"", "\"reasoning_content\":\"\\ude00\""},
     "2:\xF0\x9F\x98\x80|",
     SAYS("\"\",\"reasoning_content\":\"\xF0\x9F\x98\x80\"}")},
    /* what stays half: before another kind, before other text, at the end */
    {{"\"reasoning_content\":\"r\\ud83d\"", "\"content\":\"\\ude00c\""},
     "2:r|2:\xEF\xBF\xBD|1:\xEF\xBF\xBD"
     "c|",
     SAYS("\"\xEF\xBF\xBD"
          "c\",\"reasoning_content\":\"r\xEF\xBF\xBD\"}")},
    {{"\"content\":\"\\ud83d\"", "\"content\":\"\\ud83d\"", "\"content\":\"x\\ud83d\""},
     "1:\xEF\xBF\xBD|1:\xEF\xBF\xBDx|1:\xEF\xBF\xBD|",
     SAYS("\"\xEF\xBF\xBD\xEF\xBF\xBDx\xEF\xBF\xBD\"}")},
    /* an escaped backslash, and a second half alone, wait for nothing */
    {{"\"content\":\"\\\\ud83d\"", "\"content\":\"\\ude00\""},
     "1:\\ud83d|1:\xEF\xBF\xBD|",
     SAYS("\"\\\\ud83d\xEF\xBF\xBD\"}")},
};

static void log_events(const cai_batch *batch, cai_buf *out) {
  cai_buf_text(out, "");
  for (size_t i = 0; i < batch->count; i++) {
    if (batch->events[i].kind == CHATABI_OTHER) continue;
    cai_buf_format(out, "%d:%s", batch->events[i].kind, cai_batch_text(batch, i, NULL));
    if (batch->events[i].kind == CHATABI_TOOL) cai_buf_format(out, "=%s", cai_batch_json(batch, i, NULL));
    cai_buf_byte(out, '|');
  }
}

static void add(cai_answer *answer, cai_batch *batch, const char *delta) {
  cai_buf text;
  cai_buf_init(&text, 1 << 20);
  cai_buf_format(&text, "{\"choices\":[{\"index\":0,\"delta\":{%s}}]}", delta);
  if (cai_scan_check(text.data, text.len, NULL, NULL)) fail_msg("%s", text.data);
  assert_int_equal(cai_answer_add_chunk(answer, (cai_span){text.data, text.len}, batch), 0);
  cai_buf_fini(&text);
}

static void expect_message(const cai_answer *answer, const char *want) {
  cai_buf out;
  cai_span choice;
  cai_buf_init(&out, 1 << 20);
  assert_int_equal(cai_answer_json(answer, &out), 0);
  if (cai_scan_check(out.data, out.len, NULL, NULL)) fail_msg("%s", out.data);
  cai_scan scan = cai_scan_elements(cai_scan_get((cai_span){out.data, out.len}, "choices"));
  assert_true(cai_scan_element(&scan, &choice));
  cai_span message = cai_scan_get(choice, "message");
  out.data[(size_t)(message.at - out.data) + message.len] = '\0';
  assert_string_equal(message.at, want);
  cai_buf_fini(&out);
}

static void play(const example *e) {
  cai_answer *answer = cai_answer_new(1 << 20);
  cai_batch *batch = cai_batch_new();
  cai_buf events;
  cai_buf_init(&events, 1 << 20);
  for (size_t n = 0; n < DELTAS && e->deltas[n]; n++) add(answer, batch, e->deltas[n]);
  assert_int_equal(cai_answer_finish(answer, batch), 0);
  log_events(batch, &events);
  assert_string_equal(cai_buf_view(&events), e->events);
  expect_message(answer, e->message);
  cai_buf_fini(&events);
  cai_answer_free(answer);
  cai_batch_free(batch);
}

#define PLAY_ALL(examples) \
  for (size_t i = 0; i < sizeof(examples) / sizeof *(examples); i++) play(&(examples)[i])

static void test_thoughts_are_kept_apart(void **state) {
  (void)state;
  PLAY_ALL(thoughts);
}

static void test_parts_stay_in_order(void **state) {
  (void)state;
  PLAY_ALL(parts);
}

static void test_refusals_and_old_calls(void **state) {
  (void)state;
  PLAY_ALL(others);
}

static void test_characters_are_never_cut(void **state) {
  (void)state;
  PLAY_ALL(halves);
}

/* The half belongs to its choice, and a chunk that brought nothing else is an event all the same. */
static void test_halves_of_two_choices(void **state) {
  (void)state;
  static const char *const chunks[] = {"{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\\ud83d\"}}]}",
                                       "{\"choices\":[{\"index\":1,\"delta\":{\"content\":\"\\ud83d\"}}]}",
                                       "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\\ude00\"}}]}",
                                       "{\"choices\":[{\"index\":1,\"delta\":{\"content\":\"\\ude01\"}}]}"};
  cai_answer *answer = cai_answer_new(1 << 20);
  cai_batch *batch = cai_batch_new();
  for (size_t i = 0; i < 4; i++) assert_int_equal(cai_answer_add_chunk(answer, cai_span_of(chunks[i]), batch), 0);
  assert_int_equal(batch->count, 4);
  for (size_t i = 0; i < 4; i++) {
    assert_int_equal(batch->events[i].kind, i < 2 ? CHATABI_OTHER : CHATABI_TEXT);
    assert_string_equal(cai_batch_json(batch, i, NULL), chunks[i]);
  }
  assert_string_equal(cai_batch_text(batch, 2, NULL), "\xF0\x9F\x98\x80");
  assert_string_equal(cai_batch_text(batch, 3, NULL), "\xF0\x9F\x98\x81");
  assert_int_equal(batch->events[3].choice, 1);
  cai_answer_free(answer);
  cai_batch_free(batch);
}

/* Each of a chunk's texts is an event; the chunk's JSON goes with the first. */
static void test_json_goes_once(void **state) {
  (void)state;
  cai_answer *answer = cai_answer_new(1 << 20);
  cai_batch *batch = cai_batch_new();
  add(answer, batch, "\"content\":[" PART("a") "," PART("b") "],\"reasoning\":\"r\",\"refusal\":\"n\"");
  assert_int_equal(batch->count, 4);
  for (size_t i = 0; i < 4; i++) assert_true(!*cai_batch_json(batch, i, NULL) == (i > 0));
  cai_answer_free(answer);
  cai_batch_free(batch);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_thoughts_are_kept_apart), cmocka_unit_test(test_parts_stay_in_order),
      cmocka_unit_test(test_refusals_and_old_calls),  cmocka_unit_test(test_characters_are_never_cut),
      cmocka_unit_test(test_halves_of_two_choices),   cmocka_unit_test(test_json_goes_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
