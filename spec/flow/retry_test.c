/* SPDX-License-Identifier: MIT
 * When the same request is sent again, how long after, and when never. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "talk.h"

#include <cmocka.h>

#define CHAT "/chat/completions"

/* Without a fault of its own, so that the waiting ones are taken in turn. */
static chatabi_request *ask(chatabi_client *client, const char *options) {
  const char *body = "{\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
  return chatabi_client_send(client, body, strlen(body), options);
}

static void expect(chatabi_client *client, const char *options, int code, int attempts) {
  chatabi_request *request = ask(client, options);
  talk_end end = talk_drain(request);
  if (end.code != code) fail_msg("%d: %s", end.code, chatabi_request_message(request));
  assert_int_equal(chatabi_request_info(request, CHATABI_INFO_ATTEMPTS), attempts);
  if (code == CHATABI_DONE) {
    assert_string_equal(talk_result(request, "choices.0.message.content"), end.text);
    assert_int_equal(chatabi_request_error(request), 0);
    assert_int_equal(chatabi_request_info(request, CHATABI_INFO_RETRYABLE), -1);
    assert_string_equal(chatabi_request_message(request), "");
  }
  chatabi_request_free(request);
}

static void test_retry_after_is_kept(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  flow_emulator_fail(*state, "429=1", 1);
  long long from_ms = talk_now_ms();
  expect(client, NULL, CHATABI_DONE, 2);
  long long took_ms = talk_now_ms() - from_ms;
  if (took_ms < 1000 || took_ms > 3000) fail_msg("took %lld ms", took_ms);
  assert_int_equal(flow_emulator_count(*state, CHAT, NULL), 2);
  assert_int_equal(talk_counter(client, "counters.retries"), 1);
  chatabi_client_free(client);
}

static void test_retry_info_is_kept(void **state) {
  chatabi_client *client = talk_vertex(*state, NULL, NULL, NULL);
  flow_emulator_fail(*state, "429_info=1", 1);
  long long from_ms = talk_now_ms();
  expect(client, NULL, CHATABI_DONE, 2);
  assert_true(talk_now_ms() - from_ms >= 1000);
  chatabi_client_free(client);
}

/* A server that asks for no wait still gets ours: half a second, less a quarter at most. */
static void test_no_wait_is_asked_for(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  flow_emulator_fail(*state, "429=0", 1);
  long long from_ms = talk_now_ms();
  expect(client, NULL, CHATABI_DONE, 2);
  assert_true(talk_now_ms() - from_ms >= 375);
  chatabi_client_free(client);
}

static void test_too_long_a_wait_is_an_error_at_once(void **state) {
  chatabi_client *client = talk_client(*state, "max_retry_wait_ms", "2000", NULL);
  flow_emulator_fail(*state, "429=5", 1);
  long long from_ms = talk_now_ms();
  expect(client, NULL, CHATABI_E_RATE_LIMIT, 1);
  assert_true(talk_now_ms() - from_ms < 3000);
  chatabi_client_free(client);
}

static void test_only_so_often(void **state) {
  chatabi_client *client = talk_client(*state, "max_retries", "1", NULL);
  flow_emulator_fail(*state, "429=0", 8);
  expect(client, NULL, CHATABI_E_RATE_LIMIT, 2);
  expect(client, "{\"max_retries\":0}", CHATABI_E_RATE_LIMIT, 1);
  expect(client, "{\"max_retries\":2}", CHATABI_E_RATE_LIMIT, 3);
  chatabi_client_free(client);
}

static void test_servers_that_fail_are_tried_again(void **state) {
  static const char *const faults[] = {"500", "503", "html=502", "cut=0", "reset=0", "status=408"};
  chatabi_client *client = talk_client(*state, NULL);
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
    flow_emulator_fail(*state, faults[i], 1);
    expect(client, NULL, CHATABI_DONE, 2);
  }
  chatabi_client_free(client);
}

static void test_refusals_are_not(void **state) {
  static const struct {
    const char *fault;
    int code;
  } rows[] = {{"status=400", CHATABI_E_INVALID_REQUEST},
              {"status=403", CHATABI_E_PERMISSION},
              {"status=404", CHATABI_E_NOT_FOUND},
              {"redirect", CHATABI_E_PROTOCOL}};
  chatabi_client *client = talk_client(*state, NULL);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    flow_emulator_fail(*state, rows[i].fault, 1);
    expect(client, NULL, rows[i].code, 1);
  }
  chatabi_client_free(client);
}

static void test_not_after_the_first_event(void **state) {
  static const char *const faults[] = {"cut=3", "reset=3", "error_in_stream=3", "no_done,no_finish"};
  chatabi_client *client = talk_client(*state, NULL);
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
    flow_emulator_clear(state);
    flow_emulator_fail(*state, faults[i], 1);
    chatabi_request *request = ask(client, "{\"max_retries\":5}");
    talk_end end = talk_drain(request);
    assert_true(end.code < 0 && end.events > 0);
    assert_int_equal(chatabi_request_info(request, CHATABI_INFO_ATTEMPTS), 1);
    assert_int_equal(flow_emulator_count(*state, CHAT, NULL), 1);
    chatabi_request_free(request);
  }
  chatabi_client_free(client);
}

static void test_state_says_so(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  flow_emulator_fail(*state, "429=1", 1);
  chatabi_request *request = ask(client, NULL);
  for (int i = 0; i < 500 && chatabi_request_state(request) != CHATABI_STATE_RETRYING; i++) talk_sleep(2);
  assert_int_equal(chatabi_request_state(request), CHATABI_STATE_RETRYING);
  assert_int_equal(chatabi_request_info(request, CHATABI_INFO_RETRY_AFTER_MS), 1000);
  assert_int_equal(chatabi_request_next(request, 0), 0);
  assert_int_equal(talk_drain(request).code, CHATABI_DONE);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(test_retry_after_is_kept, flow_emulator_clear),
      cmocka_unit_test_setup(test_retry_info_is_kept, flow_emulator_clear),
      cmocka_unit_test_setup(test_no_wait_is_asked_for, flow_emulator_clear),
      cmocka_unit_test_setup(test_too_long_a_wait_is_an_error_at_once, flow_emulator_clear),
      cmocka_unit_test_setup(test_only_so_often, flow_emulator_clear),
      cmocka_unit_test_setup(test_servers_that_fail_are_tried_again, flow_emulator_clear),
      cmocka_unit_test_setup(test_refusals_are_not, flow_emulator_clear),
      cmocka_unit_test_setup(test_not_after_the_first_event, flow_emulator_clear),
      cmocka_unit_test_setup(test_state_says_so, flow_emulator_clear),
  };
  return cmocka_run_group_tests(tests, flow_emulator_start, flow_emulator_stop);
}
