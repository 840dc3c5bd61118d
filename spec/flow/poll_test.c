/* SPDX-License-Identifier: MIT
 * Waiting: the two descriptors, chatabi_client_ready, chatabi_client_wake, and calls that must not wait. */
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "talk.h"

#include <cmocka.h>

enum { STREAMS = 20 };

static bool is_readable(int fd, int timeout_ms) {
  struct pollfd one = {.fd = fd, .events = POLLIN};
  return poll(&one, 1, timeout_ms) == 1 && (one.revents & POLLIN);
}

static void test_one_descriptor_drives_many_streams(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  chatabi_request *requests[STREAMS];
  int fd = chatabi_client_fd(client), left = STREAMS, events = 0;
  assert_true(fd >= 0);
  assert_int_equal(chatabi_client_fd(client), fd);
  assert_false(is_readable(fd, 0));
  for (int i = 0; i < STREAMS; i++) requests[i] = talk_ask(client, (talk_about){.fault = "pace=2"});
  while (left) {
    assert_true(is_readable(fd, 10000));
    chatabi_request *request = chatabi_client_ready(client, 0);
    assert_non_null(request);
    int event = chatabi_request_next(request, 0);
    assert_int_not_equal(event, 0);
    if (event == CHATABI_DONE) left--;
    if (event < 0) fail_msg("%s", chatabi_request_message(request));
    events++;
  }
  assert_true(events > STREAMS * 10);
  assert_false(is_readable(fd, 50));
  assert_null(chatabi_client_ready(client, 0));
  for (int i = 0; i < STREAMS; i++) chatabi_request_free(requests[i]);
  chatabi_client_free(client);
}

static void test_descriptor_of_a_request(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.fault = "pace=3"});
  int fd = chatabi_request_fd(request), event = 0, empty = 0;
  assert_true(fd >= 0);
  while (event != CHATABI_DONE) {
    event = chatabi_request_next(request, 0);
    if (event) continue;
    empty++;
    /* Not readable, or something came in between. */
    if (is_readable(fd, 0)) continue;
    assert_true(is_readable(fd, 10000));
  }
  assert_true(empty > 0);
  assert_false(is_readable(fd, 20));
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_descriptor_made_late_is_right(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.prompt = NULL});
  for (int i = 0; i < 1000 && chatabi_request_state(request) != CHATABI_STATE_DONE; i++) talk_sleep(5);
  assert_true(is_readable(chatabi_request_fd(request), 0));
  assert_true(is_readable(chatabi_client_fd(client), 0));
  assert_int_equal(talk_drain(request).code, CHATABI_DONE);
  assert_false(is_readable(chatabi_request_fd(request), 0));
  assert_false(is_readable(chatabi_client_fd(client), 0));
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_a_freed_request_is_not_ready(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.prompt = NULL});
  assert_true(is_readable(chatabi_client_fd(client), 10000));
  chatabi_request_free(request);
  assert_false(is_readable(chatabi_client_fd(client), 50));
  assert_null(chatabi_client_ready(client, 0));
  chatabi_client_free(client);
}

static void test_requests_take_turns(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  chatabi_request *requests[3];
  for (int i = 0; i < 3; i++) requests[i] = talk_ask(client, (talk_about){.prompt = NULL});
  for (int i = 0; i < 3; i++)
    for (int k = 0; k < 1000 && chatabi_request_state(requests[i]) != CHATABI_STATE_DONE; k++) talk_sleep(5);
  for (int round = 0; round < 4; round++) {
    bool seen[3] = {false};
    for (int i = 0; i < 3; i++) {
      chatabi_request *request = chatabi_client_ready(client, 0);
      for (int k = 0; k < 3; k++) seen[k] = seen[k] || requests[k] == request;
      assert_true(chatabi_request_next(request, 0) > 0);
    }
    assert_true(seen[0] && seen[1] && seen[2]);
  }
  for (int i = 0; i < 3; i++) chatabi_request_free(requests[i]);
  chatabi_client_free(client);
}

