/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/json.h"
#include "chat/answer/answer.h"
#include "chatabi.h"

typedef struct run {
  cai_answer *answer;
  cai_batch *batch;
} run;

static run begin(void) { return (run){cai_answer_new(1 << 20), cai_batch_new()}; }

static void end(run *r) {
  cai_answer_free(r->answer);
  cai_batch_free(r->batch);
}

static void chunk(run *r, const char *text) {
  assert_int_equal(cai_scan_check(text, strlen(text), NULL, NULL), 0);
  assert_int_equal(cai_answer_add_chunk(r->answer, cai_span_of(text), r->batch), 0);
}

/* A chunk with these tool_calls elements in the delta of choice 0. */
static void calls(run *r, const char *elements) {
  char text[4096];
  snprintf(text, sizeof text, "{\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[%s]}}]}", elements);
  chunk(r, text);
}

static cJSON *result(const run *r) {
  cai_buf out;
  cai_err err;
  cai_buf_init(&out, 1 << 20);
  assert_int_equal(cai_answer_json(r->answer, &out), 0);
  cJSON *tree = cai_json_parse(cai_buf_view(&out), out.len, "result", &err);
  if (!tree) fail_msg("%s: %s", err.message, cai_buf_view(&out));
  cai_buf_fini(&out);
  return tree;
}

static void expect_result(const run *r, const char *want) {
  cai_buf out;
  cai_buf_init(&out, 1 << 20);
  assert_int_equal(cai_answer_json(r->answer, &out), 0);
  assert_string_equal(cai_buf_view(&out), want);
  cai_buf_fini(&out);
}

/* Finishes and compares "name(arguments)#id" of all calls. */
static void expect_calls(run *r, const char *want) {
  char got[4096] = "";
  assert_int_equal(cai_answer_finish(r->answer, r->batch), 0);
  cJSON *tree = result(r);
  const cJSON *choice = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(tree, "choices"), 0), *call;
  const cJSON *list = cJSON_GetObjectItemCaseSensitive(cai_json_object(choice, "message"), "tool_calls");
  cJSON_ArrayForEach(call, list) {
    const cJSON *function = cai_json_object(call, "function");
    const char *id = cai_json_string(call, "id");
    assert_string_equal(cai_json_string(call, "type"), "function");
    size_t len = strlen(got);
    snprintf(got + len, sizeof got - len, "%s(%s)#%s ", cai_json_string(function, "name"),
             cai_json_string(function, "arguments"), strncmp(id, "call_", 5) == 0 && strlen(id) == 29 ? "new" : id);
  }
  assert_string_equal(got, want);
  assert_string_equal(cai_json_string(choice, "finish_reason"), "tool_calls");
  cJSON_Delete(tree);
}

static void test_text(void **state) {
  (void)state;
  run r = begin();
  assert_true(cai_answer_is_empty(r.answer));
  chunk(&r,
        "{\"id\":\"i\",\"object\":\"chat.completion.chunk\",\"created\":12345678901234567890,\"model\":\"m\","
        "\"choices\":["
        "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"logprobs\":null,\"finish_reason\":null}],"
        "\"usage\":null}");
  chunk(&r,
        "{\"id\":\"i\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hel\\u00e9\\n\"}}],\"obfuscation\":\"zz\"}");
  chunk(&r, "{\"id\":\"i\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"lo\"}}],\"service_tier\":\"x\"}");
  assert_false(cai_answer_is_finished(r.answer));
  chunk(&r, "{\"id\":\"i\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}");
  assert_true(cai_answer_is_finished(r.answer));
  chunk(&r, "{\"id\":\"i\",\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4,\"total_tokens\":9}}");
  chunk(&r, "{\"id\":\"\",\"choices\":null,\"usage\":null}");
  assert_int_equal(cai_answer_finish(r.answer, r.batch), 0);
  assert_int_equal(r.batch->count, 6);
  static const int kinds[] = {4, 1, 1, 4, 4, 4};
  for (size_t i = 0; i < 6; i++) assert_int_equal(r.batch->events[i].kind, kinds[i]);
  assert_string_equal(cai_batch_text(r.batch, 1, NULL), "Hel\xC3\xA9\n");
  assert_non_null(strstr(cai_batch_json(r.batch, 1, NULL), "Hel\\u00e9"));
  cai_usage usage = cai_answer_usage(r.answer);
  assert_int_equal(usage.prompt_tokens, 3);
  assert_int_equal(usage.total_tokens, 9);
  expect_result(
      &r,
      "{\"id\":\"i\",\"object\":\"chat.completion\",\"created\":12345678901234567890,\"model\":\"m\",\"service_tier\":"
      "\"x\","
      "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Hel\\u00e9\\nlo\"},\"logprobs\":"
      "null,"
      "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4,\"total_tokens\":9}}");
  cai_answer_reset(r.answer);
  assert_true(cai_answer_is_empty(r.answer));
  expect_result(&r, "");
  end(&r);
}

