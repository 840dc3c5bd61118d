/* SPDX-License-Identifier: MIT
 * Other paths of the same API, and how an answer says why it ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "talk.h"

#include <cmocka.h>

static void expect_done(chatabi_request *request) {
  talk_end end = talk_drain(request);
  if (end.code != CHATABI_DONE) fail_msg("%d: %s", end.code, chatabi_request_message(request));
}

static void test_embeddings(void **state) {
  const char *body = "{\"model\":\"emulator\",\"input\":[\"one\",\"two\"]}";
  chatabi_client *client = talk_client(*state, NULL);
  chatabi_request *request = chatabi_client_send(client, body, strlen(body), "{\"path\":\"/embeddings\"}");
  expect_done(request);
  assert_string_equal(talk_result(request, "object"), "list");
  assert_string_equal(talk_result(request, "data.1.index"), "1");
  assert_true(chatabi_request_info(request, CHATABI_INFO_PROMPT_TOKENS) > 0);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_models(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  chatabi_request *request = chatabi_client_send(client, NULL, 0, "{\"path\":\"/models\",\"method\":\"GET\"}");
  expect_done(request);
  assert_string_equal(talk_result(request, "object"), "list");
  assert_int_equal(flow_emulator_count(*state, "/models", NULL), 1);
  chatabi_request_free(request);
  request = chatabi_client_send(client, NULL, 0, "{\"path\":\"/models\",\"method\":\"PUT\"}");
  assert_int_equal(talk_drain(request).code, CHATABI_E_CONFIG);
  chatabi_request_free(request);
  /* Without a body there is nothing to post. */
  request = chatabi_client_send(client, NULL, 0, NULL);
  assert_int_equal(talk_drain(request).code, CHATABI_E_JSON);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_legacy_completions(void **state) {
  const char *body = "{\"model\":\"emulator\",\"prompt\":\"Once upon a time\",\"stream\":true}";
  chatabi_client *client = talk_client(*state, NULL);
  chatabi_request *request = chatabi_client_send(client, body, strlen(body), "{\"path\":\"/completions\"}");
  talk_end end = talk_drain(request);
  if (end.code != CHATABI_DONE) fail_msg("%s", chatabi_request_message(request));
  assert_true(end.text_len > 0);
  assert_string_equal(talk_result(request, "choices.0.text"), end.text);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void expect_finish(chatabi_client *client, talk_about about, int finish, const char *reason) {
  for (int whole = 0; whole < 2; whole++) {
    about.whole = whole;
    chatabi_request *request = talk_ask(client, about);
    expect_done(request);
    assert_int_equal(chatabi_request_info(request, CHATABI_INFO_FINISH), finish);
    assert_string_equal(talk_result(request, "choices.0.finish_reason"), reason);
    chatabi_request_free(request);
  }
}

static void test_why_it_ended(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  expect_finish(client, (talk_about){.prompt = NULL}, CHATABI_FINISH_STOP, "stop");
  expect_finish(client, (talk_about){.more = ",\"max_tokens\":3"}, CHATABI_FINISH_LENGTH, "length");
  expect_finish(client, (talk_about){.fault = "content_filter"}, CHATABI_FINISH_CONTENT_FILTER, "content_filter");
  expect_finish(client,
                (talk_about){.more = ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"look\","
                                     "\"parameters\":{\"type\":\"object\",\"properties\":{\"where\":{\"type\":"
                                     "\"string\"}}}}}]"},
                CHATABI_FINISH_TOOL_CALLS, "tool_calls");
  chatabi_client_free(client);
}

static void test_the_log_gets_a_line_of_attributes(void **state) {
  chatabi_client *client = talk_client(*state, "log_level", "off", "log_telemetry", "yes", NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.prompt = "a secret question", .more = ",\"max_tokens\":9"});
  expect_done(request);
  chatabi_request_free(request);
  request = talk_ask(client, (talk_about){.fault = "status=400"});
  assert_int_equal(talk_drain(request).code, CHATABI_E_INVALID_REQUEST);
  chatabi_request_free(request);
  char good[4096], bad[4096];
  snprintf(good, sizeof good, "%s", chatabi_client_log(client));
  snprintf(bad, sizeof bad, "%s", chatabi_client_log(client));
  assert_null(chatabi_client_log(client));
  cJSON *object = cJSON_Parse(strchr(good, '{'));
  assert_non_null(object);
  const cJSON *model = cJSON_GetObjectItemCaseSensitive(object, "gen_ai.request.model");
  const cJSON *tokens = cJSON_GetObjectItemCaseSensitive(object, "gen_ai.usage.output_tokens");
  assert_true(cJSON_IsString(model) && strcmp(model->valuestring, "emulator") == 0);
  assert_true(cJSON_IsNumber(tokens) && tokens->valuedouble > 0);
  cJSON_Delete(object);
  assert_null(strstr(good, "secret"));
  assert_non_null(strstr(bad, "\"error.type\":\"INVALID_REQUEST\""));
  chatabi_client_free(client);
}

/* Sixteen long texts are more than a line of the log holds. */
static void test_the_line_is_json_whatever_was_asked(void **state) {
  char body[8192] = "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"stop\":[\"1\"";
  size_t len = strlen(body);
  for (int i = 2; i <= 16; i++) len += (size_t)snprintf(body + len, sizeof body - len, ",\"%0250d\"", i);
  len += (size_t)snprintf(body + len, sizeof body - len, "]}");
  chatabi_client *client = talk_client(*state, "log_level", "off", "log_telemetry", "yes", NULL);
  chatabi_request *request = chatabi_client_send(client, body, len, NULL);
  expect_done(request);
  cJSON *object = cJSON_Parse(strchr(chatabi_client_log(client), '{'));
  assert_non_null(cJSON_GetObjectItemCaseSensitive(object, "gen_ai.usage.output_tokens"));
  cJSON_Delete(object);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(test_embeddings, flow_emulator_clear),
      cmocka_unit_test_setup(test_models, flow_emulator_clear),
      cmocka_unit_test_setup(test_legacy_completions, flow_emulator_clear),
      cmocka_unit_test_setup(test_why_it_ended, flow_emulator_clear),
      cmocka_unit_test_setup(test_the_log_gets_a_line_of_attributes, flow_emulator_clear),
      cmocka_unit_test_setup(test_the_line_is_json_whatever_was_asked, flow_emulator_clear),
  };
  return cmocka_run_group_tests(tests, flow_emulator_start, flow_emulator_stop);
}
