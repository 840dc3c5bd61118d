/* SPDX-License-Identifier: MIT
 * Every type of credential against the emulator's services: found, exchanged, renewed, and refused in a way that says
 * why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "talk.h"

#include <cmocka.h>

typedef struct type_row {
  const char *name;        /* as the status says it */
  const char *file;        /* below the emulator's directory; NULL: the metadata server */
  const char *stats[3];    /* services that one token takes, up to a NULL */
  const char *fault;       /* for the service that is to refuse */
  const char *stage, *has; /* what the error says then: its stage, and a part of its sentence */
} type_row;

static const type_row rows[] = {
    {"service_account", "service-account.json", {NULL}, "token_invalid_grant", "oauth", "make a new key"},
    {"authorized_user", "authorized-user.json", {"oauth"}, "token_rapt", "oauth", "asks for a new sign-in"},
    {"external_account", "external-account-file.json", {"sts"}, "sts_status=403", "sts", "HTTP status 403"},
    {"external_account", "external-account-url.json", {"sts", "iam"}, "iam_denied", "impersonate", "TokenCreator"},
    {"external_account", "external-account-aws.json", {"sts", "iam"}, "imds_status=403", "subject_token", "403"},
    {"external_account", "external-account-x509.json", {"sts"}, "sts_status=400", "sts", "HTTP status 400"},
    {"external_account_authorized_user",
     "external-account-authorized-user.json",
     {"oauth"},
     "oauth_status=401",
     "oauth",
     "HTTP status 401"},
    {"impersonated_service_account",
     "impersonated-service-account.json",
     {"oauth", "iam"},
     "iam_disabled",
     "impersonate",
     "Enable the API iamcredentials.googleapis.com"},
    {"gdch_service_account", "gdch.json", {"gdch"}, "token_status=400", "sts", "HTTP status 400"},
    {"metadata_server", NULL, {"metadata_tokens"}, "metadata_refuse", "metadata", "access scope"},
};

enum { ROWS = sizeof rows / sizeof *rows };

static const char *path_of(const flow_emulator *emulator, const type_row *row) {
  static char path[400];
  snprintf(path, sizeof path, "%s/%s", emulator->dir, row->file);
  return path;
}

static chatabi_client *open_row(const flow_emulator *emulator, const type_row *row) {
  if (!row->file) return talk_vertex(emulator, "metadata", NULL, NULL);
  return talk_vertex(emulator, "file", path_of(emulator, row), NULL);
}

static void answer(chatabi_client *client, const type_row *row) {
  chatabi_request *request = talk_ask(client, (talk_about){.more = ",\"max_tokens\":3"});
  talk_end end = talk_drain(request);
  if (end.code != CHATABI_DONE) fail_msg("%s: %s", row->file ? row->file : row->name, chatabi_request_message(request));
  chatabi_request_free(request);
}

static void check_status(chatabi_client *client, const char *member, const char *wanted) {
  cJSON *status = cJSON_Parse(chatabi_client_status(client));
  const cJSON *auth = cJSON_GetObjectItemCaseSensitive(status, "auth");
  const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(auth, member));
  if (!text || (wanted && strcmp(text, wanted) != 0))
    fail_msg("status has %s \"%s\", not \"%s\"", member, text ? text : "(none)", wanted ? wanted : "(something)");
  cJSON_Delete(status);
}

static void test_found_and_exchanged(void **state) {
  const flow_emulator *emulator = *state;
  for (const type_row *row = rows; row < rows + ROWS; row++) {
    int64_t before[3] = {0};
    for (int i = 0; i < 3 && row->stats[i]; i++) before[i] = flow_emulator_stat(emulator, row->stats[i]);
    chatabi_client *client = open_row(emulator, row);
    answer(client, row);
    answer(client, row);
    for (int i = 0; i < 3 && row->stats[i]; i++)
      assert_int_equal(flow_emulator_stat(emulator, row->stats[i]) - before[i], 1);
    check_status(client, "type", row->name);
    check_status(client, "principal", NULL);
    check_status(client, "expires_at", NULL);
    check_status(client, "last_renewal", NULL);
    check_status(client, "universe_domain", "googleapis.com");
    chatabi_client_free(client);
  }
}

/* The environment is read at the first send. */
static void answer_with(const flow_emulator *emulator, const type_row *row, const char *variable, const char *value) {
  setenv(variable, value, 1);
  chatabi_client *client = talk_vertex(emulator, "adc", NULL, NULL);
  answer(client, row);
  check_status(client, "type", row->name);
  if (strcmp(variable, "GCE_METADATA_HOST") != 0) unsetenv(variable);
  chatabi_client_free(client);
}

static char *read_file(const char *path) {
  static char text[16384];
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  size_t len = fread(text, 1, sizeof text - 1, file);
  assert_int_equal(fclose(file), 0);
  text[len] = '\0';
  return text;
}