static void test_usage_without_numbers_is_none(void **state) {
  (void)state;
  run r = begin();
  chunk(&r, "{\"choices\":[],\"usage\":{\"extra\":1}}");
  chunk(&r, "{\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"total_tokens\":9}}");
  chunk(&r, "{\"choices\":[],\"usage\":{}}");
  chunk(&r, "{\"choices\":[],\"usage\":{\"extra\":2}}");
  assert_int_equal(cai_answer_usage(r.answer).total_tokens, 9);
  expect_result(&r,
                "{\"object\":\"chat.completion\",\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"total_tokens\":9}}");
  end(&r);
}

static void test_odd_chunks(void **state) {
  (void)state;
  run r = begin();
  chunk(&r, "{}");
  chunk(&r, "{\"choices\":[{}]}");
  chunk(&r, "{\"choices\":[{\"index\":0}]}");
  chunk(&r, "{\"choices\":[{\"delta\":null,\"index\":0}]}");
  chunk(&r, "{\"choices\":[7,null,\"x\"]}");
  chunk(&r, "{\"choices\":{},\"timings\":{\"a\":1}}");
  assert_int_equal(r.batch->count, 6);
  assert_int_equal(cai_answer_add_chunk(r.answer, cai_span_of("[1]"), r.batch), CHATABI_E_PROTOCOL);
  assert_int_equal(cai_answer_add_chunk(r.answer, cai_span_of("{\"choices\":[{\"index\":128}]}"), r.batch),
                   CHATABI_E_TOO_LARGE);
  assert_int_equal(cai_answer_add_chunk(r.answer, cai_span_of("{\"choices\":[{\"index\":-1}]}"), r.batch),
                   CHATABI_E_PROTOCOL);
  cai_usage usage = cai_answer_usage(r.answer);
  assert_int_equal(usage.total_tokens, -1);
  cJSON *tree = result(&r);
  assert_non_null(cai_json_object(tree, "timings"));
  cJSON_Delete(tree);
  end(&r);
}

static void test_reasoning_and_choices(void **state) {
  (void)state;
  run r = begin();
  chunk(&r,
        "{\"choices\":[{\"index\":1,\"delta\":{\"content\":\"B\",\"reasoning_content\":\"why\"}},{\"index\":0,"
        "\"delta\":{\"content\":\"A\"}}]}");
  chunk(&r,
        "{\"choices\":[{\"index\":0,\"delta\":{\"reasoning\":\"so\",\"extra_content\":{\"g\":1}},\"finish_reason\":"
        "\"length\"}]}");
  chunk(&r, "{\"choices\":[{\"index\":0,\"delta\":{\"refusal\":\"no\",\"extra_content\":null},\"mine\":[1]}]}");
  assert_false(cai_answer_is_finished(r.answer));
  assert_int_equal(r.batch->count, 5);
  assert_int_equal(r.batch->events[0].kind, CHATABI_REASONING);
  assert_int_equal(r.batch->events[0].choice, 1);
  assert_true(r.batch->events[0].json_len > 0);
  assert_int_equal(r.batch->events[1].kind, CHATABI_TEXT);
  assert_string_equal(cai_batch_json(r.batch, 1, NULL), "");
  assert_int_equal(r.batch->events[2].choice, 0);
  expect_result(
      &r,
      "{\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"A\","
      "\"reasoning\":\"so\",\"refusal\":\"no\",\"extra_content\":{\"g\":1}},\"finish_reason\":\"length\",\"mine\":[1]},"
      "{\"index\":1,\"message\":{\"role\":\"assistant\",\"content\":\"B\",\"reasoning_content\":\"why\"},"
      "\"finish_reason\":null}]}");
  end(&r);
}

