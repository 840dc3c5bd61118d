/* SPDX-License-Identifier: MIT
 * One credential and many requests: a cold start from 200 threads, tokens that expire while it runs, a token that the
 * server takes back. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "talk.h"

#include <cmocka.h>

#define CHAT "/chat/completions"

enum { THREADS = 200 };

typedef struct member {
  pthread_t thread;
  chatabi_client *client;
  pthread_barrier_t *barrier;
  int code;
  char message[1024];
} member;

/* No cmocka here: its failures belong to the test's own thread. */
static void *run_member(void *arg) {
  member *own = arg;
  const char *body = "{\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"max_tokens\":5}";
  pthread_barrier_wait(own->barrier);
  chatabi_request *request = chatabi_client_send(own->client, body, strlen(body), NULL);
  do own->code = chatabi_request_next(request, 20000);
  while (own->code > 0 && own->code != CHATABI_DONE);
  snprintf(own->message, sizeof own->message, "%s", chatabi_request_message(request));
  chatabi_request_free(request);
  return NULL;
}

static void run_herd(chatabi_client *client) {
  static member members[THREADS];
  pthread_barrier_t barrier;
  assert_int_equal(pthread_barrier_init(&barrier, NULL, THREADS), 0);
  for (int i = 0; i < THREADS; i++) {
    members[i].client = client;
    members[i].barrier = &barrier;
    assert_int_equal(pthread_create(&members[i].thread, NULL, run_member, &members[i]), 0);
  }
  for (int i = 0; i < THREADS; i++) pthread_join(members[i].thread, NULL);
  pthread_barrier_destroy(&barrier);
  for (int i = 0; i < THREADS; i++)
    if (members[i].code != CHATABI_DONE) fail_msg("thread %d: %d: %s", i, members[i].code, members[i].message);
}

static void expect_one_exchange(const flow_emulator *emulator, const char *file) {
  int64_t before = flow_emulator_stat(emulator, "token_exchanges");
  flow_emulator_fail(emulator, "token_slow=200", 1);
  chatabi_client *client = talk_vertex(emulator, "file", file, NULL);
  run_herd(client);
  assert_int_equal(flow_emulator_stat(emulator, "token_exchanges") - before, 1);
  assert_int_equal(flow_emulator_count(emulator, CHAT, NULL), THREADS);
  assert_int_equal(talk_counter(client, "auth.renewals"), 1);
  run_herd(client);
  assert_int_equal(flow_emulator_stat(emulator, "token_exchanges") - before, 1);
  chatabi_client_free(client);
}

/* It signs its tokens itself: nobody is asked. */
static void test_cold_herd_of_a_service_account(void **state) {
  flow_emulator *emulator = *state;
  int64_t before = flow_emulator_stat(emulator, "token_exchanges");
  chatabi_client *client = talk_vertex(emulator, "file", emulator->credentials_file, NULL);
  run_herd(client);
  assert_int_equal(flow_emulator_stat(emulator, "token_exchanges") - before, 0);
  assert_int_equal(flow_emulator_count(emulator, CHAT, NULL), THREADS);
  chatabi_client_free(client);
}

/* Its signed tokens are refused, to all of the herd at once: one exchange for all, and from then on no refusal. */
static void test_cold_herd_whose_own_tokens_are_refused(void **state) {
  flow_emulator *emulator = *state;
  flow_emulator_config(emulator, "{\"self_signed_jwt\":false}");
  int64_t before = flow_emulator_stat(emulator, "token_exchanges");
  chatabi_client *client = talk_vertex(emulator, "file", emulator->credentials_file, NULL);
  run_herd(client);
  assert_int_equal(flow_emulator_stat(emulator, "token_exchanges") - before, 1);
  int chats = flow_emulator_count(emulator, CHAT, NULL);
  run_herd(client);
  assert_int_equal(flow_emulator_stat(emulator, "token_exchanges") - before, 1);
  assert_int_equal(flow_emulator_count(emulator, CHAT, NULL) - chats, THREADS);
  flow_emulator_config(emulator, "{\"self_signed_jwt\":true}");
  chatabi_client_free(client);
}

