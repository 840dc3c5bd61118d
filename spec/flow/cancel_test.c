/* SPDX-License-Identifier: MIT
 * Ends that the host makes: cancel, free, stop, a client that goes first. The server must see each of them. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "talk.h"

#include <cmocka.h>

#define CHAT "/chat/completions"

static void expect_cancelled(chatabi_request *request) {
  assert_int_equal(chatabi_request_next(request, 0), CHATABI_E_CANCELLED);
  assert_int_equal(chatabi_request_next(request, -1), CHATABI_E_CANCELLED);
  assert_int_equal(chatabi_request_error(request), CHATABI_E_CANCELLED);
  assert_true(*chatabi_request_message(request));
  assert_string_equal(talk_error(request, "name"), "CANCELLED");
  assert_non_null(chatabi_request_result(request, NULL));
}

static void read_events(chatabi_request *request, int count) {
  for (int i = 0; i < count; i++) assert_true(chatabi_request_next(request, 10000) > 0);
}

static void test_before_the_first_byte(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.fault = "slow_first_byte=15000"});
  assert_int_equal(flow_emulator_await(*state, CHAT, NULL, 1), 1);
  chatabi_request_cancel(request);
  expect_cancelled(request);
  assert_int_equal(flow_emulator_await(*state, CHAT, "disconnected", 1), 1);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_at_once(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  for (int i = 0; i < 50; i++) {
    chatabi_request *request = talk_ask(client, (talk_about){.fault = "pace=20"});
    chatabi_request_cancel(request);
    chatabi_request_cancel(request);
    expect_cancelled(request);
    chatabi_request_free(request);
  }
  chatabi_request *request = talk_ask(client, (talk_about){.prompt = NULL});
  assert_int_equal(talk_drain(request).code, CHATABI_DONE);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_mid_stream_keeps_what_came(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.fault = "pace=20,long=1000"});
  read_events(request, 6);
  chatabi_request_cancel(request);
  expect_cancelled(request);
  assert_true(*talk_result(request, "choices.0.message.content"));
  assert_int_equal(flow_emulator_await(*state, CHAT, "disconnected", 1), 1);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_another_request_goes_on(void **state) {
  chatabi_client *client = talk_vertex(*state, NULL, NULL, NULL);
  chatabi_request *kept = talk_ask(client, (talk_about){.fault = "pace=10"});
  chatabi_request *request = talk_ask(client, (talk_about){.fault = "pace=20,long=1000"});
  read_events(request, 3);
  chatabi_request_cancel(request);
  expect_cancelled(request);
  assert_int_equal(talk_drain(kept).code, CHATABI_DONE);
  assert_int_equal(flow_emulator_await(*state, CHAT, "disconnected", 1), 1);
  chatabi_request_free(request);
  chatabi_request_free(kept);
  chatabi_client_free(client);
}

static void *cancel_soon(void *arg) {
  talk_sleep(60);
  chatabi_request_cancel(arg);
  return NULL;
}

static void test_from_another_thread_ends_a_wait(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.fault = "slow_first_byte=15000"});
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, cancel_soon, request), 0);
  long long from_ms = talk_now_ms();
  assert_int_equal(chatabi_request_next(request, -1), CHATABI_E_CANCELLED);
  assert_true(talk_now_ms() - from_ms < 3000);
  pthread_join(thread, NULL);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_from_another_thread_while_reading(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  for (int i = 0; i < 5; i++) {
    chatabi_request *request = talk_ask(client, (talk_about){.fault = "flood=3000000"});
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, request), 0);
    assert_int_equal(talk_drain(request).code, CHATABI_E_CANCELLED);
    pthread_join(thread, NULL);
    chatabi_request_free(request);
  }
  chatabi_client_free(client);
}

static void test_after_the_end_does_nothing(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.prompt = NULL});
  assert_int_equal(talk_drain(request).code, CHATABI_DONE);
  chatabi_request_cancel(request);
  assert_int_equal(chatabi_request_next(request, 0), CHATABI_DONE);
  assert_int_equal(chatabi_request_error(request), 0);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_while_waiting_for_another_try(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.fault = "429=30"});
  for (int i = 0; i < 500 && chatabi_request_state(request) != CHATABI_STATE_RETRYING; i++) talk_sleep(10);
  assert_int_equal(chatabi_request_state(request), CHATABI_STATE_RETRYING);
  chatabi_request_cancel(request);
  expect_cancelled(request);
  assert_int_equal(flow_emulator_count(*state, CHAT, NULL), 1);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_while_waiting_for_a_credential(void **state) {
  flow_emulator_fail(*state, "token_slow=600", 1);
  chatabi_client *client = talk_vertex(*state, NULL, NULL, NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.prompt = NULL});
  chatabi_request *other = talk_ask(client, (talk_about){.prompt = NULL});
  for (int i = 0; i < 500 && chatabi_request_state(request) != CHATABI_STATE_AUTH; i++) talk_sleep(1);
  assert_int_equal(chatabi_request_state(request), CHATABI_STATE_AUTH);
  chatabi_request_cancel(request);
  expect_cancelled(request);
  assert_int_equal(talk_drain(other).code, CHATABI_DONE);
  assert_int_equal(flow_emulator_count(*state, CHAT, NULL), 1);
  chatabi_request_free(request);
  chatabi_request_free(other);
  chatabi_client_free(client);
}

static void test_free_is_a_cancel(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.fault = "pace=20,long=1000"});
  read_events(request, 2);
  chatabi_request_free(request);
  assert_int_equal(flow_emulator_await(*state, CHAT, "disconnected", 1), 1);
  chatabi_client_free(client);
}

static void test_client_goes_first(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  chatabi_request *running = talk_ask(client, (talk_about){.fault = "pace=20,long=1000"});
  chatabi_request *waiting = talk_ask(client, (talk_about){.fault = "slow_first_byte=15000"});
  chatabi_request *done = talk_ask(client, (talk_about){.prompt = NULL});
  read_events(running, 3);
  assert_int_equal(talk_drain(done).code, CHATABI_DONE);
  long long from_ms = talk_now_ms();
  chatabi_client_free(client);
  assert_true(talk_now_ms() - from_ms < 200);
  talk_end end = talk_drain(running);
  assert_int_equal(end.code, CHATABI_E_CLOSED);
  assert_true(*talk_result(running, "choices.0.message.content"));
  assert_int_equal(talk_drain(waiting).code, CHATABI_E_CLOSED);
  assert_string_equal(talk_error(waiting, "name"), "CLOSED");
  assert_true(*talk_result(done, "choices.0.message.content"));
  assert_int_equal(flow_emulator_await(*state, CHAT, "disconnected", 2), 2);
  chatabi_request_free(waiting);
  chatabi_request_free(running);
  chatabi_request_free(done);
}

static void test_stop(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.fault = "pace=20,long=1000"});
  read_events(request, 3);
  assert_int_equal(chatabi_client_stop(client, 5000), 0);
  assert_int_equal(talk_drain(request).code, CHATABI_E_CLOSED);
  assert_int_equal(chatabi_client_stop(client, 0), 0);
  chatabi_request *late = talk_ask(client, (talk_about){.prompt = NULL});
  assert_int_equal(talk_drain(late).code, CHATABI_E_CLOSED);
  assert_int_equal(flow_emulator_await(*state, CHAT, "disconnected", 1), 1);
  assert_int_equal(flow_emulator_count(*state, CHAT, NULL), 1);
  chatabi_request_free(late);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_stop_before_anything(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  assert_int_equal(chatabi_client_stop(client, 1000), 0);
  chatabi_request *late = talk_ask(client, (talk_about){.prompt = NULL});
  assert_int_equal(talk_drain(late).code, CHATABI_E_CLOSED);
  chatabi_request_free(late);
  chatabi_client_free(client);
}

/* Live requests and clients are let go in every order, many at once, while bytes arrive. */
static void test_many_ends_at_once(void **state) {
  enum { CLIENTS = 4, REQUESTS = 12 };
  chatabi_client *clients[CLIENTS];
  chatabi_request *requests[CLIENTS][REQUESTS];
  for (int i = 0; i < CLIENTS; i++) {
    clients[i] = talk_client(*state, NULL);
    for (int k = 0; k < REQUESTS; k++)
      requests[i][k] = talk_ask(clients[i], (talk_about){.fault = k % 3 ? "pace=1,long=5000" : "flood=2000000"});
  }
  talk_sleep(150);
  for (int i = 0; i < CLIENTS; i++) {
    if (i % 2) chatabi_client_free(clients[i]);
    for (int k = 0; k < REQUESTS; k++) {
      if (k % 2) chatabi_request_cancel(requests[i][k]);
      if (k % 4 == 3) chatabi_request_next(requests[i][k], 0);
      chatabi_request_free(requests[i][k]);
    }
    if (i % 2 == 0) chatabi_client_free(clients[i]);
  }
  for (int i = 0; i < 200 && flow_emulator_stat(*state, "active"); i++) talk_sleep(50);
  assert_int_equal(flow_emulator_stat(*state, "active"), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(test_before_the_first_byte, flow_emulator_clear),
      cmocka_unit_test_setup(test_at_once, flow_emulator_clear),
      cmocka_unit_test_setup(test_mid_stream_keeps_what_came, flow_emulator_clear),
      cmocka_unit_test_setup(test_another_request_goes_on, flow_emulator_clear),
      cmocka_unit_test_setup(test_from_another_thread_ends_a_wait, flow_emulator_clear),
      cmocka_unit_test_setup(test_from_another_thread_while_reading, flow_emulator_clear),
      cmocka_unit_test_setup(test_after_the_end_does_nothing, flow_emulator_clear),
      cmocka_unit_test_setup(test_while_waiting_for_another_try, flow_emulator_clear),
      cmocka_unit_test_setup(test_while_waiting_for_a_credential, flow_emulator_clear),
      cmocka_unit_test_setup(test_free_is_a_cancel, flow_emulator_clear),
      cmocka_unit_test_setup(test_client_goes_first, flow_emulator_clear),
      cmocka_unit_test_setup(test_stop, flow_emulator_clear),
      cmocka_unit_test_setup(test_stop_before_anything, flow_emulator_clear),
      cmocka_unit_test_setup(test_many_ends_at_once, flow_emulator_clear),
  };
  return cmocka_run_group_tests(tests, flow_emulator_start, flow_emulator_stop);
}