static void test_surrogates_and_parts(void **state) {
  (void)state;
  run r = begin();
  chunk(&r, "{\"choices\":[{\"delta\":{\"content\":\"\\ud83d\"}}]}");
  chunk(&r, "{\"choices\":[{\"delta\":{\"content\":\"\\ude00\"}}]}");
  chunk(&r, "{\"choices\":[{\"delta\":{\"content\":[{\"type\":\"text\",\"text\":\"a\"},{\"text\":\"b\"}]}}]}");
  assert_string_equal(cai_batch_text(r.batch, 2, NULL), "a");
  assert_string_equal(cai_batch_text(r.batch, 3, NULL), "b");
  expect_result(
      &r,
      "{\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
      "\"\xF0\x9F\x98\x80"
      "ab\"},\"finish_reason\":null}]}");
  end(&r);
  r = begin();
  chunk(&r, "{\"choices\":[{\"delta\":{\"content\":\"x\\ud83d\"}}]}");
  cJSON *tree = result(&r);
  cJSON_Delete(tree);
  end(&r);
}

static void test_logprobs(void **state) {
  (void)state;
  run r = begin();
  chunk(&r, "{\"choices\":[{\"delta\":{\"content\":\"a\"},\"logprobs\":{\"content\":[{\"t\":1}],\"refusal\":null}}]}");
  chunk(&r, "{\"choices\":[{\"delta\":{\"content\":\"b\"},\"logprobs\":{\"content\":[ {\"t\":2},{\"t\":3}]}}]}");
  chunk(&r, "{\"choices\":[{\"delta\":{},\"logprobs\":{\"content\":[]}}]}");
  expect_result(
      &r,
      "{\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
      "\"ab\"},"
      "\"logprobs\":{\"content\":[{\"t\":1},{\"t\":2},{\"t\":3}],\"refusal\":null},\"finish_reason\":null}]}");
  end(&r);
}

#define VERTEX(index, id, name, arguments)                                                                    \
  "{\"function\":{\"arguments\":\"" arguments "\",\"name\":\"" name "\"},\"id\":\"" id "\",\"index\":" #index \
  ",\"type\":\"function\"}"

/* Google's documented stream of function call arguments: the index jumps, everything else is repeated. */
static void test_vertex_arguments(void **state) {
  (void)state;
  run r = begin();
  chunk(&r,
        "{\"choices\":[{\"delta\":{\"role\":\"assistant\",\"tool_calls\":[{\"extra_content\":{\"google\":{\"thought_"
        "signature\":\"S\"}},"
        "\"function\":{\"arguments\":\"\",\"name\":\"w\"},\"id\":\"A\",\"index\":1,\"type\":\"function\"}]},\"index\":"
        "0,\"logprobs\":null}]}");
  calls(&r, VERTEX(0, "A", "w", "{\\\"location\\\":\\\"Boston, MA"));
  calls(&r, VERTEX(0, "A", "w", "\\\""));
  calls(&r, VERTEX(0, "A", "w", ",\\\"unit\\\":\\\"celsius"));
  calls(&r, VERTEX(0, "A", "w", "\\\""));
  calls(&r, VERTEX(0, "A", "w", "}"));
  calls(&r, VERTEX(0, "B", "w", ""));
  calls(&r, VERTEX(1, "B", "w", "{\\\"location\\\":\\\"New Delhi"));
  calls(&r, VERTEX(1, "B", "w", "\\\"}"));
  chunk(&r, "{\"choices\":[{\"delta\":{\"role\":\"assistant\"},\"index\":0,\"finish_reason\":\"tool_calls\"}]}");
  expect_calls(&r, "w({\"location\":\"Boston, MA\",\"unit\":\"celsius\"})#A w({\"location\":\"New Delhi\"})#B ");
  cai_buf out;
  cai_buf_init(&out, 1 << 16);
  cai_answer_json(r.answer, &out);
  const char *signature = strstr(out.data, "\"thought_signature\":\"S\"");
  assert_non_null(signature);
  assert_true(signature < strstr(out.data, "\"id\":\"B\""));
  assert_non_null(strstr(out.data, "\"role\":\"assistant\",\"content\":null"));
  cai_buf_fini(&out);
  size_t last = r.batch->count - 1;
  assert_int_equal(r.batch->events[last].kind, CHATABI_TOOL);
  assert_string_equal(cai_batch_text(r.batch, last, NULL), "w");
  assert_string_equal(
      cai_batch_json(r.batch, last, NULL),
      "{\"id\":\"B\",\"type\":\"function\",\"function\":{\"name\":\"w\",\"arguments\":\"{\\\"location\\\":\\\"New "
      "Delhi\\\"}\"}}");
  end(&r);
}

