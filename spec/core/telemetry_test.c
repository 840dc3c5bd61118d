/* SPDX-License-Identifier: MIT
 * A request's attributes: the convention's names, one line of JSON, and nothing of what was said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "chat/report/telemetry.h"
#include "chatabi.h"

static char text[4096];

static const char *request_of(const char *body) {
  cai_buf out;
  cai_buf_init(&out, sizeof text - 1);
  assert_int_equal(cai_telemetry_request(&out, cai_span_of(body)), 0);
  strcpy(text, cai_buf_view(&out));
  cai_buf_fini(&out);
  return text;
}

static void test_the_request(void **state) {
  (void)state;
  assert_string_equal(
      request_of("{\"model\":\"google/gemini-2.5-flash\",\"messages\":[{\"role\":\"user\",\"content\":\"secret\"}],"
                 "\"stream\":true,\"max_completion_tokens\":100,\"max_tokens\":7,\"temperature\":0.20,\"top_p\":1,"
                 "\"top_k\":40,\"frequency_penalty\":-0.5,\"presence_penalty\":2e-1,\"seed\":42,\"n\":3,"
                 "\"stop\":[\"END\",\"a\\nb\"],\"reasoning_effort\":\"low\",\"service_tier\":\"flex\","
                 "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"secret\"}},"
                 "\"tools\":[{\"function\":{\"name\":\"secret\"}}],\"user\":\"secret\"}"),
      "\"gen_ai.request.model\":\"google/gemini-2.5-flash\",\"gen_ai.request.temperature\":0.20,"
      "\"gen_ai.request.top_p\":1,\"gen_ai.request.top_k\":40,\"gen_ai.request.frequency_penalty\":-0.5,"
      "\"gen_ai.request.presence_penalty\":2e-1,\"gen_ai.request.seed\":42,"
      "\"gen_ai.request.stop_sequences\":[\"END\",\"a\\nb\"],\"gen_ai.request.reasoning.level\":\"low\","
      "\"openai.request.service_tier\":\"flex\",\"gen_ai.request.max_tokens\":100,"
      "\"gen_ai.request.choice.count\":3,\"gen_ai.request.stream\":true,\"gen_ai.output.type\":\"json\"");
}

static void test_what_says_nothing_is_left_out(void **state) {
  (void)state;
  static const char *const bodies[] = {
      "{}",
      "[]",
      "",
      "7",
      "{\"n\":1,\"stream\":false,\"stop\":[],\"model\":\"\"}",
      "{\"model\":null,\"temperature\":\"hot\",\"seed\":1.5,\"max_tokens\":null}",
      "{\"n\":\"2\",\"stop\":[7,null],\"modalities\":[\"text\"],\"response_format\":\"json\"}"};
  for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) assert_string_equal(request_of(bodies[i]), "");
}

static void test_members_that_need_a_second_look(void **state) {
  (void)state;
  assert_string_equal(request_of("{\"max_tokens\":9,\"max_completion_tokens\":null}"),
                      "\"gen_ai.request.max_tokens\":9");
  assert_string_equal(request_of("{\"stop\":\"END\"}"), "\"gen_ai.request.stop_sequences\":[\"END\"]");
  assert_string_equal(request_of("{\"modalities\":[\"text\",\"audio\"]}"), "\"gen_ai.output.type\":\"speech\"");
  assert_string_equal(request_of("{\"modalities\":[\"image\"]}"), "\"gen_ai.output.type\":\"image\"");
  assert_string_equal(request_of("{\"response_format\":{\"type\":\"text\"}}"), "\"gen_ai.output.type\":\"text\"");
  assert_string_equal(request_of("{\"response_format\":{\"type\":\"json_object\"},\"modalities\":[\"audio\"]}"),
                      "\"gen_ai.output.type\":\"json\"");
  assert_string_equal(request_of("{\"mod\\u0065l\":\"a\",\"model\":\"b\"}"), "\"gen_ai.request.model\":\"b\"");
  assert_string_equal(request_of("{ \"seed\" : 12345678901234567 }"), "\"gen_ai.request.seed\":12345678901234567");
}

/* A prompt that strayed into a name's place is no name. */
static void test_long_texts_are_no_names(void **state) {
  (void)state;
  char body[2000], many[1000] = "{\"stop\":[";
  memset(body, 'x', sizeof body);
  memcpy(body, "{\"model\":\"", 10);
  strcpy(body + 1000, "\"}");
  assert_string_equal(request_of(body), "");
  for (int i = 0; i < 30; i++) strcat(many, i ? ",\"s\"" : "\"s\"");
  strcat(many, "]}");
  request_of(many);
  int count = 0;
  for (const char *at = text; (at = strstr(at, "\"s\"")) != NULL; at++) count++;
  assert_int_equal(count, 16);
}

