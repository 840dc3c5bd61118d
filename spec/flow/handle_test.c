/* SPDX-License-Identifier: MIT
 * The edges of the ABI: NULL, misuse, options that do not exist, bodies that are none, servers that are not there. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "talk.h"

#include <cmocka.h>

static void test_null_is_an_error(void **state) {
  size_t len = 7;
  (void)state;
  assert_int_equal(chatabi_client_set(NULL, "model", "x"), CHATABI_E_ARG);
  assert_int_equal(chatabi_client_set_auth(NULL, "none", NULL), CHATABI_E_ARG);
  assert_null(chatabi_client_message(NULL));
  assert_int_equal(chatabi_client_start(NULL), CHATABI_E_ARG);
  assert_null(chatabi_client_send(NULL, "{}", 2, NULL));
  assert_null(chatabi_client_ready(NULL, 0));
  assert_int_equal(chatabi_client_fd(NULL), -1);
  chatabi_client_wake(NULL);
  assert_null(chatabi_client_log(NULL));
  assert_null(chatabi_client_status(NULL));
  assert_int_equal(chatabi_client_stop(NULL, 0), CHATABI_E_ARG);
  chatabi_client_free(NULL);
  assert_int_equal(chatabi_request_next(NULL, -1), CHATABI_E_ARG);
  assert_null(chatabi_request_text(NULL, &len));
  assert_int_equal(len, 0);
  assert_null(chatabi_request_json(NULL, NULL));
  assert_null(chatabi_request_result(NULL, NULL));
  assert_int_equal(chatabi_request_error(NULL), CHATABI_E_ARG);
  assert_null(chatabi_request_message(NULL));
  assert_null(chatabi_request_error_json(NULL));
  assert_int_equal(chatabi_request_state(NULL), CHATABI_E_ARG);
  assert_int_equal(chatabi_request_info(NULL, CHATABI_INFO_ID), -1);
  assert_null(chatabi_request_header(NULL, "x"));
  assert_int_equal(chatabi_request_fd(NULL), -1);
  chatabi_request_cancel(NULL);
  chatabi_request_free(NULL);
}

static void test_null_arguments(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  assert_int_equal(chatabi_client_set(client, NULL, "x"), CHATABI_E_ARG);
  assert_int_equal(chatabi_client_set_auth(client, NULL, NULL), CHATABI_E_ARG);
  assert_int_equal(chatabi_client_set(client, "model", NULL), 0);
  chatabi_request *request = chatabi_client_send(client, NULL, 5, NULL);
  assert_int_equal(talk_drain(request).code, CHATABI_E_JSON);
  assert_null(chatabi_request_header(request, NULL));
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_library(void **state) {
  (void)state;
  assert_int_equal(chatabi_abi_version(), 1);
  assert_non_null(strstr(chatabi_version(), "libcurl/"));
  assert_string_equal(chatabi_error_name(CHATABI_E_RATE_LIMIT), "RATE_LIMIT");
  assert_string_equal(chatabi_error_name(0), "OK");
  assert_string_equal(chatabi_error_name(-12345), "UNKNOWN");
  assert_true(*chatabi_error_text(CHATABI_E_TLS) && *chatabi_error_text(-12345));
}

static void expect_config(chatabi_client *client, const char *key, const char *value, const char *word) {
  assert_int_equal(chatabi_client_set(client, key, value), CHATABI_E_CONFIG);
  const char *message = chatabi_client_message(client);
  if (!strstr(message, key) || !strstr(message, word)) fail_msg("%s=%s: %s", key, value, message);
}

static void test_options_that_are_wrong(void **state) {
  (void)state;
  chatabi_client *client = chatabi_client_new();
  assert_string_equal(chatabi_client_message(client), "");
  expect_config(client, "projekt", "x", "project");
  expect_config(client, "max_retries", "many", "20");
  expect_config(client, "max_retries", "21", "20");
  expect_config(client, "max_retries", "-1", "20");
  expect_config(client, "provider", "vertax", "vertex");
  expect_config(client, "base_url", "localhost:8000", "http");
  expect_config(client, "headers", "[]", "object");
  assert_int_equal(chatabi_client_set(client, "max_retries", "3"), 0);
  assert_string_equal(chatabi_client_message(client), "");
  assert_int_equal(chatabi_client_set_auth(client, "magic", NULL), CHATABI_E_CONFIG);
  assert_non_null(strstr(chatabi_client_message(client), "adc"));
  assert_int_equal(chatabi_client_set_auth(client, "oauth", NULL), CHATABI_E_CONFIG);
  chatabi_client_free(client);
}

static void test_configuration_freezes(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  assert_int_equal(chatabi_client_start(client), 0);
  assert_int_equal(chatabi_client_set(client, "model", "y"), CHATABI_E_STATE);
  assert_true(*chatabi_client_message(client));
  assert_int_equal(chatabi_client_set_auth(client, "none", NULL), CHATABI_E_STATE);
  assert_int_equal(chatabi_client_start(client), 0);
  chatabi_request *request = talk_ask(client, (talk_about){.prompt = NULL});
  assert_int_equal(talk_drain(request).code, CHATABI_DONE);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_a_compatible_client_needs_a_url(void **state) {
  (void)state;
  chatabi_client *client = chatabi_client_new();
  assert_int_equal(chatabi_client_set(client, "provider", "compatible"), 0);
  chatabi_request *request = chatabi_client_send(client, "{}", 2, NULL);
  assert_int_equal(talk_drain(request).code, CHATABI_E_CONFIG);
  assert_non_null(strstr(chatabi_request_message(request), "base_url"));
  chatabi_request_free(request);
  assert_int_equal(chatabi_client_start(client), CHATABI_E_CONFIG);
  assert_non_null(strstr(chatabi_client_message(client), "base_url"));
  chatabi_client_free(client);
}

/* Sends as it is and expects that error, with each of the words in its message. */
static void expect_refusal(chatabi_client *client, const char *body, const char *options, int code, const char *word) {
  chatabi_request *request = chatabi_client_send(client, body, strlen(body), options);
  assert_non_null(request);
  int end = talk_drain(request).code;
  const char *message = chatabi_request_message(request);
  if (end != code || !strstr(message, word)) fail_msg("%s, %s: %d: %s", body, options, end, message);
  assert_string_equal(chatabi_request_result(request, NULL), "");
  assert_int_equal(chatabi_request_info(request, CHATABI_INFO_RETRYABLE), 0);
  chatabi_request_free(request);
}

