/* SPDX-License-Identifier: MIT
 * Renewal when things go wrong: the token service is down for the whole window, the clocks differ by ten minutes, a
 * login is repaired while the program runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "talk.h"

#include <cmocka.h>

#define CHAT "/chat/completions"

static int ask(chatabi_client *client, char *why, size_t size) {
  chatabi_request *request = talk_ask(client, (talk_about){.more = ",\"max_tokens\":3"});
  int code = talk_drain(request).code;
  snprintf(why, size, "%s", chatabi_request_message(request));
  chatabi_request_free(request);
  return code;
}

static void answer(chatabi_client *client) {
  char why[1024];
  if (ask(client, why, sizeof why) != CHATABI_DONE) fail_msg("%s", why);
}

/* Tokens of ten seconds, and a token service that is down from the first one's window to after its end. */
static void test_outage(void **state) {
  char why[1024];
  flow_emulator_config(*state, "{\"token_ttl_s\":10}");
  chatabi_client *client = talk_vertex(*state, NULL, NULL, NULL);
  answer(client);
  long long end_ms = talk_now_ms() + 10000;
  int64_t before = flow_emulator_stat(*state, "token_exchanges");
  flow_emulator_fail(*state, "token_503", -1);
  int answers = 0;
  for (; talk_now_ms() < end_ms - 500; answers++, talk_sleep(50)) answer(client);
  int64_t tries = flow_emulator_stat(*state, "token_exchanges") - before;
  if (answers < 50 || tries < 2) fail_msg("%d answers, %d tries", answers, (int)tries);
  talk_sleep((int)(end_ms + 300 - talk_now_ms()));
  flow_emulator_clear(state);
  long long up_ms = talk_now_ms();
  while (ask(client, why, sizeof why) != CHATABI_DONE && talk_now_ms() < up_ms + 15000) talk_sleep(20);
  long long took_ms = talk_now_ms() - up_ms;
  print_message("recovered after %lld ms\n", took_ms);
  if (took_ms > 11500) fail_msg("recovered after %lld ms: %s", took_ms, why);
  flow_emulator_config(*state, "{\"token_ttl_s\":3599}");
  chatabi_client_free(client);
}

/* Of a service account, which dates what it signs: by how much the emulator's clock is ahead, how many requests it
 * takes to learn that, and how many exchanges. */
static void check_clock(void **state, int skew_s, bool own, int replays, int exchanges) {
  flow_emulator *emulator = *state;
  char config[100];
  snprintf(config, sizeof config, "{\"clock_skew_s\":%d,\"self_signed_jwt\":%s}", skew_s, own ? "true" : "false");
  flow_emulator_config(emulator, config);
  int64_t before = flow_emulator_stat(emulator, "token_exchanges");
  chatabi_client *client = talk_vertex(emulator, "file", emulator->credentials_file, NULL);
  answer(client);
  answer(client);
  assert_int_equal(talk_counter(client, "counters.replays"), replays);
  assert_int_equal(flow_emulator_stat(emulator, "token_exchanges") - before, exchanges);
  chatabi_client_free(client);
  flow_emulator_config(emulator, "{\"clock_skew_s\":0,\"self_signed_jwt\":true}");
}

static void test_clocks_differ(void **state) {
  check_clock(state, -600, true, 1, 0);
  check_clock(state, 600, true, 0, 0);
  check_clock(state, 4000, true, 1, 0);
  /* Neither the clock nor the kind of token is right: one of two replays is for each. */
  check_clock(state, 600, false, 2, 1);
}

/* What AWS is to vouch for is dated too: half an hour off is refused, and made again by the clock of STS. */
static void test_clocks_differ_at_aws(void **state) {
  flow_emulator *emulator = *state;
  char path[400];
  snprintf(path, sizeof path, "%s/external-account-aws.json", emulator->dir);
  for (int skew_s = -1800; skew_s <= 1800; skew_s += 3600) {
    char config[100];
    snprintf(config, sizeof config, "{\"clock_skew_s\":%d}", skew_s);
    flow_emulator_config(emulator, config);
    int64_t before = flow_emulator_stat(emulator, "sts");
    chatabi_client *client = talk_vertex(emulator, "file", path, NULL);
    answer(client);
    assert_int_equal(flow_emulator_stat(emulator, "sts") - before, 2);
    assert_int_equal(talk_counter(client, "auth.renewal_failures"), 0);
    chatabi_client_free(client);
  }
  flow_emulator_config(emulator, "{\"clock_skew_s\":0}");
}