static const char *line_of(const cai_telemetry *facts) {
  cai_buf out;
  cai_buf_init(&out, sizeof text - 1);
  assert_int_equal(cai_telemetry_write(&out, facts), 0);
  assert_int_equal(cai_scan_check(out.data, out.len, NULL, NULL), 0);
  assert_null(strpbrk(out.data, "\r\n"));
  strcpy(text, out.data);
  cai_buf_fini(&out);
  return text;
}

static cai_telemetry unknown(void) {
  return (cai_telemetry){.total_ms = -1,
                         .first_token_ms = -1,
                         .input_tokens = -1,
                         .output_tokens = -1,
                         .reasoning_tokens = -1,
                         .cached_tokens = -1};
}

static void test_the_whole_line(void **state) {
  (void)state;
  const char *answer =
      "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"model\":\"gpt-4o-2024\",\"system_fingerprint\":\"fp_1\","
      "\"service_tier\":\"default\",\"choices\":[{\"index\":0,\"finish_reason\":\"stop\",\"message\":{\"content\":"
      "\"secret\"}},{\"index\":1,\"finish_reason\":null},{\"finish_reason\":\"length\"}]}";
  cai_telemetry facts = {.provider = "openai",
                         .address = "api.openai.com",
                         .port = 443,
                         .http_status = 200,
                         .total_ms = 12034,
                         .first_token_ms = 5,
                         .attempts = 3,
                         .request = cai_span_of("\"gen_ai.request.model\":\"gpt-4o\",\"openai.request.service_tier\":"
                                                "\"flex\",\"gen_ai.request.stream\":true"),
                         .answer = cai_span_of(answer),
                         .input_tokens = 10,
                         .output_tokens = 20,
                         .reasoning_tokens = 0,
                         .cached_tokens = 4};
  assert_string_equal(
      line_of(&facts),
      "{\"gen_ai.operation.name\":\"chat\",\"gen_ai.provider.name\":\"openai\",\"openai.api.type\":\"chat_"
      "completions\","
      "\"server.address\":\"api.openai.com\",\"server.port\":443,\"gen_ai.request.model\":\"gpt-4o\","
      "\"openai.request.service_tier\":\"flex\",\"gen_ai.request.stream\":true,\"gen_ai.response.id\":\"chatcmpl-1\","
      "\"gen_ai.response.model\":\"gpt-4o-2024\",\"gen_ai.response.finish_reasons\":[\"stop\",\"length\"],"
      "\"openai.response.service_tier\":\"default\",\"openai.response.system_fingerprint\":\"fp_1\","
      "\"gen_ai.usage.input_tokens\":10,\"gen_ai.usage.output_tokens\":20,\"gen_ai.usage.reasoning.output_tokens\":0,"
      "\"gen_ai.usage.cache_read.input_tokens\":4,\"http.response.status_code\":200,\"http.request.resend_count\":2,"
      "\"gen_ai.client.operation.duration\":12.034,\"gen_ai.response.time_to_first_chunk\":0.005}");
}

static void test_what_is_unknown_is_left_out(void **state) {
  (void)state;
  cai_telemetry facts = unknown();
  assert_string_equal(line_of(&facts), "{\"gen_ai.operation.name\":\"chat\",\"gen_ai.provider.name\":\"compatible\"}");
  facts.port = 443;         /* of no address */
  facts.first_token_ms = 7; /* of no stream */
  facts.attempts = 1;
  facts.operation = "text_completion";
  assert_string_equal(line_of(&facts),
                      "{\"gen_ai.operation.name\":\"text_completion\",\"gen_ai.provider.name\":\"compatible\"}");
}

static void test_a_failure(void **state) {
  (void)state;
  cai_telemetry facts = unknown();
  facts.provider = "vertex";
  facts.error_code = CHATABI_E_RATE_LIMIT;
  facts.http_status = 429;
  facts.total_ms = 0;
  assert_string_equal(line_of(&facts),
                      "{\"gen_ai.operation.name\":\"chat\",\"gen_ai.provider.name\":\"gcp.vertex_ai\","
                      "\"http.response.status_code\":429,\"error.type\":\"RATE_LIMIT\","
                      "\"gen_ai.client.operation.duration\":0.000}");
}