static void test_bodies_that_are_none(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  expect_refusal(client, "", NULL, CHATABI_E_JSON, "body");
  expect_refusal(client, "{\n  \"messages\": [}", NULL, CHATABI_E_JSON, "line 2, column 16");
  expect_refusal(client, "[]", NULL, CHATABI_E_JSON, "object");
  expect_refusal(client, "{\"messages\":\"\xff\"}", NULL, CHATABI_E_JSON, "UTF-8");
  expect_refusal(client, "{} x", NULL, CHATABI_E_JSON, "byte 3");
  assert_int_equal(flow_emulator_count(*state, "/chat/completions", NULL), 0);
  chatabi_client_free(client);
}

static void test_request_options_that_are_wrong(void **state) {
  const char *body = "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
  chatabi_client *client = talk_client(*state, NULL);
  expect_refusal(client, body, "{\"timeout\":1}", CHATABI_E_CONFIG, "timeout");
  expect_refusal(client, body, "{\"max_retries\":\"many\"}", CHATABI_E_CONFIG, "max_retries");
  expect_refusal(client, body, "{\"idle_timeout_ms\":-5}", CHATABI_E_CONFIG, "idle_timeout_ms");
  expect_refusal(client, body, "{\"headers\":[]}", CHATABI_E_CONFIG, "headers");
  expect_refusal(client, body, "{\"headers\":{\"a b\":\"c\"}}", CHATABI_E_CONFIG, "a b");
  expect_refusal(client, body, "{\"headers\":{\"x-a\":\"c\\r\\nx-b: d\"}}", CHATABI_E_CONFIG, "x-a");
  expect_refusal(client, body, "{\"path\":\"@evil.example/\"}", CHATABI_E_CONFIG, "path");
  expect_refusal(client, body, "{\"path\":\"/../../x\"}", CHATABI_E_CONFIG, "path");
  expect_refusal(client, body, "{", CHATABI_E_JSON, "options");
  expect_refusal(client, body, "7", CHATABI_E_CONFIG, "object");
  assert_int_equal(flow_emulator_count(*state, "/chat/completions", NULL), 0);
  chatabi_client_free(client);
}

