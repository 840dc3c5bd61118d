/* SPDX-License-Identifier: MIT
 * What reaches a server of what the host sent: the body in that server's manners, or untouched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "talk.h"

#include <cmocka.h>

static int start(void **state) {
  if (flow_emulator_start(state)) return 1;
  flow_emulator_config(*state, "{\"journal_bodies\":true}");
  return 0;
}

/* The last chat request that arrived, as JSON text of its member "body" or "headers". Static. */
static const char *arrived(const flow_emulator *emulator, const char *member) {
  static char text[16384];
  cJSON *journal = flow_emulator_call(emulator, "GET", "journal", NULL);
  const cJSON *entry = NULL, *each;
  cJSON_ArrayForEach(each, journal) {
    const cJSON *path = cJSON_GetObjectItemCaseSensitive(each, "path");
    if (cJSON_IsString(path) && strstr(path->valuestring, "/chat/completions")) entry = each;
  }
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(entry, member);
  *text = '\0';
  if (cJSON_IsString(item)) {
    snprintf(text, sizeof text, "%s", item->valuestring);
  } else if (item) {
    char *printed = cJSON_PrintUnformatted(item);
    snprintf(text, sizeof text, "%s", printed);
    cJSON_free(printed);
  }
  cJSON_Delete(journal);
  return text;
}

static chatabi_request *send(chatabi_client *client, const char *body) {
  chatabi_request *request = chatabi_client_send(client, body, strlen(body), NULL);
  assert_non_null(request);
  return request;
}

static void expect(chatabi_client *client, const char *body, int code) {
  chatabi_request *request = send(client, body);
  talk_end end = talk_drain(request);
  if (end.code != code) fail_msg("%d, not %d: %s", end.code, code, chatabi_request_message(request));
  chatabi_request_free(request);
}

static bool logged(chatabi_client *client, const char *word) {
  const char *line;
  bool found = false;
  while ((line = chatabi_client_log(client))) found = found || strstr(line, word);
  return found;
}

#define FOREIGN                                                                                     \
  "{\"max_completion_tokens\":50,\"messages\":[{\"role\":\"developer\",\"content\":\"Be short.\"}," \
  "{\"role\":\"user\",\"content\":\"Hi\"}],\"service_tier\":\"flex\",\"unheard_of\":12345678901234567890}"

static void test_vertex(void **state) {
  chatabi_client *client = talk_vertex(*state, NULL, NULL, "model", "gemini-2.5-flash", "log_level", "debug", NULL);
  expect(client, FOREIGN, CHATABI_DONE);
  const char *body = arrived(*state, "body");
  assert_non_null(strstr(body, "google/gemini-2.5-flash"));
  assert_null(strstr(body, "developer"));
  assert_null(strstr(body, "service_tier"));
  assert_non_null(strstr(body, "12345678901234567890"));
  const char *headers = arrived(*state, "headers");
  assert_non_null(strstr(headers, "flex"));
  assert_non_null(strstr(headers, "1800"));
  assert_true(logged(client, "developer"));
  chatabi_client_free(client);
}

/* A plain server in vLLM's manners. */
static const char *plain_url(const flow_emulator *emulator, const char *host) {
  static char url[120];
  snprintf(url, sizeof url, "http://%s:%s/vllm/v1", host, strrchr(emulator->url, ':') + 1);
  return url;
}

static void test_compatible(void **state) {
  chatabi_client *client = talk_client(*state, "base_url", plain_url(*state, "127.0.0.1"), "log_level", "debug", NULL);
  expect(client, FOREIGN, CHATABI_DONE);
  const char *body = arrived(*state, "body");
  assert_non_null(strstr(body, "\"max_tokens\":50"));
  assert_non_null(strstr(body, "\"system\""));
  assert_non_null(strstr(body, "service_tier"));
  assert_true(logged(client, "max_completion_tokens"));
  chatabi_client_free(client);
}

static void test_off_changes_nothing(void **state) {
  const char *body =
      "{\"model\":\"emulator\", \"stream\" : true,\"messages\":[{\"content\":\"Hi\",\"role\":\"user\"}]}";
  chatabi_client *client = talk_client(*state, "dialect", "off", NULL);
  expect(client, body, CHATABI_DONE);
  assert_string_equal(arrived(*state, "body"), body);
  chatabi_client_free(client);
}

static void test_a_named_one_counts(void **state) {
  chatabi_client *client = talk_client(*state, "dialect", "openai", NULL);
  expect(client, "{\"max_tokens\":50,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}", CHATABI_DONE);
  assert_non_null(strstr(arrived(*state, "body"), "\"max_completion_tokens\":50"));
  chatabi_client_free(client);
}

