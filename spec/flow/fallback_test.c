/* SPDX-License-Identifier: MIT
 * Option fallback: where a request goes when its place fails, and where it never goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "talk.h"

#include <cmocka.h>

#define CHAT "/chat/completions"
#define NOBODY "http://127.0.0.1:1/v1"

/* The emulator under its other name: another origin, the same server. */
static const char *list_of(const flow_emulator *emulator, const char *more) {
  static char list[300];
  snprintf(list, sizeof list, "[\"http://localhost:%s/v1\"%s]", strrchr(emulator->url, ':') + 1, more);
  return list;
}

static void expect(chatabi_request *request, int code, int attempts, int place) {
  talk_end end = talk_drain(request);
  if (end.code != code) fail_msg("%d, not %d: %s", end.code, code, chatabi_request_message(request));
  assert_int_equal(chatabi_request_info(request, CHATABI_INFO_ATTEMPTS), attempts);
  assert_int_equal(chatabi_request_info(request, CHATABI_INFO_PLACE), place);
  if (code == CHATABI_DONE) assert_string_equal(talk_result(request, "choices.0.message.content"), end.text);
}

/* Waiting faults are for whoever comes first, so the request must carry none. */
static chatabi_request *ask(chatabi_client *client, const char *options) {
  const char *body = "{\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
  return chatabi_client_send(client, body, strlen(body), options);
}

static void test_nobody_there(void **state) {
  chatabi_client *client = talk_client(*state, "base_url", NOBODY, "fallback", list_of(*state, ""), "max_retries", "0",
                                       "log_level", "info", NULL);
  chatabi_request *request = ask(client, NULL);
  expect(request, CHATABI_DONE, 2, 1);
  const char *line;
  bool told = false;
  while ((line = chatabi_client_log(client))) told = told || strstr(line, "trying place 2 of 2");
  assert_true(told);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_another_place_is_tried_at_once(void **state) {
  static const char *const faults[] = {"429=20", "503", "status=404", "html=502", "cut=0"};
  chatabi_client *client = talk_client(*state, "fallback", list_of(*state, ""), "max_retries", "0", NULL);
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
    flow_emulator_fail(*state, faults[i], 1);
    long long from_ms = talk_now_ms();
    chatabi_request *request = ask(client, NULL);
    expect(request, CHATABI_DONE, 2, 1);
    assert_true(talk_now_ms() - from_ms < 5000);
    chatabi_request_free(request);
  }
  chatabi_client_free(client);
}

static void test_the_next_round_is_a_retry(void **state) {
  chatabi_client *client =
      talk_client(*state, "fallback", list_of(*state, ",\"" NOBODY "\""), "max_retries", "1", NULL);
  flow_emulator_fail(*state, "503", 2);
  chatabi_request *request = ask(client, NULL);
  expect(request, CHATABI_DONE, 4, 0);
  chatabi_request_free(request);
  flow_emulator_fail(*state, "503", 9);
  request = ask(client, NULL);
  expect(request, CHATABI_E_CONNECT, 6, 2);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_a_wrong_request_stays_where_it_is(void **state) {
  static const char *const faults[] = {"status=400", "status=403"};
  chatabi_client *client = talk_client(*state, "fallback", list_of(*state, ""), NULL);
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
    flow_emulator_fail(*state, faults[i], 1);
    chatabi_request *request = ask(client, NULL);
    expect(request, i ? CHATABI_E_PERMISSION : CHATABI_E_INVALID_REQUEST, 1, 0);
    chatabi_request_free(request);
  }
  chatabi_client_free(client);
}