typedef struct dialect {
  const char *what;
  const char *chunks[6];
  const char *want;
} dialect;

#define F(name, args) "\"function\":{\"name\":\"" name "\",\"arguments\":\"" args "\"}"
#define ARGS(args) "\"function\":{\"arguments\":\"" args "\"}"

#define OBJECT(name, args) "\"function\":{\"name\":\"" name "\",\"arguments\":" args "}"

static const dialect dialects[] = {
    {"OpenAI",
     {"{\"index\":0,\"id\":\"A\",\"type\":\"function\"," F("f", "") "}", "{\"index\":0," ARGS("{") "}",
      "{\"index\":1,\"id\":\"B\",\"type\":\"function\"," F("g", "") "}", "{\"index\":1," ARGS("{}") "}",
      "{\"index\":0," ARGS("}") "}"},
     "f({})#A g({})#B "},
    {"Gemini whole", {"{\"id\":\"A\"," F("f", "{}") "},{\"id\":\"B\"," F("f", "{}") "}"}, "f({})#A f({})#B "},
    {"Gemini empty ids", {"{\"id\":\"\"," F("f", "{}") "}", "{\"id\":\"\"," F("g", "") "}"}, "f({})#new g({})#new "},
    {"Ollama same index",
     {"{\"index\":0,\"id\":\"A\"," F("f", "{}") "},{\"index\":0,\"id\":\"B\"," F("f", "{}") "}"},
     "f({})#A f({})#B "},
    {"Ollama object", {"{\"function\":{\"name\":\"f\",\"arguments\":{\"a\":1}}}"}, "f({\"a\":1})#new "},
    {"LM Studio",
     {"{\"index\":0,\"id\":\"A\"," F("f", "") "}", "{\"index\":0,\"id\":\"X\"," F("", "{") "}",
      "{\"index\":0,\"id\":\"Y\"," F("", "}") "}"},
     "f({})#A "},
    {"same index twice in a chunk",
     {"{\"index\":0,\"id\":\"A\"," F("f", "") "},{\"index\":0," ARGS("{}") "}"},
     "f({})#A "},
    {"name in pieces",
     {"{\"index\":0,\"id\":\"A\"," F("get_", "") "}", "{\"index\":0," F("weather", "") "}",
      "{\"index\":0," ARGS("{}") "}"},
     "get_weather({})#A "},
    {"two calls, one slot, no id",
     {"{\"index\":0," F("f", "{}") "}", "{\"index\":0," F("g", "{}") "}", "{\"index\":0," F("g", "{}") "}"},
     "f({})#new g({})#new g({})#new "},
    {"objects in one slot, no id",
     {"{\"index\":0," OBJECT("f", "{\"a\":1}") "}", "{\"index\":0," OBJECT("g", "{\"b\":2}") "}",
      "{\"index\":0," OBJECT("g", "{\"b\":2}") "}"},
     "f({\"a\":1})#new g({\"b\":2})#new g({\"b\":2})#new "},
    {"object after a call without arguments",
     {"{\"index\":0," F("f", "") "}", "{\"index\":0," OBJECT("g", "{\"b\":2}") "}"},
     "f({})#new g({\"b\":2})#new "},
    {"another name, its arguments yet to come",
     {"{\"index\":0," F("f", "{}") "}", "{\"index\":0," F("g", "") "}", "{\"index\":0," ARGS("{}") "}"},
     "f({})#new g({})#new "},
    {"name repeated, whole only at the end",
     {"{\"index\":0," F("f", "{\\\"a\\\":\\\"}") "}", "{\"index\":0," F("f", "\\\\\\\"}\\\"") "}",
      "{\"index\":0," F("f", "}") "}", "{\"index\":0," F("f", "{}") "}"},
     "f({\"a\":\"}\\\"}\"})#new f({})#new "},
    {"no index, pieces",
     {"{\"id\":\"A\"," F("f", "") "}", "{" ARGS("{\\\"a\\\":") "}", "{" ARGS("1}") "}"},
     "f({\"a\":1})#A "},
    {"a bracket in a text",
     {"{\"index\":0,\"id\":\"A\"," F("f", "{\\\"") "}", "{\"index\":0," ARGS("{\\\":1}") "}"},
     "f({\"{\":1})#A "},
};