static void test_by_environment_and_text(void **state) {
  const flow_emulator *emulator = *state;
  for (const type_row *row = rows; row < rows + ROWS; row++) {
    flow_emulator_config(emulator, "{\"rotate_refresh_tokens\":true}");
    if (!row->file) {
      answer_with(emulator, row, "GCE_METADATA_HOST", emulator->url + strlen("http://"));
      continue;
    }
    answer_with(emulator, row, "GOOGLE_APPLICATION_CREDENTIALS", path_of(emulator, row));
    flow_emulator_config(emulator, "{\"rotate_refresh_tokens\":true}");
    answer_with(emulator, row, "CHATABI_CREDENTIALS_JSON", read_file(path_of(emulator, row)));
    flow_emulator_config(emulator, "{\"rotate_refresh_tokens\":true}");
    const char *text = read_file(path_of(emulator, row));
    chatabi_client *client = talk_vertex(emulator, "json", text, "auth_allow_external", "yes", NULL);
    answer(client, row);
    chatabi_client_free(client);
  }
}

/* All of them for more than two lifetimes of two seconds: no request meets the end of a token. */
static void test_renewed(void **state) {
  const flow_emulator *emulator = *state;
  chatabi_client *clients[ROWS];
  flow_emulator_config(emulator, "{\"token_ttl_s\":2,\"self_signed_jwt\":false,\"rotate_refresh_tokens\":true}");
  for (int i = 0; i < ROWS; i++) {
    clients[i] = open_row(emulator, &rows[i]);
    answer(clients[i], &rows[i]);
  }
  flow_emulator_clear(state);
  for (long long until_ms = talk_now_ms() + 5000; talk_now_ms() < until_ms; talk_sleep(50))
    for (int i = 0; i < ROWS; i++) answer(clients[i], &rows[i]);
  for (int i = 0; i < ROWS; i++) {
    long renewals = talk_counter(clients[i], "auth.renewals");
    if (renewals < 3 || renewals > 20) fail_msg("%s: %ld renewals", rows[i].name, renewals);
    assert_int_equal(talk_counter(clients[i], "counters.replays"), strcmp(rows[i].name, "service_account") == 0);
    chatabi_client_free(clients[i]);
  }
  flow_emulator_config(emulator, "{\"token_ttl_s\":3599,\"self_signed_jwt\":true}");
}

static void test_refused(void **state) {
  const flow_emulator *emulator = *state;
  flow_emulator_config(emulator, "{\"self_signed_jwt\":false,\"rotate_refresh_tokens\":true}");
  for (const type_row *row = rows; row < rows + ROWS; row++) {
    chatabi_client *client = open_row(emulator, row);
    flow_emulator_fail(emulator, row->fault, -1);
    chatabi_request *request = talk_ask(client, (talk_about){.prompt = NULL});
    assert_int_equal(talk_drain(request).code, CHATABI_E_AUTH_EXCHANGE);
    if (strcmp(talk_error(request, "auth.stage"), row->stage) != 0 ||
        !strstr(chatabi_request_message(request), row->has))
      fail_msg("%s: stage %s: %s", row->fault, talk_error(request, "auth.stage"), chatabi_request_message(request));
    if (strcmp(talk_error(request, "auth.transient"), "false") != 0)
      fail_msg("%s: transient: %s", row->fault, chatabi_request_message(request));
    check_status(client, "last_error", NULL);
    chatabi_request_free(request);
    assert_int_equal(flow_emulator_clear(state), 0);
    /* Nothing is poisoned: the pause over, the same client works. */
    for (int tries = 0;; tries++) {
      request = talk_ask(client, (talk_about){.more = ",\"max_tokens\":3"});
      int code = talk_drain(request).code;
      if (code != CHATABI_DONE && tries > 40) fail_msg("%s: %s", row->fault, chatabi_request_message(request));
      chatabi_request_free(request);
      if (code == CHATABI_DONE) break;
      talk_sleep(100);
    }
    chatabi_client_free(client);
  }
  flow_emulator_config(emulator, "{\"self_signed_jwt\":true}");
}

/* Whoever issues the subject token replaces its file: the next exchange has the new one. */
static void test_subject_token_follows_its_file(void **state) {
  const flow_emulator *emulator = *state;
  const type_row *row = &rows[2];
  flow_emulator_config(emulator, "{\"subject_token\":\"first-subject-token\"}");
  chatabi_client *client = open_row(emulator, row);
  answer(client, row);
  flow_emulator_config(emulator, "{\"subject_token\":\"second-subject-token\"}");
  cJSON_Delete(flow_emulator_call(emulator, "DELETE", "tokens", NULL));
  answer(client, row);
  assert_int_equal(talk_counter(client, "auth.renewals"), 2);
  chatabi_client_free(client);
}

static int enter(void **state) {
  int error = flow_emulator_start(state);
  if (error) return error;
  const flow_emulator *emulator = *state;
  setenv("GCE_METADATA_HOST", emulator->url + strlen("http://"), 1);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(test_found_and_exchanged, flow_emulator_clear),
      cmocka_unit_test_setup(test_by_environment_and_text, flow_emulator_clear),
      cmocka_unit_test_setup(test_renewed, flow_emulator_clear),
      cmocka_unit_test_setup(test_refused, flow_emulator_clear),
      cmocka_unit_test_setup(test_subject_token_follows_its_file, flow_emulator_clear),
  };
  return cmocka_run_group_tests(tests, enter, flow_emulator_stop);
}
