/* SPDX-License-Identifier: MIT
 * Limits on what a client does and what an answer may be: each an option, each with an error of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "talk.h"

#include <cmocka.h>

#define CHAT "/chat/completions"

static void expect(chatabi_request *request, int code, const char *limit) {
  talk_end end = talk_drain(request);
  if (end.code != code) fail_msg("%d, not %d: %s", end.code, code, chatabi_request_message(request));
  if (!limit) return;
  assert_string_equal(talk_error(request, "limit"), limit);
  assert_non_null(strstr(chatabi_request_message(request), limit));
}

static void test_events(void **state) {
  chatabi_client *client = talk_client(*state, "max_events", "20", NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.fault = "long=5000"});
  expect(request, CHATABI_E_TOO_MANY, "max_events");
  assert_int_equal(talk_result(request, "choices.0.message.content")[0] != '\0', 1);
  assert_int_equal(chatabi_request_info(request, CHATABI_INFO_RETRYABLE), 0);
  chatabi_request_free(request);
  request = talk_ask(client, (talk_about){.prompt = "Hi", .more = ",\"max_tokens\":5"});
  expect(request, CHATABI_DONE, NULL);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_bytes(void **state) {
  chatabi_client *client = talk_client(*state, "max_response_bytes", "20000", NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.fault = "long=5000"});
  expect(request, CHATABI_E_TOO_LARGE, NULL);
  assert_string_equal(talk_error(request, "limit"), "max_response_bytes");
  chatabi_request_free(request);
  chatabi_client_free(client);
}

/* One goes, one waits, the third is told to come back. */
static void test_queue(void **state) {
  chatabi_client *client = talk_client(*state, "max_in_flight", "1", "max_queued", "1", NULL);
  chatabi_request *first = talk_ask(client, (talk_about){.fault = "slow_first_byte=300"});
  chatabi_request *second = talk_ask(client, (talk_about){.prompt = "two"});
  chatabi_request *third = talk_ask(client, (talk_about){.prompt = "three"});
  expect(third, CHATABI_E_BUSY, "max_queued");
  assert_int_equal(chatabi_request_info(third, CHATABI_INFO_RETRYABLE), 1);
  assert_int_equal(chatabi_request_info(third, CHATABI_INFO_ATTEMPTS), 0);
  expect(first, CHATABI_DONE, NULL);
  expect(second, CHATABI_DONE, NULL);
  chatabi_request *fourth = talk_ask(client, (talk_about){.prompt = "four"});
  expect(fourth, CHATABI_DONE, NULL);
  assert_int_equal(flow_emulator_count(*state, CHAT, NULL), 3);
  chatabi_request_free(first);
  chatabi_request_free(second);
  chatabi_request_free(third);
  chatabi_request_free(fourth);
  chatabi_client_free(client);
}

/* Waiting requests go in the order in which they came. */
static void test_the_line_is_fair(void **state) {
  enum { COUNT = 6 };
  chatabi_client *client = talk_client(*state, "max_in_flight", "1", NULL);
  chatabi_request *requests[COUNT];
  char prompt[16];
  for (int i = 0; i < COUNT; i++) {
    snprintf(prompt, sizeof prompt, "number %d", i);
    requests[i] = talk_ask(client, (talk_about){.prompt = prompt, .more = ",\"max_tokens\":5"});
  }
  for (int i = 0; i < COUNT; i++) {
    chatabi_request *ready = chatabi_client_ready(client, 10000);
    while (ready && chatabi_request_next(ready, 0) != CHATABI_DONE) ready = chatabi_client_ready(client, 10000);
    assert_ptr_equal(ready, requests[i]);
  }
  for (int i = 0; i < COUNT; i++) chatabi_request_free(requests[i]);
  chatabi_client_free(client);
}

static void test_budget(void **state) {
  chatabi_client *client = talk_client(*state, "token_budget", "60", NULL);
  /* It may use more than there is: refused before anything is sent. */
  chatabi_request *request = talk_ask(client, (talk_about){.more = ",\"max_tokens\":61"});
  expect(request, CHATABI_E_BUDGET, "token_budget");
  assert_int_equal(chatabi_request_info(request, CHATABI_INFO_ATTEMPTS), 0);
  assert_int_equal(flow_emulator_count(*state, CHAT, NULL), 0);
  chatabi_request_free(request);
  int sent = 0, code = CHATABI_DONE;
  for (; sent < 60 && code == CHATABI_DONE; sent++) {
    request = talk_ask(client, (talk_about){.more = ",\"max_tokens\":10,\"stream_options\":{\"include_usage\":true}"});
    code = talk_drain(request).code;
    chatabi_request_free(request);
  }
  assert_int_equal(code, CHATABI_E_BUDGET);
  assert_in_range(sent, 3, 10);
  assert_in_range(talk_counter(client, "counters.tokens"), 51, 60);
  chatabi_client_free(client);
}

/* Two at once may not each count on the same rest. */
static void test_budget_is_reserved(void **state) {
  chatabi_client *client = talk_client(*state, "token_budget", "100", NULL);
  chatabi_request *first = talk_ask(client, (talk_about){.fault = "slow_first_byte=200", .more = ",\"max_tokens\":60"});
  chatabi_request *second = talk_ask(client, (talk_about){.more = ",\"max_tokens\":60"});
  expect(second, CHATABI_E_BUDGET, "token_budget");
  expect(first, CHATABI_DONE, NULL);
  chatabi_request *third = talk_ask(client, (talk_about){.more = ",\"max_tokens\":30"});
  expect(third, CHATABI_DONE, NULL);
  chatabi_request_free(first);
  chatabi_request_free(second);
  chatabi_request_free(third);
  chatabi_client_free(client);
}

/* A stream that is cut costs what came of it; one that was refused costs nothing. */
static void test_budget_without_usage(void **state) {
  chatabi_client *client = talk_client(*state, "token_budget", "1000", "max_retries", "0", NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.fault = "500"});
  expect(request, CHATABI_E_SERVER, NULL);
  assert_int_equal(talk_counter(client, "counters.tokens"), 0);
  chatabi_request_free(request);
  request = talk_ask(client, (talk_about){.fault = "long=500,cut=400"});
  expect(request, CHATABI_E_DISCONNECT, NULL);
  assert_in_range(talk_counter(client, "counters.tokens"), 300, 1000);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(test_events, flow_emulator_clear),
      cmocka_unit_test_setup(test_bytes, flow_emulator_clear),
      cmocka_unit_test_setup(test_queue, flow_emulator_clear),
      cmocka_unit_test_setup(test_the_line_is_fair, flow_emulator_clear),
      cmocka_unit_test_setup(test_budget, flow_emulator_clear),
      cmocka_unit_test_setup(test_budget_is_reserved, flow_emulator_clear),
      cmocka_unit_test_setup(test_budget_without_usage, flow_emulator_clear),
  };
  return cmocka_run_group_tests(tests, flow_emulator_start, flow_emulator_stop);
}