/* Gemini's proxies take the name for an id, others count from 0; the same once more is no second call. */
static const dialect repeated[] = {
    {"one id, no index",
     {"{\"id\":\"f\"," F("f", "{\\\"a\\\":1}") "},{\"id\":\"f\"," F("f", "{\\\"a\\\":2}") "}"},
     "f({\"a\":1})#f f({\"a\":2})#f "},
    {"one id, two indexes, in pieces",
     {"{\"index\":0,\"id\":\"0\"," F("f", "{\\\"a\\\":") "}", "{\"index\":0," ARGS("1}") "}",
      "{\"index\":1,\"id\":\"0\"," F("g", "{\\\"b\\\"") "}", "{\"index\":1,\"id\":\"0\"," ARGS(":2}") "}"},
     "f({\"a\":1})#0 g({\"b\":2})#0 "},
    {"a call once more",
     {"{\"index\":0,\"id\":\"A\"," F("f", "{\\\"a\\\":1}") "}",
      "{\"index\":0,\"id\":\"A\"," F("f", "{\\\"a\\\":1}") "}", "{\"index\":0," ARGS("{\\\"a\\\":1}") "}"},
     "f({\"a\":1})#A "},
    {"an object once more, grown, and in pieces",
     {"{\"index\":0,\"id\":\"A\"," OBJECT("f", "{\"a\":1}") "}",
      "{\"index\":0,\"id\":\"A\"," OBJECT("f", "{\"a\":1}") "}",
      "{\"index\":0,\"function\":{\"arguments\":{\"a\":1,\"b\":\"}\"}}}",
      "{\"index\":0,\"function\":{\"arguments\":{ }}}", "{\"index\":0,\"function\":{\"arguments\":{\"c\":[2]}}}"},
     "f({\"a\":1,\"b\":\"}\",\"c\":[2]})#A "},
    {"nothing for arguments",
     {"{\"index\":0,\"id\":\"A\"," F("f", "null") "},{\"index\":1,\"id\":\"B\"," F("g", " \\n\\t") "}",
      "{\"index\":2,\"id\":\"C\"," F("h", "\\\"\\\"") "}"},
     "f({})#A g({})#B h({})#C "},
    {"{} until arguments come",
     {"{\"index\":0,\"id\":\"A\"," F("f", "{}") "}", "{\"index\":0," ARGS("{\\\"a\\\"") "}",
      "{\"index\":0," ARGS(":1}") "}"},
     "f({\"a\":1})#A "},
};

static void test_repeated_calls(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof repeated / sizeof *repeated; i++) {
    run r = begin();
    print_message("%s\n", repeated[i].what);
    for (size_t n = 0; n < 6 && repeated[i].chunks[n]; n++) calls(&r, repeated[i].chunks[n]);
    expect_calls(&r, repeated[i].want);
    end(&r);
  }
}

/* A delta that only repeats the type is no call, but what it may carry besides is never lost. */
static void test_calls_of_nothing(void **state) {
  (void)state;
  run r = begin();
  calls(&r, "{}");
  calls(&r, "{\"index\":0,\"id\":\"\",\"type\":\"function\",\"function\":{\"name\":null,\"arguments\":\"\"}}");
  chunk(&r, "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}]}");
  assert_int_equal(cai_answer_finish(r.answer, r.batch), 0);
  assert_int_equal(cai_answer_finish_reason(r.answer), CAI_FINISH_STOP);
  expect_result(
      &r,
      "{\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
      "\"x\"},\"finish_reason\":\"stop\"}]}");
  end(&r);
  r = begin();
  calls(&r, "{\"index\":0,\"extra_content\":{\"google\":{\"thought_signature\":\"S\"}}}");
  calls(&r, "{\"index\":0,\"id\":\"A\"," F("f", "{}") "}");
  expect_calls(&r, "f({})#A ");
  cJSON *tree = result(&r);
  char *text = cJSON_PrintUnformatted(tree);
  assert_non_null(strstr(text, "thought_signature"));
  cJSON_free(text);
  cJSON_Delete(tree);
  end(&r);
}