static void test_who_runs_the_server(void **state) {
  (void)state;
  static const char *const rows[][3] = {
      {"vertex", "us-central1-aiplatform.googleapis.com", "gcp.vertex_ai"},
      {"vertex", "127.0.0.1", "gcp.vertex_ai"},
      {"gemini", "generativelanguage.googleapis.com", "gcp.gemini"},
      {"openai", "api.openai.com", "openai"},
      {"compatible", "api.openai.com", "openai"},
      {"compatible", "res.openai.azure.com", "azure.ai.openai"},
      {"compatible", "api.mistral.ai", "mistral_ai"},
      {"compatible", "api.x.ai", "x_ai"},
      {"compatible", "max.ai", "compatible"},
      {"compatible", "bedrock-runtime.us-east-1.amazonaws.com", "aws.bedrock"},
      {"compatible", "localhost", "compatible"},
      {NULL, NULL, "compatible"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char wanted[100] = "\"gen_ai.provider.name\":\"";
    cai_telemetry facts = unknown();
    facts.provider = rows[i][0];
    facts.address = rows[i][1];
    strcat(strcat(wanted, rows[i][2]), "\"");
    if (!strstr(line_of(&facts), wanted)) fail_msg("%s: %s", wanted, text);
  }
}

static void test_openai_attributes_are_openais(void **state) {
  (void)state;
  cai_telemetry facts = unknown();
  facts.provider = "vertex";
  facts.request = cai_span_of("\"openai.request.service_tier\":\"flex\",\"gen_ai.request.model\":\"m\"");
  facts.answer = cai_span_of("{\"system_fingerprint\":\"fp\",\"service_tier\":\"default\"}");
  assert_null(strstr(line_of(&facts), "openai."));
  assert_non_null(strstr(text, ",\"gen_ai.request.model\":\"m\"}"));
}

/* Line breaks between an answer's members, and in its names, stay out of the line. */
static void test_ugly_answers(void **state) {
  (void)state;
  static const char *const answers[] = {
      "",
      "[]",
      "{",
      "{\"id\":7,\"model\":{},\"choices\":{}}",
      "{\n\"id\"\n:\n\"a\\nb\\u2028\"\n,\"choices\":[\n7,null,{\"finish_reason\":\n3}]}",
      "{\"id\":\"\xFF\",\"choices\":[{\"finish_reason\":\"\\ud800\"}]}"};
  for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
    cai_telemetry facts = unknown();
    facts.answer = cai_span_of(answers[i]);
    line_of(&facts);
  }
}

static int write_both(cai_buf *out) {
  cai_telemetry facts = unknown();
  facts.request = cai_span_of("\"gen_ai.request.model\":\"m\"");
  facts.answer = cai_span_of("{\"id\":\"i\",\"choices\":[{\"finish_reason\":\"stop\"}]}");
  cai_telemetry_request(out, cai_span_of("{\"model\":\"m\",\"stop\":\"x\"}"));
  return cai_telemetry_write(out, &facts);
}

/* All of it or an error, never a part. */
static void test_short_of_memory(void **state) {
  (void)state;
  size_t nth = 1, made = 1;
  cai_buf whole;
  cai_buf_init(&whole, 10000);
  assert_int_equal(write_both(&whole), 0);
  for (; made >= nth; nth++) {
    cai_buf out;
    cai_buf_init(&out, 10000);
    cai_alloc_fail_at(nth);
    int error = write_both(&out);
    made = cai_alloc_count();
    cai_alloc_fail_at(0);
    assert_int_equal(error, made >= nth ? CHATABI_E_NOMEM : 0);
    if (!error) assert_string_equal(cai_buf_view(&out), whole.data);
    cai_buf_fini(&out);
  }
  assert_true(nth > 5);
  cai_buf_fini(&whole);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_the_request),
      cmocka_unit_test(test_what_says_nothing_is_left_out),
      cmocka_unit_test(test_members_that_need_a_second_look),
      cmocka_unit_test(test_long_texts_are_no_names),
      cmocka_unit_test(test_the_whole_line),
      cmocka_unit_test(test_what_is_unknown_is_left_out),
      cmocka_unit_test(test_a_failure),
      cmocka_unit_test(test_who_runs_the_server),
      cmocka_unit_test(test_openai_attributes_are_openais),
      cmocka_unit_test(test_ugly_answers),
      cmocka_unit_test(test_short_of_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
