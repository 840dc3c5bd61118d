/* SPDX-License-Identifier: MIT
 * Answers that come in one piece: kept byte by byte, unless a program could not work with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chat/answer/answer.h"
#include "chatabi.h"

typedef struct run {
  cai_answer *answer;
  cai_batch *batch;
  cai_buf events; /* "kind:choice:text|" each */
  cai_buf result;
} run;

static void take(run *r, const char *doc, const char *think_tag) {
  r->answer = cai_answer_new(1 << 20);
  r->batch = cai_batch_new();
  cai_buf_init(&r->events, 1 << 20);
  cai_buf_init(&r->result, 1 << 20);
  if (cai_scan_check(doc, strlen(doc), NULL, NULL)) fail_msg("%s", doc);
  assert_int_equal(cai_answer_set_think_tag(r->answer, think_tag), 0);
  assert_int_equal(cai_answer_set_whole(r->answer, cai_span_of(doc), r->batch), 0);
  assert_int_equal(cai_answer_finish(r->answer, r->batch), 0);
  assert_int_equal(cai_answer_json(r->answer, &r->result), 0);
  for (size_t i = 0; i < r->batch->count; i++)
    cai_buf_format(&r->events, "%d:%d:%s|", r->batch->events[i].kind, r->batch->events[i].choice,
                   cai_batch_text(r->batch, i, NULL));
}

static void done(run *r) {
  cai_buf_fini(&r->events);
  cai_buf_fini(&r->result);
  cai_batch_free(r->batch);
  cai_answer_free(r->answer);
}

#define CALL "{\"id\":\"A\",\"type\":\"function\",\"function\":{\"arguments\":\"{}\",\"name\":\"f\"}}"
#define CUSTOM "{\"id\":\"C\",\"type\":\"custom\",\"custom\":{\"name\":\"c\",\"input\":\"any\"}}"
#define ENDS(message, finish) "{\"choices\":[{\"message\":" message ",\"finish_reason\":" finish "}]}"

static const struct {
  const char *doc;
  const char *events;
  int finish;
} fine[] = {
    {"{ \"id\":\"x\", \"big\":12345678901234567890,\"choices\":[{\"message\":{\"content\":\"hi\",\"reasoning\":\"r\"},"
     "\"index\":0,\"finish_reason\":\"stop\"}] }",
     "2:0:r|1:0:hi|", CAI_FINISH_STOP},
    {"{\"choices\":[{\"index\":1,\"message\":{\"content\":\"b\"},\"finish_reason\":\"length\"},"
     "{\"index\":0,\"message\":{\"content\":null,\"refusal\":\"no\"},\"finish_reason\":\"odd\"}]}",
     "1:1:b|6:0:no|", CAI_FINISH_OTHER},
    {ENDS("{\"tool_calls\":[" CALL "," CUSTOM "]}", "\"tool_calls\""), "4:0:|3:0:f|3:0:c|", CAI_FINISH_TOOL_CALLS},
    {ENDS("{\"function_call\":{\"name\":\"f\",\"arguments\":\"{}\"}}", "\"function_call\""), "4:0:|3:0:f|",
     CAI_FINISH_TOOL_CALLS},
    {ENDS("{\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"hm\"}]},{\"type\":\"text\","
          "\"text\":\"a\"},{\"type\":\"image_url\",\"image_url\":{\"url\":\"u\"}},{\"text\":\"b\"}]}",
          "\"stop\""),
     "2:0:hm|1:0:a|1:0:b|", CAI_FINISH_STOP},
    {ENDS("{\"content\":\"a\",\"reasoning\":null,\"reasoning_details\":[{\"index\":0,\"text\":\"hm\"},{\"index\":1,"
          "\"summary\":\"so\"}]}",
          "\"stop\""),
     "2:0:hm|2:0:so|1:0:a|", CAI_FINISH_STOP},
    {ENDS("{\"content\":\"a\",\"reasoning\":\"hm\",\"reasoning_details\":[{\"index\":0,\"text\":\"hm\"}]}", "\"stop\""),
     "2:0:hm|1:0:a|", CAI_FINISH_STOP},
    {ENDS("null", "\"content_filter\""), "4:0:|", CAI_FINISH_CONTENT_FILTER},
    {"{\"choices\":[{\"finish_reason\":\"content_filter\"}]}", "4:0:|", CAI_FINISH_CONTENT_FILTER},
    {ENDS("{\"content\":\"<think>a</think>b\"}", "\"stop\""), "1:0:<think>a</think>b|", CAI_FINISH_STOP},
    {"{\"object\":\"text_completion\",\"choices\":[{\"index\":0,\"text\":\"hi\",\"finish_reason\":\"length\"}]}",
     "1:0:hi|", CAI_FINISH_LENGTH},
    {"{\"choices\":[{\"text\":\"hi\",\"message\":{\"content\":\"hi\"}}]}", "1:0:hi|", CAI_FINISH_NONE},
    {"{\"object\":\"list\",\"data\":[{\"embedding\":[0.1]}],\"usage\":{\"prompt_tokens\":3,\"total_tokens\":3}}",
     "4:0:|", CAI_FINISH_NONE},
    {"[1,{\"a\":2}]", "4:0:|", CAI_FINISH_NONE},
    {"\"text\"", "4:0:|", CAI_FINISH_NONE},
    {"7", "4:0:|", CAI_FINISH_NONE},
    {"{}", "4:0:|", CAI_FINISH_NONE},
    {"{\"choices\":[]}", "4:0:|", CAI_FINISH_NONE},
    {"{\"choices\":[7,null]}", "4:0:|", CAI_FINISH_NONE},
};