static void test_dialects(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++) {
    run r = begin();
    print_message("%s\n", dialects[i].what);
    for (size_t n = 0; n < 6 && dialects[i].chunks[n]; n++) calls(&r, dialects[i].chunks[n]);
    chunk(&r, i % 2 ? "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}" : "{\"choices\":[]}");
    expect_calls(&r, dialects[i].want);
    end(&r);
  }
}

#define ENDED(finish) "{\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{" F("f", "{}") "}]}," finish "}]}"

/* A reason that calls take the place of is kept beside it. */
static void test_replaced_finish(void **state) {
  (void)state;
  static const char *const cases[][2] = {
      {ENDED("\"finish_reason\":\"stop\""), "\"finish_reason\":\"tool_calls\",\"native_finish_reason\":\"stop\"}]"},
      {ENDED("\"finish_reason\":\"stop\",\"native_finish_reason\":\"STOP\""),
       "\"finish_reason\":\"tool_calls\",\"native_finish_reason\":\"STOP\"}]"},
      {ENDED("\"finishReason\":\"stop\",\"finish_reason\":null"),
       "\"finish_reason\":\"tool_calls\",\"native_finish_reason\":\"stop\"}]"},
      {ENDED("\"finish_reason\":null"), "\"finish_reason\":\"tool_calls\"}]"},
      {ENDED("\"finish_reason\":\"tool_calls\""), "\"finish_reason\":\"tool_calls\"}]"},
      {ENDED("\"finish_reason\":\"length\""), "\"finish_reason\":\"length\"}]"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    run r = begin();
    cai_buf out;
    cai_buf_init(&out, 1 << 16);
    chunk(&r, cases[i][0]);
    assert_int_equal(cai_answer_finish(r.answer, r.batch), 0);
    assert_int_equal(cai_answer_json(r.answer, &out), 0);
    if (!strstr(out.data, cases[i][1])) fail_msg("%s gives %s", cases[i][0], out.data);
    cai_buf_fini(&out);
    end(&r);
  }
}

/* Completions of before there was chat. */
static void test_text_completion(void **state) {
  (void)state;
  run r = begin();
  chunk(&r,
        "{\"id\":\"c\",\"object\":\"text_completion\",\"choices\":[{\"index\":0,\"text\":\"Once\",\"logprobs\":{"
        "\"tokens\":[\"Once\"],\"token_logprobs\":[-1],\"top_logprobs\":[{\"Once\":-1}],\"text_offset\":[0]}}]}");
  chunk(&r,
        "{\"id\":\"c\",\"choices\":[{\"index\":0,\"text\":\" Once\",\"logprobs\":{\"tokens\":[\"Once\"],"
        "\"top_logprobs\":[{\"Once\":-1}]},\"finish_reason\":\"length\"}]}");
  assert_int_equal(cai_answer_finish(r.answer, r.batch), 0);
  assert_int_equal(r.batch->count, 2);
  assert_int_equal(r.batch->events[1].kind, CHATABI_TEXT);
  assert_string_equal(cai_batch_text(r.batch, 1, NULL), " Once");
  assert_int_equal(cai_answer_finish_reason(r.answer), CAI_FINISH_LENGTH);
  expect_result(
      &r,
      "{\"id\":\"c\",\"object\":\"text_completion\",\"choices\":[{\"index\":0,\"text\":\"Once Once\",\"logprobs\":{"
      "\"tokens\":[\"Once\",\"Once\"],\"token_logprobs\":[-1],\"top_logprobs\":[{\"Once\":-1},{\"Once\":-1}],"
      "\"text_offset\":[0]},\"finish_reason\":\"length\"}]}");
  end(&r);
}

/* Beside its deltas Perplexity sends the message so far, Together the text once more. */
static void test_said_twice(void **state) {
  (void)state;
  run r = begin();
  chunk(&r,
        "{\"choices\":[{\"delta\":{\"content\":\"a\"},\"text\":\"a\",\"message\":{\"role\":\"assistant\",\"content\":"
        "\"a\"}}]}");
  chunk(&r, "{\"choices\":[{\"delta\":{\"content\":\"b\"},\"text\":\"b\",\"message\":{\"content\":\"ab\"}}]}");
  chunk(&r, "{\"choices\":[{\"message\":{\"content\":\"ab\",\"mine\":1},\"finish_reason\":\"stop\"}]}");
  assert_int_equal(r.batch->count, 3);
  assert_int_equal(r.batch->events[2].kind, CHATABI_OTHER);
  expect_result(
      &r,
      "{\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
      "\"ab\",\"mine\":1},\"finish_reason\":\"stop\"}]}");
  end(&r);
  r = begin();
  chunk(&r, "{\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}");
  chunk(&r, "{\"choices\":[{\"message\":{\"content\":\"late\"}}]}");
  assert_string_equal(cai_batch_text(r.batch, 1, NULL), "late");
  end(&r);
}

static void test_finish_reason(void **state) {
  (void)state;
  static const struct {
    const char *chunk;
    int before, after;
  } cases[] = {
      {"{\"choices\":[{\"finish_reason\":\"stop\"}]}", CAI_FINISH_STOP, CAI_FINISH_STOP},
      {"{\"choices\":[{\"finish_reason\":\"MAX_TOKENS\"}]}", CAI_FINISH_LENGTH, CAI_FINISH_LENGTH},
      {"{\"choices\":[{\"index\":1,\"finish_reason\":\"stop\"}]}", CAI_FINISH_NONE, CAI_FINISH_NONE},
      {"{\"choices\":[{\"finish_reason\":\"model_length\"}]}", CAI_FINISH_LENGTH, CAI_FINISH_LENGTH},
      {"{\"choices\":[{\"finish_reason\":\"PROHIBITED_CONTENT\"}]}", CAI_FINISH_CONTENT_FILTER,
       CAI_FINISH_CONTENT_FILTER},
      {"{\"choices\":[{\"finish_reason\":\"eos\"}]}", CAI_FINISH_OTHER, CAI_FINISH_OTHER},
      {"{\"choices\":[{\"finish_reason\":null}]}", CAI_FINISH_NONE, CAI_FINISH_NONE},
      {ENDED("\"finish_reason\":\"STOP\""), CAI_FINISH_STOP, CAI_FINISH_TOOL_CALLS},
      {ENDED("\"finish_reason\":null"), CAI_FINISH_NONE, CAI_FINISH_TOOL_CALLS},
      {ENDED("\"finish_reason\":\"content_filter\""), CAI_FINISH_CONTENT_FILTER, CAI_FINISH_CONTENT_FILTER},
      {"{\"choices\":[]}", CAI_FINISH_NONE, CAI_FINISH_NONE},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    run r = begin();
    chunk(&r, cases[i].chunk);
    assert_int_equal(cai_answer_finish_reason(r.answer), cases[i].before);
    assert_int_equal(cai_answer_finish(r.answer, r.batch), 0);
    assert_int_equal(cai_answer_finish_reason(r.answer), cases[i].after);
    end(&r);
  }
}

static void test_limits(void **state) {
  (void)state;
  cai_answer *answer = cai_answer_new(100);
  cai_batch *batch = cai_batch_new();
  int error = 0;
  for (int i = 0; i < 30 && !error; i++)
    error =
        cai_answer_add_chunk(answer, cai_span_of("{\"choices\":[{\"delta\":{\"content\":\"0123456789\"}}]}"), batch);
  assert_int_equal(error, CHATABI_E_TOO_LARGE);
  assert_int_equal(batch->count, 10);
  cai_answer_free(answer);
  cai_batch_free(batch);
  run r = begin();
  for (int i = 0; i < 128; i++) calls(&r, "{" F("f", "{}") "}");
  assert_int_equal(
      cai_answer_add_chunk(r.answer, cai_span_of("{\"choices\":[{\"delta\":{\"tool_calls\":[{" F("f", "{}") "}]}}]}"),
                           r.batch),
      CHATABI_E_TOO_LARGE);
  end(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_text),
      cmocka_unit_test(test_odd_chunks),
      cmocka_unit_test(test_reasoning_and_choices),
      cmocka_unit_test(test_surrogates_and_parts),
      cmocka_unit_test(test_logprobs),
      cmocka_unit_test(test_vertex_arguments),
      cmocka_unit_test(test_usage_without_numbers_is_none),
      cmocka_unit_test(test_calls_of_nothing),
      cmocka_unit_test(test_dialects),
      cmocka_unit_test(test_repeated_calls),
      cmocka_unit_test(test_replaced_finish),
      cmocka_unit_test(test_text_completion),
      cmocka_unit_test(test_said_twice),
      cmocka_unit_test(test_finish_reason),
      cmocka_unit_test(test_limits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