/* A frame loop: no call may take longer than a frame can bear, whatever the network does. */
static void test_nothing_blocks(void **state) {
  chatabi_client *client = talk_vertex(*state, NULL, NULL, NULL);
  long long from_ms = talk_now_ms();
  chatabi_request *request = talk_ask(client, (talk_about){.fault = "slow_first_byte=2000"});
  assert_int_equal(chatabi_request_next(request, 0), 0);
  assert_null(chatabi_client_ready(client, 0));
  chatabi_client_status(client);
  chatabi_client_wake(client);
  assert_true(talk_now_ms() - from_ms < 100);
  from_ms = talk_now_ms();
  assert_int_equal(chatabi_request_next(request, 40), 0);
  assert_true(talk_now_ms() - from_ms <= 300);
  assert_int_equal(talk_drain(request).code, CHATABI_DONE);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void *wake_soon(void *arg) {
  talk_sleep(80);
  chatabi_client_wake(arg);
  return NULL;
}

static void test_wake_ends_waits(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.fault = "slow_first_byte=15000"});
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, wake_soon, client), 0);
  assert_null(chatabi_client_ready(client, -1));
  pthread_join(thread, NULL);
  assert_int_equal(pthread_create(&thread, NULL, wake_soon, client), 0);
  assert_int_equal(chatabi_request_next(request, -1), 0);
  pthread_join(thread, NULL);
  /* One that comes before the wait is not lost, and works once. */
  chatabi_client_wake(client);
  assert_int_equal(chatabi_request_next(request, -1), 0);
  long long from_ms = talk_now_ms();
  assert_int_equal(chatabi_request_next(request, 100), 0);
  assert_true(talk_now_ms() - from_ms >= 90);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static atomic_bool all_read;

static void *wait_for_readable(void *client) {
  while (!atomic_load(&all_read)) {
    chatabi_client_ready(client, -1);
    sched_yield();
  }
  return NULL;
}

/* One thread waits for whatever is readable, as an event loop's helper does; all else goes on in another. */
static void test_a_waiting_thread_leaves_the_client_to_others(void **state) {
  chatabi_client *client = talk_client(*state, "log_level", "debug", NULL);
  pthread_t waiting;
  assert_int_equal(pthread_create(&waiting, NULL, wait_for_readable, client), 0);
  int lines = 0;
  for (int i = 0; i < 5; i++) {
    chatabi_request *request = talk_ask(client, (talk_about){0});
    assert_non_null(chatabi_client_status(client));
    assert_int_equal(talk_drain(request).code, CHATABI_DONE);
    while (chatabi_client_log(client)) lines++;
    chatabi_request_free(request);
  }
  assert_true(lines > 0);
  assert_int_equal(talk_counter(client, "counters.completed"), 5);
  assert_int_equal(chatabi_client_stop(client, 5000), 0);
  atomic_store(&all_read, true);
  chatabi_client_wake(client);
  pthread_join(waiting, NULL);
  chatabi_client_free(client);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(test_one_descriptor_drives_many_streams, flow_emulator_clear),
      cmocka_unit_test_setup(test_descriptor_of_a_request, flow_emulator_clear),
      cmocka_unit_test_setup(test_descriptor_made_late_is_right, flow_emulator_clear),
      cmocka_unit_test_setup(test_a_freed_request_is_not_ready, flow_emulator_clear),
      cmocka_unit_test_setup(test_requests_take_turns, flow_emulator_clear),
      cmocka_unit_test_setup(test_nothing_blocks, flow_emulator_clear),
      cmocka_unit_test_setup(test_wake_ends_waits, flow_emulator_clear),
      cmocka_unit_test_setup(test_a_waiting_thread_leaves_the_client_to_others, flow_emulator_clear),
  };
  return cmocka_run_group_tests(tests, flow_emulator_start, flow_emulator_stop);
}
