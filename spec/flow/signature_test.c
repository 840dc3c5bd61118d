/* SPDX-License-Identifier: MIT
 * Two rounds of tools with Gemini 3, which wants every thought signature back where it was: one call after the other
 * and two at once, streamed and whole, on Vertex AI and the Gemini API. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "talk.h"

#include <cmocka.h>

#define TOOL(name)                                        \
  "{\"type\":\"function\",\"function\":{\"name\":\"" name \
  "\",\"parameters\":{\"type\":\"object\","               \
  "\"properties\":{\"where\":{\"type\":\"string\"}},\"required\":[\"where\"],\"additionalProperties\":false}}}"

typedef struct talk_history {
  cJSON *messages;
  bool streamed;
} talk_history;

static void say(talk_history *history, const char *role, const char *text, const char *call_id) {
  cJSON *message = cJSON_CreateObject();
  cJSON_AddStringToObject(message, "role", role);
  cJSON_AddStringToObject(message, "content", text);
  if (call_id) cJSON_AddStringToObject(message, "tool_call_id", call_id);
  cJSON_AddItemToArray(history->messages, message);
}

static chatabi_request *send(chatabi_client *client, const talk_history *history) {
  char *messages = cJSON_PrintUnformatted(history->messages);
  char body[32768];
  int len = snprintf(body, sizeof body, "{\"stream\":%s,\"tools\":[%s,%s],\"messages\":%s}",
                     history->streamed ? "true" : "false", TOOL("look"), TOOL("listen"), messages);
  cJSON_free(messages);
  assert_in_range(len, 1, sizeof body - 1);
  return chatabi_client_send(client, body, (size_t)len, NULL);
}

/* The assistant's message goes back as it came. Returns how many calls it has; each gets its answer. */
static int take_turn(chatabi_client *client, talk_history *history) {
  chatabi_request *request = send(client, history);
  talk_end end = talk_drain(request);
  if (end.code != CHATABI_DONE) fail_msg("%s", chatabi_request_message(request));
  cJSON *result = cJSON_Parse(chatabi_request_result(request, NULL));
  const cJSON *choice = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(result, "choices"), 0);
  cJSON *message = cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(choice, "message"), 1);
  cJSON_AddItemToArray(history->messages, message);
  const cJSON *calls = cJSON_GetObjectItemCaseSensitive(message, "tool_calls"), *call;
  int count = cJSON_GetArraySize(calls);
  assert_int_equal(end.kinds[CHATABI_TOOL], count);
  cJSON_ArrayForEach(call, calls)
      say(history, "tool", "{\"seen\":7}", cJSON_GetObjectItemCaseSensitive(call, "id")->valuestring);
  cJSON_Delete(result);
  chatabi_request_free(request);
  return count;
}

static void talk_it_through(chatabi_client *client, const char *prompt, int calls, bool streamed) {
  talk_history history = {cJSON_CreateArray(), streamed};
  say(&history, "user", prompt, NULL);
  assert_int_equal(take_turn(client, &history), calls);
  assert_int_equal(take_turn(client, &history), calls);
  assert_int_equal(take_turn(client, &history), 0);
  say(&history, "user", "Once more, in steps.", NULL); /* what is long past is still as it was */
  assert_int_equal(take_turn(client, &history), 1);
  cJSON_Delete(history.messages);
}

static chatabi_client *gemini(const flow_emulator *emulator) {
  char url[120];
  snprintf(url, sizeof url, "%s/v1beta/openai", emulator->url);
  chatabi_client *client =
      talk_client(emulator, "provider", "gemini", "base_url", url, "model", "gemini-3-pro-preview", NULL);
  assert_int_equal(chatabi_client_set_auth(client, "api_key", "sk-emulator"), 0);
  return client;
}

static chatabi_client *vertex(const flow_emulator *emulator, const char *key, const char *value) {
  return talk_vertex(emulator, NULL, NULL, "model", "google/gemini-3-pro-preview", "location", "global", key, value,
                     NULL);
}

static void test_signatures_come_back(void **state) {
  for (int api = 0; api < 2; api++) {
    chatabi_client *client = api ? gemini(*state) : vertex(*state, NULL, NULL);
    for (int streamed = 0; streamed < 2; streamed++) {
      talk_it_through(client, "Look around twice.", 1, streamed);
      talk_it_through(client, "Look around twice, in parallel.", 2, streamed);
    }
    chatabi_client_free(client);
  }
}

/* The emulator is as strict as Google, or the test above would show nothing. */
static cJSON *signature_of(const talk_history *history) {
  cJSON *message = cJSON_GetArrayItem(history->messages, 1);
  cJSON *call = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(message, "tool_calls"), 0);
  cJSON *extra = cJSON_GetObjectItemCaseSensitive(call, "extra_content");
  return cJSON_GetObjectItemCaseSensitive(extra, "google");
}

static void expect_refusal(chatabi_client *client, const talk_history *history) {
  chatabi_request *request = send(client, history);
  assert_int_equal(talk_drain(request).code, CHATABI_E_INVALID_REQUEST);
  chatabi_request_free(request);
}

static void test_an_altered_one_is_refused(void **state) {
  chatabi_client *client = vertex(*state, "dialect", "off");
  talk_history history = {cJSON_CreateArray(), true};
  say(&history, "user", "Look around twice.", NULL);
  assert_int_equal(take_turn(client, &history), 1);
  cJSON *google = signature_of(&history);
  assert_non_null(google);
  cJSON_ReplaceItemInObjectCaseSensitive(google, "thought_signature", cJSON_CreateString("QWx0ZXJlZA=="));
  expect_refusal(client, &history);
  cJSON_DeleteItemFromObjectCaseSensitive(google, "thought_signature");
  expect_refusal(client, &history);
  cJSON_Delete(history.messages);
  chatabi_client_free(client);
}

/* Calls that another model made have none: they are marked as such, and the log warns. */
static void test_foreign_calls_are_marked(void **state) {
  chatabi_client *client = vertex(*state, NULL, NULL);
  talk_history history = {cJSON_CreateArray(), true};
  say(&history, "user", "Look around twice.", NULL);
  assert_int_equal(take_turn(client, &history), 1);
  cJSON_DeleteItemFromObjectCaseSensitive(signature_of(&history), "thought_signature");
  assert_int_equal(take_turn(client, &history), 1);
  const char *line = chatabi_client_log(client);
  assert_non_null(line);
  assert_non_null(strstr(line, " warn "));
  assert_non_null(strstr(line, "thought"));
  cJSON_Delete(history.messages);
  chatabi_client_free(client);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(test_signatures_come_back, flow_emulator_clear),
      cmocka_unit_test_setup(test_an_altered_one_is_refused, flow_emulator_clear),
      cmocka_unit_test_setup(test_foreign_calls_are_marked, flow_emulator_clear),
  };
  return cmocka_run_group_tests(tests, flow_emulator_start, flow_emulator_stop);
}