static void test_cold_herd_of_a_user(void **state) {
  expect_one_exchange(*state, ((flow_emulator *)*state)->authorized_user_file);
}

/* Its refresh token is void once it was used: a second exchange at the same time would be the end of the login. */
static void test_cold_herd_of_a_workforce_user(void **state) {
  char path[400];
  snprintf(path, sizeof path, "%s/external-account-authorized-user.json", ((flow_emulator *)*state)->dir);
  expect_one_exchange(*state, path);
}

static void test_cold_herd_survives_a_failing_exchange(void **state) {
  int64_t before = flow_emulator_stat(*state, "token_exchanges");
  flow_emulator_fail(*state, "token_503", 1);
  chatabi_client *client = talk_vertex(*state, NULL, NULL, NULL);
  run_herd(client);
  assert_int_equal(flow_emulator_stat(*state, "token_exchanges") - before, 2);
  chatabi_client_free(client);
}

static void test_warm_up_fetches_the_token(void **state) {
  int64_t before = flow_emulator_stat(*state, "token_exchanges");
  chatabi_client *client = talk_vertex(*state, NULL, NULL, NULL);
  assert_int_equal(chatabi_client_start(client), 0);
  for (int i = 0; i < 200 && flow_emulator_stat(*state, "token_exchanges") == before; i++) talk_sleep(10);
  assert_int_equal(flow_emulator_stat(*state, "token_exchanges") - before, 1);
  run_herd(client);
  assert_int_equal(flow_emulator_stat(*state, "token_exchanges") - before, 1);
  chatabi_client_free(client);
}

/* A token that needs nobody's reply is told in the status all the same. */
static void test_warm_up_of_a_service_account(void **state) {
  chatabi_client *client = talk_vertex(*state, "file", ((flow_emulator *)*state)->credentials_file, NULL);
  assert_int_equal(chatabi_client_start(client), 0);
  for (int i = 0; i < 200 && talk_counter(client, "auth.renewals") == 0; i++) talk_sleep(10);
  assert_int_equal(talk_counter(client, "auth.renewals"), 1);
  chatabi_client_free(client);
}

/* Three lifetimes of two seconds with requests all the time. */
static void test_expiry_costs_no_request(void **state) {
  int64_t before = flow_emulator_stat(*state, "token_exchanges");
  flow_emulator_config(*state, "{\"token_ttl_s\":2}");
  chatabi_client *client = talk_vertex(*state, NULL, NULL, NULL);
  long long until_ms = talk_now_ms() + 6500;
  int count = 0;
  for (; talk_now_ms() < until_ms; count++) {
    chatabi_request *request = talk_ask(client, (talk_about){.more = ",\"max_tokens\":3"});
    talk_end end = talk_drain(request);
    if (end.code != CHATABI_DONE) fail_msg("request %d: %s", count, chatabi_request_message(request));
    chatabi_request_free(request);
    talk_sleep(25);
  }
  flow_emulator_config(*state, "{\"token_ttl_s\":3599}");
  int64_t exchanges = flow_emulator_stat(*state, "token_exchanges") - before;
  if (count < 30 || exchanges < 3 || exchanges > 12) fail_msg("%d requests, %d exchanges", count, (int)exchanges);
  chatabi_client_free(client);
}