/* IAM says when its token ends by its own clock. */
static void test_end_by_another_clock(void **state) {
  flow_emulator *emulator = *state;
  char path[400];
  snprintf(path, sizeof path, "%s/impersonated-service-account.json", emulator->dir);
  for (int skew_s = -600; skew_s <= 600; skew_s += 1200) {
    char config[100];
    snprintf(config, sizeof config, "{\"clock_skew_s\":%d,\"iam_fraction\":true}", skew_s);
    flow_emulator_config(emulator, config);
    chatabi_client *client = talk_vertex(emulator, "file", path, NULL);
    answer(client);
    cJSON *status = cJSON_Parse(chatabi_client_status(client));
    const cJSON *auth = cJSON_GetObjectItemCaseSensitive(status, "auth");
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(auth, "expires_at"));
    struct tm parts = {0};
    assert_non_null(text);
    assert_non_null(strptime(text, "%Y-%m-%dT%H:%M:%SZ", &parts));
    assert_in_range(timegm(&parts) - time(NULL), 3590, 3601);
    cJSON_Delete(status);
    chatabi_client_free(client);
  }
  flow_emulator_config(emulator, "{\"clock_skew_s\":0,\"iam_fraction\":false}");
}

/* One that waits for a token has its own deadline, and is told what the token waits for. */
static void test_deadline_of_one_that_waits(void **state) {
  static const struct {
    const char *fault, *has;
  } rows[] = {{"token_503", "HTTP status 503"},
              {"token_garbage", "is not the JSON object"},
              {"token_huge", "too large"},
              {"token_html=502", "HTTP status 502"},
              {"token_slow=5000", "No access token came within"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    chatabi_client *client = talk_vertex(*state, NULL, NULL, NULL);
    flow_emulator_fail(*state, rows[i].fault, -1);
    long long began_ms = talk_now_ms();
    chatabi_request *request = talk_ask(client, (talk_about){.options = ",\"total_timeout_ms\":700"});
    int code = talk_drain(request).code;
    /* What cannot pass is told at once. */
    if (code != CHATABI_E_TIMEOUT && code != CHATABI_E_AUTH_EXCHANGE) fail_msg("%s: %d", rows[i].fault, code);
    if (!strstr(chatabi_request_message(request), rows[i].has))
      fail_msg("%s: %s", rows[i].fault, chatabi_request_message(request));
    assert_in_range(talk_now_ms() - began_ms, 0, 3000);
    if (strcmp(rows[i].fault, "token_slow=5000") != 0) assert_string_equal(talk_error(request, "auth.stage"), "oauth");
    chatabi_request_free(request);
    flow_emulator_clear(state);
    chatabi_client_free(client);
  }
}

/* One request that is always refused, among others: they are neither slowed down nor refused themselves. */
static void test_one_that_is_always_refused(void **state) {
  int64_t before = flow_emulator_stat(*state, "token_exchanges");
  chatabi_client *client = talk_vertex(*state, NULL, NULL, NULL);
  answer(client);
  long long slowest_ms = 0;
  for (int i = 0; i < 12; i++) {
    chatabi_request *request = talk_ask(client, (talk_about){.fault = "status=401"});
    assert_int_equal(talk_drain(request).code, CHATABI_E_UNAUTHENTICATED);
    chatabi_request_free(request);
    long long began_ms = talk_now_ms();
    answer(client);
    if (talk_now_ms() - began_ms > slowest_ms) slowest_ms = talk_now_ms() - began_ms;
  }
  int64_t exchanges = flow_emulator_stat(*state, "token_exchanges") - before;
  if (exchanges > 8 || slowest_ms > 800) fail_msg("%d exchanges, slowest %lld ms", (int)exchanges, slowest_ms);
  /* The same while no new token is to be had: the refused one is not sent again in its place. */
  talk_sleep(10100);
  flow_emulator_fail(*state, "token_503", -1);
  int chats = flow_emulator_count(*state, CHAT, NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.fault = "status=401", .options = ",\"max_retries\":5"});
  talk_sleep(300);
  answer(client);
  assert_int_equal(talk_drain(request).code, CHATABI_E_AUTH_EXCHANGE);
  assert_non_null(strstr(chatabi_request_message(request), "did not accept the access token (HTTP 401)"));
  assert_string_equal(talk_error(request, "auth.stage"), "oauth");
  assert_string_equal(talk_error(request, "auth.http_status"), "503");
  assert_string_equal(talk_error(request, "retryable"), "true");
  chatabi_request_free(request);
  assert_int_equal(flow_emulator_count(*state, CHAT, NULL) - chats, 2);
  answer(client);
  chatabi_client_free(client);
}