static void test_usage_comes_without_asking(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  chatabi_request *request = send(client, "{\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}");
  assert_int_equal(talk_drain(request).code, CHATABI_DONE);
  assert_true(chatabi_request_info(request, CHATABI_INFO_TOTAL_TOKENS) > 0);
  chatabi_request_free(request);
  request =
      send(client, "{\"stream\":true,\"stream_options\":null,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}");
  assert_int_equal(talk_drain(request).code, CHATABI_DONE);
  assert_null(strstr(arrived(*state, "body"), "stream_options"));
  chatabi_request_free(request);
  chatabi_client_free(client);
}

/* A server that does not know what we ask for is asked again without it, and never again with it. */
static void test_usage_is_not_worth_the_answer(void **state) {
  char url[120];
  const flow_emulator *emulator = *state;
  snprintf(url, sizeof url, "%s/old/v1", emulator->url);
  chatabi_client *client = talk_client(emulator, "base_url", url, "max_retries", "0", NULL);
  for (int i = 0; i < 2; i++) {
    chatabi_request *request = send(client, "{\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}");
    talk_end end = talk_drain(request);
    if (end.code != CHATABI_DONE) fail_msg("%s", chatabi_request_message(request));
    assert_int_equal(chatabi_request_info(request, CHATABI_INFO_ATTEMPTS), 2 - i);
    chatabi_request_free(request);
  }
  /* What the host itself asked for is the host's business. */
  expect(client,
         "{\"stream\":true,\"stream_options\":{\"include_usage\":true},\"messages\":[{\"role\":\"user\",\"content\":"
         "\"Hi\"}]}",
         CHATABI_E_INVALID_REQUEST);
  chatabi_client_free(client);
}

static void test_contradictions_are_not_sent(void **state) {
  static const char *const bodies[] = {
      "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"reasoning_effort\":\"low\","
      "\"extra_body\":{\"google\":{\"thinking_config\":{\"thinking_budget\":100}}}}",
      "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"max_tokens\":5,\"max_completion_tokens\":6}"};
  chatabi_client *client = talk_vertex(*state, NULL, NULL, NULL);
  for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) expect(client, bodies[i], CHATABI_E_BODY);
  assert_int_equal(flow_emulator_count(*state, "/chat/completions", NULL), 0);
  chatabi_client_free(client);
}

/* A fallback gets a body of its own. */
static void test_each_place_in_its_manners(void **state) {
  const flow_emulator *emulator = *state;
  char list[200];
  snprintf(list, sizeof list, "[{\"base_url\":\"%s\",\"model\":\"other\"}]", plain_url(emulator, "localhost"));
  chatabi_client *client =
      talk_vertex(emulator, NULL, NULL, "base_url", "https://127.0.0.1:1", "fallback", list, "max_retries", "0", NULL);
  chatabi_request *request = send(client, FOREIGN);
  talk_end end = talk_drain(request);
  if (end.code != CHATABI_DONE) fail_msg("%s", chatabi_request_message(request));
  assert_non_null(strstr(arrived(emulator, "body"), "\"other\""));
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_thoughts_in_a_tag(void **state) {
  const char *body =
      "{\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"extra_body\":{\"google\":"
      "{\"thinking_config\":{\"include_thoughts\":true},\"thought_tag_marker\":\"think\"}}}";
  chatabi_client *client = talk_vertex(*state, NULL, NULL, "think_tag", "think", NULL);
  chatabi_request *request = send(client, body);
  talk_end end = talk_drain(request);
  if (end.code != CHATABI_DONE) fail_msg("%s", chatabi_request_message(request));
  assert_true(end.kinds[CHATABI_REASONING] > 0);
  assert_null(strstr(end.text, "think>"));
  assert_string_equal(talk_result(request, "choices.0.message.content"), end.text);
  assert_true(*talk_result(request, "choices.0.message.reasoning_content"));
  chatabi_request_free(request);
  chatabi_client_free(client);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(test_vertex, flow_emulator_clear),
      cmocka_unit_test_setup(test_compatible, flow_emulator_clear),
      cmocka_unit_test_setup(test_off_changes_nothing, flow_emulator_clear),
      cmocka_unit_test_setup(test_a_named_one_counts, flow_emulator_clear),
      cmocka_unit_test_setup(test_usage_comes_without_asking, flow_emulator_clear),
      cmocka_unit_test_setup(test_usage_is_not_worth_the_answer, flow_emulator_clear),
      cmocka_unit_test_setup(test_contradictions_are_not_sent, flow_emulator_clear),
      cmocka_unit_test_setup(test_each_place_in_its_manners, flow_emulator_clear),
      cmocka_unit_test_setup(test_thoughts_in_a_tag, flow_emulator_clear),
  };
  return cmocka_run_group_tests(tests, start, flow_emulator_stop);
}