static void test_kept_as_it_came(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
    run r;
    take(&r, fine[i].doc, NULL);
    assert_string_equal(r.result.data, fine[i].doc);
    assert_string_equal(cai_buf_view(&r.events), fine[i].events);
    assert_int_equal(cai_answer_finish_reason(r.answer), fine[i].finish);
    assert_string_equal(cai_batch_json(r.batch, 0, NULL), fine[i].doc);
    done(&r);
  }
}

static const struct {
  const char *doc;
  const char *events;
  const char *choice; /* the result's, from its message on */
  int finish;
} broken[] = {
    {ENDS("{\"tool_calls\":[" CALL "]}", "\"stop\""), "4:0:|3:0:f|",
     "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"A\",\"type\":\"function\",\"function\":{"
     "\"name\":"
     "\"f\",\"arguments\":\"{}\"}}]},\"finish_reason\":\"tool_calls\",\"native_finish_reason\":\"stop\"}]}",
     CAI_FINISH_TOOL_CALLS},
    {ENDS("{\"tool_calls\":[{\"id\":\"A\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":{\"big\":"
          "12345678901234567890}}},{\"id\":\"A\",\"type\":\"function\",\"function\":{\"name\":\"f\"}}]}",
          "null"),
     "4:0:|3:0:f|3:0:f|",
     "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"A\",\"type\":\"function\",\"function\":{"
     "\"name\":"
     "\"f\",\"arguments\":\"{\\\"big\\\":12345678901234567890}\"}},{\"id\":\"A\",\"type\":\"function\",\"function\":{"
     "\"name\":\"f\",\"arguments\":\"{}\"}}]},\"finish_reason\":\"tool_calls\"}]}",
     CAI_FINISH_TOOL_CALLS},
    {ENDS("{\"tool_calls\":[{\"id\":\"A\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{"
          "\\\"a\\\":\\\"x\\ny\\\"}"
          "\"}}," CUSTOM "]}",
          "\"tool_calls\""),
     "4:0:|3:0:f|3:0:c|",
     "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"A\",\"type\":\"function\",\"function\":{"
     "\"name\":"
     "\"f\",\"arguments\":\"{\\\"a\\\":\\\"x\\\\u000ay\\\"}\"}}," CUSTOM "]},\"finish_reason\":\"tool_calls\"}]}",
     CAI_FINISH_TOOL_CALLS},
    {ENDS("{\"function_call\":{\"name\":\"f\",\"arguments\":\"\"}}", "\"function_call\""), "4:0:|3:0:f|",
     "{\"role\":\"assistant\",\"content\":null,\"function_call\":{\"name\":\"f\",\"arguments\":\"{}\"}},\"finish_"
     "reason\":"
     "\"function_call\"}]}",
     CAI_FINISH_TOOL_CALLS},
    {ENDS("{\"content\":\"hm\",\"extra_content\":{\"google\":{\"thought\":true}}}", "\"length\""), "2:0:hm|",
     "{\"role\":\"assistant\",\"content\":\"\",\"reasoning_content\":\"hm\"},\"finish_reason\":\"length\"}]}",
     CAI_FINISH_LENGTH},
    {ENDS("{\"content\":[{\"type\":\"text\",\"text\":\"hm\",\"extra_content\":{\"google\":{\"thought\":true}}},{"
          "\"type\":"
          "\"text\",\"text\":\"a\"}],\"mine\":1}",
          "\"stop\""),
     "2:0:hm|1:0:a|",
     "{\"role\":\"assistant\",\"content\":\"a\",\"reasoning_content\":\"hm\",\"mine\":1},\"finish_reason\":\"stop\"}]}",
     CAI_FINISH_STOP},
    {ENDS("{\"content\":\" \\u003ctag>a</tag>\\nb\"}", "\"stop\""), "2:0:a|1:0:b|",
     "{\"role\":\"assistant\",\"content\":\"b\",\"reasoning_content\":\"a\"},\"finish_reason\":\"stop\"}]}",
     CAI_FINISH_STOP},
    {ENDS("{\"content\":[{\"type\":\"text\",\"text\":\"<tag>a</tag>b\"}]}", "\"stop\""), "2:0:a|1:0:b|",
     "{\"role\":\"assistant\",\"content\":\"b\",\"reasoning_content\":\"a\"},\"finish_reason\":\"stop\"}]}",
     CAI_FINISH_STOP},
};

static void test_mended(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
    run r;
    take(&r, broken[i].doc, "tag");
    const char *from = strstr(r.result.data, "\"message\":");
    assert_non_null(from);
    assert_string_equal(from + strlen("\"message\":"), broken[i].choice);
    assert_string_equal(cai_buf_view(&r.events), broken[i].events);
    assert_int_equal(cai_answer_finish_reason(r.answer), broken[i].finish);
    done(&r);
  }
}