static void copy_file(const char *from, const char *to) {
  char command[2048];
  snprintf(command, sizeof command, "cp '%s' '%s.new' && mv '%s.new' '%s'", from, to, to, to);
  assert_int_equal(system(command), 0);
}

/* The login was revoked; the user logs in again in another terminal. */
static void test_new_login_heals(void **state) {
  flow_emulator *emulator = *state;
  char path[400], why[1024], command[1024];
  snprintf(path, sizeof path, "%s/login.json", emulator->dir);
  snprintf(command, sizeof command, "sed 's/\"refresh_token\": *\"[^\"]*\"/\"refresh_token\":\"revoked\"/' '%s' >'%s'",
           emulator->authorized_user_file, path);
  assert_int_equal(system(command), 0);
  chatabi_client *client = talk_vertex(emulator, "file", path, NULL);
  assert_int_equal(ask(client, why, sizeof why), CHATABI_E_AUTH_EXCHANGE);
  if (!strstr(why, "gcloud auth application-default login")) fail_msg("%s", why);
  assert_int_equal(ask(client, why, sizeof why), CHATABI_E_AUTH_EXCHANGE);
  copy_file(emulator->authorized_user_file, path);
  answer(client);
  unlink(path);
  chatabi_client_free(client);
}

/* A server that takes no token that a service account signed itself, while the token service is down: such a token is
 * tried once, and one that the service gave does to its end. */
static void test_outage_of_a_signing_account(void **state) {
  flow_emulator *emulator = *state;
  char why[1024];
  flow_emulator_config(emulator, "{\"token_ttl_s\":10,\"self_signed_jwt\":false}");
  flow_emulator_fail(emulator, "token_503", -1);
  chatabi_client *client = talk_vertex(emulator, "file", emulator->credentials_file, NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.prompt = NULL});
  assert_int_equal(talk_drain(request).code, CHATABI_E_AUTH_EXCHANGE);
  assert_string_equal(talk_error(request, "auth.stage"), "oauth");
  assert_non_null(strstr(chatabi_request_message(request), "did not accept the access token (HTTP 401)"));
  assert_int_equal(flow_emulator_count(emulator, CHAT, NULL), 1);
  chatabi_request_free(request);
  flow_emulator_clear(state);
  while (ask(client, why, sizeof why) != CHATABI_DONE) talk_sleep(20);
  long long end_ms = talk_now_ms() + 10000;
  flow_emulator_fail(emulator, "token_503", -1);
  for (; talk_now_ms() < end_ms - 500; talk_sleep(50)) answer(client);
  chatabi_client_free(client);
  flow_emulator_config(emulator, "{\"token_ttl_s\":3599,\"self_signed_jwt\":true}");
}

/* One server took no own token of a service account, so its tokens come from the token service. When that is out, and
 * says for how long, the account signs for the others again. */
static void test_way_out_of_an_outage(void **state) {
  flow_emulator *emulator = *state;
  flow_emulator_config(emulator, "{\"token_ttl_s\":3}");
  chatabi_client *client = talk_vertex(emulator, "file", emulator->credentials_file, NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.fault = "status=401"});
  assert_int_equal(talk_drain(request).code, CHATABI_E_UNAUTHENTICATED);
  chatabi_request_free(request);
  answer(client);
  flow_emulator_fail(emulator, "token_503,token_retry_after=600", -1);
  talk_sleep(3500);
  answer(client);
  chatabi_client_free(client);
  flow_emulator_config(emulator, "{\"token_ttl_s\":3599}");
}

/* The second try fails without asking anybody, because the file with the subject token is gone: the one that waits is
 * told. */
static void test_failure_without_the_network(void **state) {
  flow_emulator *emulator = *state;
  char path[400], subject[400], away[400];
  snprintf(path, sizeof path, "%s/external-account-file.json", emulator->dir);
  snprintf(subject, sizeof subject, "%s/subject-token", emulator->dir);
  snprintf(away, sizeof away, "%s/subject-token-away", emulator->dir);
  chatabi_client *client = talk_vertex(emulator, "file", path, "total_timeout_ms", "25000", NULL);
  answer(client);
  flow_emulator_fail(emulator, "sts_503", 1);
  chatabi_request *request = talk_ask(client, (talk_about){.fault = "status=401"});
  talk_sleep(400);
  assert_int_equal(rename(subject, away), 0);
  int code = talk_drain(request).code;
  assert_int_equal(rename(away, subject), 0);
  if (code != CHATABI_E_AUTH_SOURCE) fail_msg("%d: %s", code, chatabi_request_message(request));
  chatabi_request_free(request);
  chatabi_client_free(client);
}

