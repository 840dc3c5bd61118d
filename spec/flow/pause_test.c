/* SPDX-License-Identifier: MIT
 * What happens while a full queue holds a connection back, and after: silence, errors and the end must not get lost
 * there. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "talk.h"

#include <cmocka.h>

/* Reads one event and then nothing until the queue has long been full. */
static chatabi_request *ask_and_wait(chatabi_client *client, const char *fault, int ms) {
  chatabi_request *request = talk_ask(client, (talk_about){.fault = fault});
  assert_true(chatabi_request_next(request, 10000) > 0);
  talk_sleep(ms);
  return request;
}

static void test_silence_after_a_pause_is_noticed(void **state) {
  chatabi_client *client = talk_client(*state, "queue_events", "4", "idle_timeout_ms", "800", "total_timeout_ms",
                                       "15000", "max_retries", "0", NULL);
  chatabi_request *request = ask_and_wait(client, "long=2000,stall=1500,pace=0", 1600);
  long long began_ms = talk_now_ms();
  assert_int_equal(talk_drain(request).code, CHATABI_E_TIMEOUT);
  assert_non_null(strstr(chatabi_request_message(request), "idle_timeout_ms"));
  assert_true(talk_now_ms() - began_ms < 6000);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_an_error_behind_a_pause_is_reported(void **state) {
  chatabi_client *client =
      talk_client(*state, "queue_events", "4", "idle_timeout_ms", "15000", "max_retries", "0", NULL);
  chatabi_request *request = ask_and_wait(client, "long=60,garbage=50,pace=5", 600);
  long long began_ms = talk_now_ms();
  assert_int_equal(talk_drain(request).code, CHATABI_E_PROTOCOL);
  assert_true(talk_now_ms() - began_ms < 5000);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_headers_without_a_body_are_no_first_byte_timeout(void **state) {
  chatabi_client *client =
      talk_client(*state, "first_byte_timeout_ms", "15000", "idle_timeout_ms", "600", "max_retries", "0", NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.fault = "slow_body=8000"});
  long long began_ms = talk_now_ms();
  assert_int_equal(talk_drain(request).code, CHATABI_E_TIMEOUT);
  assert_non_null(strstr(chatabi_request_message(request), "idle_timeout_ms"));
  assert_int_equal(chatabi_request_info(request, CHATABI_INFO_HTTP_STATUS), 200);
  assert_true(talk_now_ms() - began_ms < 5000);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static int open_descriptors(void) {
  int count = 0;
  DIR *dir = opendir("/proc/self/fd");
  assert_non_null(dir);
  while (readdir(dir)) count++;
  closedir(dir);
  return count;
}

static void test_descriptors_of_freed_requests_are_closed_at_once(void **state) {
  chatabi_client *client = talk_client(*state, "max_in_flight", "1", NULL);
  chatabi_request *first = talk_ask(client, (talk_about){.fault = "stall=1"});
  assert_true(chatabi_request_next(first, 10000) > 0);
  int before = open_descriptors();
  for (int i = 0; i < 50; i++) {
    chatabi_request *request = talk_ask(client, (talk_about){.prompt = "Hi"});
    assert_true(chatabi_request_fd(request) >= 0);
    chatabi_request_free(request);
  }
  assert_true(open_descriptors() <= before + 2);
  chatabi_request_free(first);
  chatabi_client_free(client);
}

static void test_a_refused_request_may_be_freed_unread(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  chatabi_request_free(chatabi_client_send(client, "{}", 2, "{\"no such option\":1}"));
  chatabi_client_free(client);
  client = chatabi_client_new();
  assert_int_equal(chatabi_client_set(client, "provider", "compatible"), 0);
  chatabi_request_free(chatabi_client_send(client, "{}", 2, NULL));
  chatabi_client_free(client);
}

static void test_after_stop_everything_has_ended(void **state) {
  enum { STREAMS = 40 };
  chatabi_client *client = talk_client(*state, NULL);
  chatabi_request *requests[STREAMS];
  for (int i = 0; i < STREAMS; i++) requests[i] = talk_ask(client, (talk_about){.fault = "stall=1"});
  assert_true(chatabi_request_next(requests[0], 10000) > 0);
  assert_int_equal(chatabi_client_stop(client, 10000), 0);
  for (int i = 0; i < STREAMS; i++) {
    int event;
    while ((event = chatabi_request_next(requests[i], 0)) > 0) {
    }
    assert_int_equal(event, CHATABI_E_CLOSED);
  }
  chatabi_request *late = talk_ask(client, (talk_about){.prompt = "Hi"});
  assert_int_equal(chatabi_request_next(late, 0), CHATABI_E_CLOSED);
  chatabi_request_free(late);
  for (int i = 0; i < STREAMS; i++) chatabi_request_free(requests[i]);
  chatabi_client_free(client);
}

static void test_the_partial_answer_after_a_cancel(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.fault = "stall=5"});
  char seen[512] = "";
  while (strlen(seen) < 10) {
    assert_true(chatabi_request_next(request, 10000) > 0);
    strcat(seen, chatabi_request_text(request, NULL));
  }
  chatabi_request_cancel(request);
  assert_int_equal(chatabi_request_next(request, 0), CHATABI_E_CANCELLED);
  assert_memory_equal(talk_result(request, "choices.0.message.content"), seen, strlen(seen));
  assert_int_equal(chatabi_request_info(request, CHATABI_INFO_HTTP_STATUS), 200);
  assert_non_null(chatabi_request_header(request, "content-type"));
  chatabi_request_free(request);
  chatabi_client_free(client);
}

#define TEST(name) cmocka_unit_test_setup(name, flow_emulator_clear)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_silence_after_a_pause_is_noticed),
      TEST(test_an_error_behind_a_pause_is_reported),
      TEST(test_headers_without_a_body_are_no_first_byte_timeout),
      TEST(test_descriptors_of_freed_requests_are_closed_at_once),
      TEST(test_a_refused_request_may_be_freed_unread),
      TEST(test_after_stop_everything_has_ended),
      TEST(test_the_partial_answer_after_a_cancel),
  };
  return cmocka_run_group_tests(tests, flow_emulator_start, flow_emulator_stop);
}