/* Nobody is told to wait for a server that did not ask for it. */
static void test_the_end_is_of_the_last_place(void **state) {
  chatabi_client *client = talk_client(*state, "fallback", list_of(*state, ""), NULL);
  flow_emulator_fail(*state, "429=7", 1);
  flow_emulator_fail(*state, "status=400", 1);
  chatabi_request *request = ask(client, NULL);
  expect(request, CHATABI_E_INVALID_REQUEST, 2, 1);
  assert_int_equal(chatabi_request_info(request, CHATABI_INFO_RETRY_AFTER_MS), -1);
  assert_int_equal(chatabi_request_info(request, CHATABI_INFO_RETRYABLE), 0);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_not_after_the_first_event(void **state) {
  chatabi_client *client = talk_client(*state, "fallback", list_of(*state, ""), NULL);
  flow_emulator_fail(*state, "reset=3", 1);
  chatabi_request *request = ask(client, NULL);
  expect(request, CHATABI_E_DISCONNECT, 1, 0);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

/* A model that is not served in a location is asked for in the next. */
static void test_locations(void **state) {
  chatabi_client *client = talk_vertex(*state, NULL, NULL, "model", "google/gemini-3-pro-preview", "fallback",
                                       "[\"europe-west4\",\"global\"]", NULL);
  chatabi_request *request = ask(client, NULL);
  expect(request, CHATABI_DONE, 3, 2);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_another_model(void **state) {
  chatabi_client *client = talk_vertex(*state, NULL, NULL, "model", "google/gemini-3-pro-preview", "fallback",
                                       "[{\"model\":\"google/gemini-2.5-flash\"}]", NULL);
  const char *body =
      "{\"model\":\"google/gemini-3-pro-preview\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
  chatabi_request *request = chatabi_client_send(client, body, strlen(body), NULL);
  expect(request, CHATABI_DONE, 2, 1);
  assert_string_equal(talk_result(request, "model"), "google/gemini-2.5-flash");
  chatabi_request_free(request);
  chatabi_client_free(client);
}

/* A key goes to another server only when somebody named it for this client. */
static void test_whose_key_goes_where(void **state) {
  const flow_emulator *emulator = *state;
  chatabi_client *client = talk_client(emulator, "base_url", NOBODY, "fallback", list_of(emulator, ""), NULL);
  assert_int_equal(chatabi_client_set_auth(client, "api_key", "sk-emulator"), 0);
  chatabi_request *request = ask(client, NULL);
  expect(request, CHATABI_DONE, 2, 1);
  chatabi_request_free(request);
  chatabi_client_free(client);

  setenv("OPENAI_API_KEY", "sk-from-the-environment", 1);
  client = talk_client(emulator, "provider", "openai", "base_url", NOBODY, "fallback", list_of(emulator, ""),
                       "max_retries", "0", NULL);
  request = ask(client, NULL);
  assert_int_equal(talk_drain(request).code, CHATABI_E_AUTH_HOST);
  assert_non_null(strstr(chatabi_request_message(request), "fallback"));
  chatabi_request_free(request);
  chatabi_client_free(client);
  unsetenv("OPENAI_API_KEY");
  assert_int_equal(flow_emulator_count(emulator, CHAT, NULL), 1);
}

/* Nor a Google token that was merely found here. */
static void test_a_found_token_stays_with_google(void **state) {
  const flow_emulator *emulator = *state;
  char list[200];
  snprintf(list, sizeof list, "[\"%s/v1\"]", emulator->url);
  setenv("GOOGLE_APPLICATION_CREDENTIALS", emulator->authorized_user_file, 1);
  chatabi_client *client = chatabi_client_new();
  chatabi_client_set(client, "provider", "vertex");
  chatabi_client_set(client, "base_url", "https://127.0.0.1:1");
  chatabi_client_set(client, "project", emulator->project);
  chatabi_client_set(client, "model", "google/gemini-2.5-flash");
  chatabi_client_set(client, "ca_file", emulator->ca_file);
  chatabi_client_set(client, "auth_allow_hosts", "127.0.0.1");
  chatabi_client_set(client, "fallback", list);
  chatabi_client_set(client, "max_retries", "0");
  chatabi_client_set(client, "proxy", "");
  chatabi_request *request = ask(client, NULL);
  assert_int_equal(talk_drain(request).code, CHATABI_E_AUTH_HOST);
  assert_int_equal(flow_emulator_count(emulator, CHAT, NULL), 0);
  chatabi_request_free(request);
  chatabi_client_free(client);
  unsetenv("GOOGLE_APPLICATION_CREDENTIALS");
}

static void test_locations_need_a_place_in_the_url(void **state) {
  chatabi_client *client = talk_client(*state, "fallback", "[\"europe-west4\"]", NULL);
  chatabi_request *request = ask(client, NULL);
  assert_int_equal(talk_drain(request).code, CHATABI_E_CONFIG);
  assert_non_null(strstr(chatabi_request_message(request), "europe-west4"));
  chatabi_request_free(request);
  assert_int_equal(chatabi_client_set(client, "fallback", "[1]"), CHATABI_E_CONFIG);
  chatabi_client_free(client);
}

static void test_a_cancelled_wait_ends_at_once(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  flow_emulator_fail(*state, "429=30", 1);
  chatabi_request *request = ask(client, NULL);
  for (int i = 0; i < 1000 && chatabi_request_state(request) != CHATABI_STATE_RETRYING; i++) talk_sleep(2);
  assert_int_equal(chatabi_request_state(request), CHATABI_STATE_RETRYING);
  long long from_ms = talk_now_ms();
  chatabi_request_cancel(request);
  assert_int_equal(chatabi_request_next(request, -1), CHATABI_E_CANCELLED);
  assert_true(talk_now_ms() - from_ms < 2000);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(test_nobody_there, flow_emulator_clear),
      cmocka_unit_test_setup(test_another_place_is_tried_at_once, flow_emulator_clear),
      cmocka_unit_test_setup(test_the_next_round_is_a_retry, flow_emulator_clear),
      cmocka_unit_test_setup(test_a_wrong_request_stays_where_it_is, flow_emulator_clear),
      cmocka_unit_test_setup(test_the_end_is_of_the_last_place, flow_emulator_clear),
      cmocka_unit_test_setup(test_not_after_the_first_event, flow_emulator_clear),
      cmocka_unit_test_setup(test_locations, flow_emulator_clear),
      cmocka_unit_test_setup(test_another_model, flow_emulator_clear),
      cmocka_unit_test_setup(test_whose_key_goes_where, flow_emulator_clear),
      cmocka_unit_test_setup(test_a_found_token_stays_with_google, flow_emulator_clear),
      cmocka_unit_test_setup(test_locations_need_a_place_in_the_url, flow_emulator_clear),
      cmocka_unit_test_setup(test_a_cancelled_wait_ends_at_once, flow_emulator_clear),
  };
  return cmocka_run_group_tests(tests, flow_emulator_start, flow_emulator_stop);
}