/* The server could not serve, and meanwhile the token ended and no other is to be had: the request's own retries do
 * not begin the wait for a token over and over. */
static void test_no_token_for_the_second_try(void **state) {
  flow_emulator_config(*state, "{\"token_ttl_s\":3}");
  chatabi_client *client = talk_vertex(*state, NULL, NULL, "max_retries", "20", NULL);
  answer(client);
  talk_sleep(1500);
  flow_emulator_fail(*state, "token_503", -1);
  chatabi_request *request = talk_ask(client, (talk_about){.fault = "429=3"});
  long long began_ms = talk_now_ms();
  assert_int_equal(talk_drain(request).code, CHATABI_E_AUTH_EXCHANGE);
  assert_in_range(talk_now_ms() - began_ms, 3000, 20000);
  assert_string_equal(talk_error(request, "auth.http_status"), "503");
  assert_null(strstr(chatabi_request_message(request), "did not accept"));
  chatabi_request_free(request);
  chatabi_client_free(client);
  flow_emulator_config(*state, "{\"token_ttl_s\":3599}");
}

/* A token endpoint that nobody can reach is not put right by base_url. */
static void test_advice_about_the_token_service(void **state) {
  flow_emulator *emulator = *state;
  char json[1200], path[400], why[1024];
  snprintf(path, sizeof path, "%s/subject-of-test", emulator->dir);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  assert_true(fputs("subject", file) >= 0);
  assert_int_equal(fclose(file), 0);
  snprintf(json, sizeof json,
           "{\"type\":\"external_account\",\"audience\":\"//iam.googleapis.com/projects/1/locations/global/"
           "workloadIdentityPools/p/providers/q\",\"subject_token_type\":\"urn:ietf:params:oauth:token-type:jwt\","
           "\"token_url\":\"https://127.0.0.1:1/v1/token\",\"credential_source\":{\"file\":\"%s\"}}",
           path);
  chatabi_client *client = talk_vertex(emulator, "json", json, "auth_allow_external", "yes", NULL);
  assert_int_equal(ask(client, why, sizeof why), CHATABI_E_AUTH_EXCHANGE);
  if (strstr(why, "base_url") || !strstr(why, "network")) fail_msg("%s", why);
  chatabi_client_free(client);
}

/* A token that the user gave: nothing renews it, and the message says so. */
static void test_given_token_is_refused(void **state) {
  chatabi_client *client = talk_vertex(*state, "token", "ya29.wrong", NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.prompt = NULL});
  assert_int_equal(talk_drain(request).code, CHATABI_E_UNAUTHENTICATED);
  assert_non_null(strstr(chatabi_request_message(request), "renewed by nobody"));
  assert_non_null(strstr(talk_error(request, "hint"), "renewed by nobody"));
  chatabi_request_free(request);
  chatabi_client_free(client);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(test_outage, flow_emulator_clear),
      cmocka_unit_test_setup(test_clocks_differ, flow_emulator_clear),
      cmocka_unit_test_setup(test_clocks_differ_at_aws, flow_emulator_clear),
      cmocka_unit_test_setup(test_end_by_another_clock, flow_emulator_clear),
      cmocka_unit_test_setup(test_deadline_of_one_that_waits, flow_emulator_clear),
      cmocka_unit_test_setup(test_one_that_is_always_refused, flow_emulator_clear),
      cmocka_unit_test_setup(test_new_login_heals, flow_emulator_clear),
      cmocka_unit_test_setup(test_outage_of_a_signing_account, flow_emulator_clear),
      cmocka_unit_test_setup(test_way_out_of_an_outage, flow_emulator_clear),
      cmocka_unit_test_setup(test_failure_without_the_network, flow_emulator_clear),
      cmocka_unit_test_setup(test_no_token_for_the_second_try, flow_emulator_clear),
      cmocka_unit_test_setup(test_advice_about_the_token_service, flow_emulator_clear),
      cmocka_unit_test_setup(test_given_token_is_refused, flow_emulator_clear),
  };
  return cmocka_run_group_tests(tests, flow_emulator_start, flow_emulator_stop);
}