static const char *header_sent(const flow_emulator *emulator, int entry, const char *name) {
  static char value[256];
  cJSON *journal = flow_emulator_call(emulator, "GET", "journal", NULL);
  const cJSON *headers = cJSON_GetObjectItem(cJSON_GetArrayItem(journal, entry), "headers");
  const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(headers, name));
  snprintf(value, sizeof value, "%s", text ? text : "(none)");
  cJSON_Delete(journal);
  return value;
}

static void test_headers_of_client_and_request(void **state) {
  chatabi_client *client =
      talk_client(*state, "headers", "{\"x-one\":\"client\",\"x-two\":\"client\",\"x-three\":\"client\"}", "user_agent",
                  "me/1", NULL);
  const char *body = "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
  chatabi_request *request =
      chatabi_client_send(client, body, strlen(body), "{\"headers\":{\"X-Two\":\"request\",\"x-three\":null}}");
  assert_int_equal(talk_drain(request).code, CHATABI_DONE);
  assert_string_equal(header_sent(*state, 0, "x-one"), "client");
  assert_string_equal(header_sent(*state, 0, "x-two"), "request");
  assert_string_equal(header_sent(*state, 0, "x-three"), "(none)");
  assert_string_equal(header_sent(*state, 0, "user-agent"), "me/1");
  assert_string_equal(header_sent(*state, 0, "content-type"), "application/json");
  assert_string_equal(header_sent(*state, 0, "authorization"), "(none)");
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_another_path(void **state) {
  chatabi_client *client = talk_client(*state, NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.options = ",\"path\":\"/responses\""});
  assert_int_equal(talk_drain(request).code, CHATABI_E_NOT_FOUND);
  assert_int_equal(flow_emulator_count(*state, "/v1/responses", NULL), 1);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_servers_that_are_not_there(void **state) {
  chatabi_client *client = talk_client(*state, "base_url", "http://127.0.0.1:1/v1", "max_retries", "0", NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.prompt = NULL});
  assert_int_equal(talk_drain(request).code, CHATABI_E_CONNECT);
  assert_non_null(strstr(chatabi_request_message(request), "127.0.0.1:1"));
  assert_int_equal(chatabi_request_info(request, CHATABI_INFO_RETRYABLE), 1);
  chatabi_request_free(request);
  chatabi_client_free(client);
  client = talk_client(*state, "base_url", "http://no-such-host.invalid/v1", "max_retries", "0", NULL);
  request = talk_ask(client, (talk_about){.prompt = NULL});
  assert_int_equal(talk_drain(request).code, CHATABI_E_DNS);
  assert_non_null(strstr(chatabi_request_message(request), "no-such-host.invalid"));
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void test_two_clients_do_not_meet(void **state) {
  chatabi_client *one = talk_client(*state, "model", "one", NULL), *other = talk_client(*state, "model", "other", NULL);
  chatabi_request *request = talk_ask(one, (talk_about){.fault = "pace=3"});
  chatabi_request *second = talk_ask(other, (talk_about){.fault = "pace=3"});
  assert_int_equal(talk_drain(second).code, CHATABI_DONE);
  assert_null(chatabi_client_ready(other, 0));
  chatabi_client_free(other);
  assert_int_equal(talk_drain(request).code, CHATABI_DONE);
  assert_string_equal(talk_result(request, "model"), "one");
  assert_string_equal(talk_result(second, "model"), "other");
  assert_int_equal(chatabi_request_info(request, CHATABI_INFO_ID), 1);
  assert_int_equal(chatabi_request_info(second, CHATABI_INFO_ID), 1);
  chatabi_request_free(second);
  chatabi_request_free(request);
  chatabi_client_free(one);
}

static void test_log_tells_and_forgets(void **state) {
  chatabi_client *client = talk_vertex(*state, NULL, NULL, "log_level", "debug", NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.prompt = NULL});
  assert_int_equal(talk_drain(request).code, CHATABI_DONE);
  const char *line;
  int lines = 0;
  while ((line = chatabi_client_log(client))) {
    lines++;
    if (strstr(line, "Bearer") || strstr(line, "PRIVATE") || strstr(line, "assertion=")) fail_msg("%s", line);
  }
  assert_true(lines >= 2);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static bool log_has(chatabi_client *client, const char *words) {
  const char *line;
  bool found = false;
  while ((line = chatabi_client_log(client))) {
    if (strpbrk(line, "\r\n")) fail_msg("more than a line: %s", line);
    found = found || strstr(line, words);
  }
  return found;
}

static void test_payloads_are_logged_on_request_only(void **state) {
  for (int wanted = 0; wanted < 2; wanted++) {
    chatabi_client *client = talk_client(*state, "log_level", "debug", "log_payloads", wanted ? "yes" : "no", NULL);
    for (int answer = 0; answer < 2; answer++) {
      chatabi_request *request = talk_ask(client, (talk_about){.prompt = "plain\\nwords", .more = ",\n\"n\":1"});
      assert_int_equal(talk_drain(request).code, CHATABI_DONE);
      assert_int_equal(log_has(client, answer ? "has got {" : "plain\\nwords"), wanted);
      chatabi_request_free(request);
    }
    chatabi_client_free(client);
  }
}

/* The emulator says again what it was told, as a server may say the headers that it got. */
static void test_no_credential_is_in_a_logged_answer(void **state) {
  chatabi_client *client = talk_client(*state, "log_level", "debug", "log_payloads", "yes", NULL);
  assert_int_equal(chatabi_client_set_auth(client, "api_key", "sk-planted-one"), 0);
  chatabi_request *request = talk_ask(client, (talk_about){.prompt = "sk-planted-one"});
  talk_end end = talk_drain(request);
  assert_non_null(strstr(end.text, "sk-planted-one"));
  bool told = false;
  for (const char *line; (line = chatabi_client_log(client));) {
    if (!strstr(line, "has got")) continue;
    told = true;
    assert_null(strstr(line, "planted"));
  }
  assert_true(told);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

static void write_gcloud_config(const char *dir) {
  char command[1200];
  snprintf(
      command, sizeof command,
      "mkdir -p '%s/gcloud/configurations' && printf '[core]\\nproject = from-gcloud\\n[ai]\\nregion = us-east4\\n' "
      ">'%s/gcloud/configurations/config_default'",
      dir, dir);
  assert_int_equal(system(command), 0);
  snprintf(command, sizeof command, "%s/gcloud", dir);
  setenv("CLOUDSDK_CONFIG", command, 1);
}

/* The status names the place that requests go to, whoever chose it, and none that nobody chose. */
static void test_status_tells_the_place(void **state) {
  flow_emulator *emulator = *state;
  write_gcloud_config(emulator->dir);
  chatabi_client *client = talk_vertex(emulator, "token", "ya29.x", "project", "", "location", "", NULL);
  assert_string_equal(talk_status(client, "location"), "");
  chatabi_request *request = talk_ask(client, (talk_about){.prompt = NULL});
  talk_drain(request);
  chatabi_request_free(request);
  assert_int_equal(flow_emulator_count(
                       emulator, "/projects/from-gcloud/locations/us-east4/endpoints/openapi/chat/completions", NULL),
                   1);
  assert_string_equal(talk_status(client, "project"), "from-gcloud");
  assert_string_equal(talk_status(client, "location"), "us-east4");
  chatabi_client_free(client);
  client = talk_vertex(emulator, NULL, NULL, NULL);
  assert_string_equal(talk_status(client, "project"), emulator->project);
  assert_string_equal(talk_status(client, "location"), "us-central1");
  chatabi_client_free(client);
  unsetenv("CLOUDSDK_CONFIG");
}

typedef struct hasty {
  chatabi_client *client;
  atomic_bool over;
  int refused;
} hasty;

static void *send_too_early(void *arg) {
  hasty *own = arg;
  for (int i = 0; i < 500; i++) {
    chatabi_request *request = chatabi_client_send(own->client, "{}", 2, i % 2 ? "{\"nonsense\":1}" : NULL);
    own->refused += chatabi_request_next(request, -1) == CHATABI_E_CONFIG;
    chatabi_request_free(request);
  }
  atomic_store(&own->over, true);
  return NULL;
}

/* A send may come from any thread at any time, so also while the configuration is not complete yet. */
static void test_refused_while_it_is_configured(void **state) {
  static const char *const tags[] = {"think", "thoughts", NULL};
  hasty own = {.client = chatabi_client_new()};
  pthread_t thread;
  (void)state;
  chatabi_client_set(own.client, "provider", "compatible");
  chatabi_client_set(own.client, "log_telemetry", "yes");
  assert_int_equal(pthread_create(&thread, NULL, send_too_early, &own), 0);
  for (int i = 0; !atomic_load(&own.over); i++) chatabi_client_set(own.client, "think_tag", tags[i % 3]);
  pthread_join(thread, NULL);
  assert_int_equal(own.refused, 500);
  chatabi_client_free(own.client);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(test_payloads_are_logged_on_request_only, flow_emulator_clear),
      cmocka_unit_test_setup(test_no_credential_is_in_a_logged_answer, flow_emulator_clear),
      cmocka_unit_test_setup(test_null_is_an_error, flow_emulator_clear),
      cmocka_unit_test_setup(test_null_arguments, flow_emulator_clear),
      cmocka_unit_test_setup(test_library, flow_emulator_clear),
      cmocka_unit_test_setup(test_options_that_are_wrong, flow_emulator_clear),
      cmocka_unit_test_setup(test_configuration_freezes, flow_emulator_clear),
      cmocka_unit_test_setup(test_a_compatible_client_needs_a_url, flow_emulator_clear),
      cmocka_unit_test_setup(test_refused_while_it_is_configured, flow_emulator_clear),
      cmocka_unit_test_setup(test_bodies_that_are_none, flow_emulator_clear),
      cmocka_unit_test_setup(test_request_options_that_are_wrong, flow_emulator_clear),
      cmocka_unit_test_setup(test_headers_of_client_and_request, flow_emulator_clear),
      cmocka_unit_test_setup(test_another_path, flow_emulator_clear),
      cmocka_unit_test_setup(test_servers_that_are_not_there, flow_emulator_clear),
      cmocka_unit_test_setup(test_two_clients_do_not_meet, flow_emulator_clear),
      cmocka_unit_test_setup(test_status_tells_the_place, flow_emulator_clear),
      cmocka_unit_test_setup(test_log_tells_and_forgets, flow_emulator_clear),
  };
  return cmocka_run_group_tests(tests, flow_emulator_start, flow_emulator_stop);
}