static void test_a_refused_token_is_renewed_once(void **state) {
  chatabi_client *client = talk_vertex(*state, NULL, NULL, NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.prompt = NULL});
  assert_int_equal(talk_drain(request).code, CHATABI_DONE);
  chatabi_request_free(request);
  flow_emulator_clear(state);
  int64_t before = flow_emulator_stat(*state, "token_exchanges");
  flow_emulator_fail(*state, "401_once", 1);
  const char *body = "{\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
  request = chatabi_client_send(client, body, strlen(body), NULL);
  talk_end end = talk_drain(request);
  if (end.code != CHATABI_DONE) fail_msg("%s", chatabi_request_message(request));
  assert_int_equal(flow_emulator_count(*state, CHAT, NULL), 2);
  assert_int_equal(flow_emulator_stat(*state, "token_exchanges") - before, 1);
  assert_int_equal(chatabi_request_info(request, CHATABI_INFO_ATTEMPTS), 2);
  assert_int_equal(talk_counter(client, "counters.replays"), 1);
  assert_int_equal(talk_counter(client, "counters.retries"), 0);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_a_herd_whose_token_was_revoked(void **state) {
  chatabi_client *client = talk_vertex(*state, NULL, NULL, NULL);
  run_herd(client);
  int64_t before = flow_emulator_stat(*state, "token_exchanges");
  cJSON_Delete(flow_emulator_call(*state, "DELETE", "tokens", NULL));
  run_herd(client);
  assert_int_equal(flow_emulator_stat(*state, "token_exchanges") - before, 1);
  chatabi_client_free(client);
}

static char *fresh_token(const flow_emulator *emulator, char *out, size_t size) {
  cJSON *json = flow_emulator_call(emulator, "POST", "tokens", "{}");
  snprintf(out, size, "%s", cJSON_GetStringValue(cJSON_GetObjectItem(json, "access_token")));
  cJSON_Delete(json);
  return out;
}

static void test_a_token_is_replaced(void **state) {
  char token[200];
  chatabi_client *client = talk_vertex(*state, "token", fresh_token(*state, token, sizeof token), NULL);
  run_herd(client);
  cJSON_Delete(flow_emulator_call(*state, "DELETE", "tokens", NULL));
  chatabi_request *request = talk_ask(client, (talk_about){.prompt = NULL});
  assert_int_equal(talk_drain(request).code, CHATABI_E_UNAUTHENTICATED);
  assert_null(strstr(chatabi_request_error_json(request), token));
  chatabi_request_free(request);
  assert_int_equal(chatabi_client_set_auth(client, "token", fresh_token(*state, token, sizeof token)), 0);
  run_herd(client);
  chatabi_client_free(client);
}

static void test_a_refused_credential_says_why(void **state) {
  flow_emulator_fail(*state, "token_invalid_grant", -1);
  chatabi_client *client = talk_vertex(*state, "file", ((flow_emulator *)*state)->authorized_user_file, NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.prompt = NULL});
  assert_int_equal(talk_drain(request).code, CHATABI_E_AUTH_EXCHANGE);
  assert_non_null(strstr(chatabi_request_message(request), "gcloud auth application-default login"));
  assert_int_equal(flow_emulator_count(*state, CHAT, NULL), 0);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(test_cold_herd_of_a_service_account, flow_emulator_clear),
      cmocka_unit_test_setup(test_cold_herd_whose_own_tokens_are_refused, flow_emulator_clear),
      cmocka_unit_test_setup(test_cold_herd_of_a_user, flow_emulator_clear),
      cmocka_unit_test_setup(test_cold_herd_of_a_workforce_user, flow_emulator_clear),
      cmocka_unit_test_setup(test_cold_herd_survives_a_failing_exchange, flow_emulator_clear),
      cmocka_unit_test_setup(test_warm_up_fetches_the_token, flow_emulator_clear),
      cmocka_unit_test_setup(test_warm_up_of_a_service_account, flow_emulator_clear),
      cmocka_unit_test_setup(test_expiry_costs_no_request, flow_emulator_clear),
      cmocka_unit_test_setup(test_a_refused_token_is_renewed_once, flow_emulator_clear),
      cmocka_unit_test_setup(test_a_herd_whose_token_was_revoked, flow_emulator_clear),
      cmocka_unit_test_setup(test_a_token_is_replaced, flow_emulator_clear),
      cmocka_unit_test_setup(test_a_refused_credential_says_why, flow_emulator_clear),
  };
  return cmocka_run_group_tests(tests, flow_emulator_start, flow_emulator_stop);
}
