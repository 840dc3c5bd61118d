/* SPDX-License-Identifier: MIT
 * Each of the times that can be limited, by the client's option and by the request's. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "talk.h"

#include <cmocka.h>

/* A listening socket that nobody accepts from: TCP connects, TLS gets no answer. */
static int listen_silently(char *url, size_t size) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t len = sizeof address;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_true(fd >= 0);
  assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
  assert_int_equal(listen(fd, 8), 0);
  assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
  snprintf(url, size, "https://127.0.0.1:%d/v1", ntohs(address.sin_port));
  return fd;
}

static void expect_end(chatabi_request *request, int code, const char *option, long long least_ms, long long most_ms) {
  long long from_ms = talk_now_ms();
  talk_end end = talk_drain(request);
  long long took_ms = talk_now_ms() - from_ms;
  if (end.code != code) fail_msg("%s: %d: %s", option, end.code, chatabi_request_message(request));
  if (!strstr(chatabi_request_message(request), option))
    fail_msg("%s is not in: %s", option, chatabi_request_message(request));
  assert_string_equal(talk_error(request, "limit"), option);
  if (took_ms < least_ms || took_ms > most_ms) fail_msg("%s: took %lld ms", option, took_ms);
}

static void expect_timeout(chatabi_request *request, const char *option, long long least_ms, long long most_ms) {
  expect_end(request, CHATABI_E_TIMEOUT, option, least_ms, most_ms);
}

static void test_connect(void **state) {
  char url[80];
  int fd = listen_silently(url, sizeof url);
  chatabi_client *client = talk_client(*state, "base_url", url, "connect_timeout_ms", "200", "max_retries", "0", NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.prompt = NULL});
  expect_timeout(request, "connect_timeout_ms", 150, 3000);
  assert_string_equal(chatabi_request_result(request, NULL), "");
  chatabi_request_free(request);
  request = talk_ask(client, (talk_about){.options = ",\"connect_timeout_ms\":600"});
  expect_timeout(request, "connect_timeout_ms", 550, 4000);
  chatabi_request_free(request);
  chatabi_client_free(client);
  close(fd);
}

/* Those that wait to share the first one's connection have the same time as it, not one after the other. */
static void test_connect_of_a_burst(void **state) {
  enum { REQUESTS = 8 };
  char url[80];
  int fd = listen_silently(url, sizeof url);
  chatabi_client *client = talk_client(*state, "base_url", url, "connect_timeout_ms", "400", "max_retries", "0", NULL);
  chatabi_request *requests[REQUESTS];
  long long from_ms = talk_now_ms();
  for (int i = 0; i < REQUESTS; i++) requests[i] = talk_ask(client, (talk_about){.prompt = NULL});
  for (int i = 0; i < REQUESTS; i++) {
    expect_timeout(requests[i], "connect_timeout_ms", 0, 2000);
    chatabi_request_free(requests[i]);
  }
  assert_true(talk_now_ms() - from_ms < 1500);
  chatabi_client_free(client);
  close(fd);
}

static void test_first_byte(void **state) {
  chatabi_client *client = talk_client(*state, "first_byte_timeout_ms", "150", "max_retries", "0", NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.fault = "slow_first_byte=5000"});
  expect_timeout(request, "first_byte_timeout_ms", 140, 2000);
  chatabi_request_free(request);
  request =
      talk_ask(client, (talk_about){.fault = "slow_first_byte=400", .options = ",\"first_byte_timeout_ms\":5000"});
  assert_int_equal(talk_drain(request).code, CHATABI_DONE);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_first_byte_is_tried_again(void **state) {
  flow_emulator_fail(*state, "slow_first_byte=5000", 1);
  chatabi_client *client = talk_client(*state, "first_byte_timeout_ms", "150", NULL);
  const char *body = "{\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
  chatabi_request *request = chatabi_client_send(client, body, strlen(body), NULL);
  talk_end end = talk_drain(request);
  if (end.code != CHATABI_DONE) fail_msg("%s", chatabi_request_message(request));
  assert_int_equal(chatabi_request_info(request, CHATABI_INFO_ATTEMPTS), 2);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_idle(void **state) {
  chatabi_client *client = talk_client(*state, "idle_timeout_ms", "200", NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.fault = "stall=5"});
  expect_timeout(request, "idle_timeout_ms", 180, 2000);
  assert_true(*talk_result(request, "choices.0.message.content"));
  assert_int_equal(chatabi_request_info(request, CHATABI_INFO_ATTEMPTS), 1);
  chatabi_request_free(request);
  /* Slow, but never silent for so long. */
  request = talk_ask(client, (talk_about){.fault = "pace=40", .more = ",\"max_tokens\":10"});
  assert_int_equal(talk_drain(request).code, CHATABI_DONE);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_total(void **state) {
  chatabi_client *client = talk_client(*state, "total_timeout_ms", "300", NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.fault = "pace=30,long=1000"});
  expect_timeout(request, "total_timeout_ms", 280, 2000);
  assert_true(*talk_result(request, "choices.0.message.content"));
  chatabi_request_free(request);
  /* Retries are within it. */
  request = talk_ask(client, (talk_about){.fault = "429=5", .options = ",\"max_retries\":20"});
  long long from_ms = talk_now_ms();
  assert_int_equal(talk_drain(request).code, CHATABI_E_RATE_LIMIT);
  assert_true(talk_now_ms() - from_ms < 3000);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_total_includes_the_credential(void **state) {
  flow_emulator_fail(*state, "token_slow=5000", 1);
  chatabi_client *client = talk_vertex(*state, NULL, NULL, "total_timeout_ms", "300", NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.prompt = NULL});
  expect_timeout(request, "total_timeout_ms", 280, 2000);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_max_stream(void **state) {
  chatabi_client *client = talk_client(*state, "max_stream_ms", "300", NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.fault = "pace=30,long=1000"});
  expect_end(request, CHATABI_E_TOO_LONG, "max_stream_ms", 250, 2000);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

/* A host that does not read holds the stream back; that is not the server's silence. */
static void test_idle_does_not_run_while_unread(void **state) {
  chatabi_client *client = talk_client(*state, "idle_timeout_ms", "250", "queue_events", "8", NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.fault = "long=30000"});
  talk_sleep(900);
  talk_end end = talk_drain(request);
  if (end.code != CHATABI_DONE) fail_msg("%d events, then: %s", end.events, chatabi_request_message(request));
  chatabi_request_free(request);
  chatabi_client_free(client);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(test_connect, flow_emulator_clear),
      cmocka_unit_test_setup(test_connect_of_a_burst, flow_emulator_clear),
      cmocka_unit_test_setup(test_first_byte, flow_emulator_clear),
      cmocka_unit_test_setup(test_first_byte_is_tried_again, flow_emulator_clear),
      cmocka_unit_test_setup(test_idle, flow_emulator_clear),
      cmocka_unit_test_setup(test_total, flow_emulator_clear),
      cmocka_unit_test_setup(test_total_includes_the_credential, flow_emulator_clear),
      cmocka_unit_test_setup(test_max_stream, flow_emulator_clear),
      cmocka_unit_test_setup(test_idle_does_not_run_while_unread, flow_emulator_clear),
  };
  return cmocka_run_group_tests(tests, flow_emulator_start, flow_emulator_stop);
}
