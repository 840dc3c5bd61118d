/* SPDX-License-Identifier: MIT
 * Answers that come through: streamed and whole, in every dialect and framing, with all that can be asked about them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "talk.h"

#include <cmocka.h>

#define TOOLS                                                                                        \
  ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"weather\",\"parameters\":{\"type\":"  \
  "\"object\",\"properties\":{\"city\":{\"type\":\"string\"}},\"required\":[\"city\"]}}},{\"type\":" \
  "\"function\",\"function\":{\"name\":\"clock\",\"parameters\":{\"type\":\"object\",\"properties\":{}}}}]"

static void test_streamed_text_is_the_result(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.more = ",\"stream_options\":{\"include_usage\":true}"});
  talk_end end = talk_drain(request);
  assert_int_equal(end.code, CHATABI_DONE);
  assert_true(end.kinds[CHATABI_TEXT] > 3);
  assert_string_equal(talk_result(request, "choices.0.message.content"), end.text);
  assert_string_equal(talk_result(request, "object"), "chat.completion");
  assert_string_equal(talk_result(request, "choices.0.finish_reason"), "stop");
  assert_int_equal(chatabi_request_error(request), 0);
  assert_string_equal(chatabi_request_message(request), "");
  assert_string_equal(chatabi_request_error_json(request), "");
  assert_int_equal(chatabi_request_state(request), CHATABI_STATE_DONE);
  assert_int_equal(chatabi_request_next(request, 0), CHATABI_DONE);
  assert_string_equal(chatabi_request_json(request, NULL), "");
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_numbers_about_an_answer(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  chatabi_request *request = talk_ask(
      client, (talk_about){.more = ",\"stream_options\":{\"include_usage\":true}", .fault = "slow_first_byte=40"});
  assert_int_equal(chatabi_request_info(request, CHATABI_INFO_HTTP_STATUS), -1);
  assert_int_equal(chatabi_request_info(request, 999), -1);
  assert_int_equal(talk_drain(request).code, CHATABI_DONE);
  assert_int_equal(chatabi_request_info(request, CHATABI_INFO_ID), 1);
  assert_int_equal(chatabi_request_info(request, CHATABI_INFO_HTTP_STATUS), 200);
  assert_int_equal(chatabi_request_info(request, CHATABI_INFO_ATTEMPTS), 1);
  assert_int_equal(chatabi_request_info(request, CHATABI_INFO_HTTP_VERSION), 11);
  int64_t first_ms = chatabi_request_info(request, CHATABI_INFO_FIRST_BYTE_MS);
  int64_t total_ms = chatabi_request_info(request, CHATABI_INFO_TOTAL_MS);
  assert_true(first_ms >= 40 && total_ms >= first_ms && total_ms < 15000);
  assert_true(chatabi_request_info(request, CHATABI_INFO_FIRST_TEXT_MS) >= first_ms);
  int64_t total = chatabi_request_info(request, CHATABI_INFO_TOTAL_TOKENS);
  assert_true(total > 1);
  assert_int_equal(total, chatabi_request_info(request, CHATABI_INFO_PROMPT_TOKENS) +
                              chatabi_request_info(request, CHATABI_INFO_COMPLETION_TOKENS));
  assert_true(chatabi_request_info(request, CHATABI_INFO_BYTES) > 500);
  assert_int_equal(chatabi_request_info(request, CHATABI_INFO_RETRY_AFTER_MS), -1);
  assert_non_null(strstr(chatabi_request_header(request, "CONTENT-type"), "text/event-stream"));
  assert_null(chatabi_request_header(request, "x-no-such-header"));
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_whole_answer_is_like_a_streamed_one(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  chatabi_request *whole = talk_ask(client, (talk_about){.whole = true});
  chatabi_request *streamed = talk_ask(client, (talk_about){.whole = false});
  talk_end one = talk_drain(whole), other = talk_drain(streamed);
  assert_int_equal(one.code, CHATABI_DONE);
  assert_int_equal(one.kinds[CHATABI_TEXT], 1);
  assert_string_equal(one.text, other.text);
  chatabi_request_free(whole);
  chatabi_request_free(streamed);
  chatabi_client_free(client);
}

static void expect_two_calls(chatabi_client *client, bool whole, const char *fault) {
  chatabi_request *request =
      talk_ask(client, (talk_about){.prompt = "two in parallel", .more = TOOLS, .whole = whole, .fault = fault});
  int event, calls = 0;
  while ((event = chatabi_request_next(request, 10000)) > 0 && event != CHATABI_DONE) {
    if (event != CHATABI_TOOL) continue;
    assert_string_equal(chatabi_request_text(request, NULL), calls ? "clock" : "weather");
    cJSON *call = cJSON_Parse(chatabi_request_json(request, NULL));
    const cJSON *function = cJSON_GetObjectItem(call, "function");
    cJSON *arguments = cJSON_Parse(cJSON_GetStringValue(cJSON_GetObjectItem(function, "arguments")));
    assert_true(cJSON_IsObject(arguments));
    cJSON_Delete(arguments);
    cJSON_Delete(call);
    calls++;
  }
  if (event != CHATABI_DONE || calls != 2)
    fail_msg("fault %s: end %d, %d calls: %s", fault ? fault : "none", event, calls, chatabi_request_message(request));
  assert_string_equal(talk_result(request, "choices.0.finish_reason"), "tool_calls");
  assert_string_equal(talk_result(request, "choices.0.message.tool_calls.0.function.name"), "weather");
  assert_string_equal(talk_result(request, "choices.0.message.tool_calls.1.function.name"), "clock");
  assert_string_equal(talk_result(request, "choices.0.message.tool_calls.0.type"), "function");
  chatabi_request_free(request);
}

static void test_tool_calls_come_whole(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  expect_two_calls(client, true, NULL);
  expect_two_calls(client, false, NULL);
  expect_two_calls(client, false, "dialect=vertex");
  expect_two_calls(client, false, "dialect=vertex_args");
  expect_two_calls(client, false, "dialect=vllm");
  expect_two_calls(client, false, "dialect=gemini");
  chatabi_client_free(client);
}

static void test_choices_are_told_apart(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.more = ",\"n\":3"});
  char text[3][4096] = {"", "", ""}, path[40];
  int event;
  while ((event = chatabi_request_next(request, 10000)) > 0 && event != CHATABI_DONE) {
    int64_t choice = chatabi_request_info(request, CHATABI_INFO_CHOICE);
    if (event != CHATABI_TEXT) continue;
    assert_true(choice >= 0 && choice < 3);
    strncat(text[choice], chatabi_request_text(request, NULL), 4095 - strlen(text[choice]));
  }
  assert_int_equal(event, CHATABI_DONE);
  for (int i = 0; i < 3; i++) {
    snprintf(path, sizeof path, "choices.%d.message.content", i);
    assert_true(*text[i]);
    assert_string_equal(talk_result(request, path), text[i]);
  }
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_framing_changes_nothing(void **state) {
  static const char *const framings[] = {
      "dribble", "crlf", "cr", "comments", "no_done", "close_delimited", "pace=3", "dribble,crlf,comments"};
  chatabi_client *client = talk_client(*state, NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.fault = NULL});
  talk_end plain = talk_drain(request);
  chatabi_request_free(request);
  for (size_t i = 0; i < sizeof framings / sizeof *framings; i++) {
    request = talk_ask(client, (talk_about){.fault = framings[i]});
    talk_end end = talk_drain(request);
    if (end.code != CHATABI_DONE) fail_msg("%s: %s", framings[i], chatabi_request_message(request));
    assert_string_equal(end.text, plain.text);
    chatabi_request_free(request);
  }
  chatabi_client_free(client);
}

static void test_big_event(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.fault = "big_event=4000000"});
  talk_end end = talk_drain(request);
  assert_int_equal(end.code, CHATABI_DONE);
  assert_int_equal(end.text_len, 4000000);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_length_and_filter_are_told(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.more = ",\"max_tokens\":3"});
  assert_int_equal(talk_drain(request).code, CHATABI_DONE);
  assert_string_equal(talk_result(request, "choices.0.finish_reason"), "length");
  chatabi_request_free(request);
  request = talk_ask(client, (talk_about){.fault = "content_filter"});
  assert_int_equal(talk_drain(request).code, CHATABI_DONE);
  assert_string_equal(talk_result(request, "choices.0.finish_reason"), "content_filter");
  assert_true(*talk_result(request, "choices.0.message.content"));
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_reasoning_is_kept_apart(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  chatabi_request *request =
      talk_ask(client, (talk_about){.fault = "dialect=vllm", .more = ",\"reasoning_effort\":\"low\""});
  talk_end end = talk_drain(request);
  assert_int_equal(end.code, CHATABI_DONE);
  assert_true(end.kinds[CHATABI_REASONING] > 0 && end.kinds[CHATABI_TEXT] > 0);
  assert_string_equal(talk_result(request, "choices.0.message.content"), end.text);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_signatures_survive_the_way_back(void **state) {
  chatabi_client *client =
      talk_vertex(*state, NULL, NULL, "model", "google/gemini-3-pro-preview", "location", "global", NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.prompt = "call it", .more = TOOLS});
  if (talk_drain(request).code != CHATABI_DONE) fail_msg("%s", chatabi_request_message(request));
  cJSON *result = cJSON_Parse(chatabi_request_result(request, NULL));
  cJSON *message = cJSON_GetObjectItem(cJSON_GetArrayItem(cJSON_GetObjectItem(result, "choices"), 0), "message");
  char *printed = cJSON_PrintUnformatted(message);
  char body[4096];
  int len = snprintf(body, sizeof body,
                     "{\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"call it\"},%s,{\"role\":\"tool\","
                     "\"tool_call_id\":\"%s\",\"content\":\"sunny\"}]}",
                     printed, talk_result(request, "choices.0.message.tool_calls.0.id"));
  cJSON_free(printed);
  cJSON_Delete(result);
  chatabi_request_free(request);
  request = chatabi_client_send(client, body, (size_t)len, NULL);
  if (talk_drain(request).code != CHATABI_DONE) fail_msg("%s", chatabi_request_message(request));
  chatabi_request_free(request);
  chatabi_client_free(client);
}

/* A request never goes back, but from retrying, and says at its end how it ended. */
static void test_states_go_forward(void **state) {
  chatabi_client *client = talk_vertex(*state, NULL, NULL, NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.fault = "slow_first_byte=300,pace=5"});
  bool seen[9] = {false};
  int last = CHATABI_STATE_QUEUED;
  long long until_ms = talk_now_ms() + 10000;
  while (last != CHATABI_STATE_DONE && talk_now_ms() < until_ms) {
    int now = chatabi_request_state(request);
    assert_in_range(now, last, CHATABI_STATE_DONE);
    seen[last = now] = true;
    talk_sleep(1);
  }
  assert_true(seen[CHATABI_STATE_WAITING] && seen[CHATABI_STATE_STREAMING] && seen[CHATABI_STATE_DONE]);
  assert_int_equal(talk_drain(request).code, CHATABI_DONE);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_streamed_text_is_the_result),
      cmocka_unit_test(test_numbers_about_an_answer),
      cmocka_unit_test(test_whole_answer_is_like_a_streamed_one),
      cmocka_unit_test(test_tool_calls_come_whole),
      cmocka_unit_test(test_choices_are_told_apart),
      cmocka_unit_test(test_framing_changes_nothing),
      cmocka_unit_test(test_big_event),
      cmocka_unit_test(test_length_and_filter_are_told),
      cmocka_unit_test(test_reasoning_is_kept_apart),
      cmocka_unit_test(test_signatures_survive_the_way_back),
      cmocka_unit_test(test_states_go_forward),
  };
  return cmocka_run_group_tests(tests, flow_emulator_start, flow_emulator_stop);
}