/* What a TOOL event tells stands in the result, made-up ids too. */
static void test_events_and_result_agree(void **state) {
  (void)state;
  static const char *const docs[] = {
      ENDS("{\"tool_calls\":[{\"id\":\"\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}},"
           "{\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}",
           "\"tool_calls\""),
      ENDS("{\"tool_calls\":[" CALL ", " CUSTOM "]}", "\"tool_calls\"")};
  for (size_t i = 0; i < 2; i++) {
    run r;
    size_t tools = 0;
    take(&r, docs[i], NULL);
    for (size_t n = 0; n < r.batch->count; n++) {
      if (r.batch->events[n].kind != CHATABI_TOOL) continue;
      const char *json = cai_batch_json(r.batch, n, NULL);
      assert_non_null(strstr(r.result.data, json));
      assert_null(strstr(json, "\"id\":\"\""));
      tools++;
    }
    assert_int_equal(tools, 2);
    done(&r);
  }
}

static void test_usage_and_id(void **state) {
  (void)state;
  run r;
  take(&r, "{\"id\":\"resp\",\"usage\":{\"total_tokens\":5}}", NULL);
  assert_int_equal(cai_answer_usage(r.answer).total_tokens, 5);
  assert_true(cai_span_equal(cai_answer_id(r.answer), "\"resp\""));
  done(&r);
  take(&r, "{\"id\":7}", NULL);
  assert_null(cai_answer_id(r.answer).at);
  done(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_kept_as_it_came),
      cmocka_unit_test(test_mended),
      cmocka_unit_test(test_events_and_result_agree),
      cmocka_unit_test(test_usage_and_id),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
