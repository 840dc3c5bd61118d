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
  const char *environment; /* of this process until the first send; see set_environment */
} type_row;

static const type_row rows[] = {
    {"service_account", "service-account.json", {NULL}, "token_invalid_grant", "oauth", "make a new key", NULL},
    {"authorized_user", "authorized-user.json", {"oauth"}, "token_rapt", "oauth", "asks for a new sign-in", NULL},
    {"external_account", "external-account-file.json", {"sts"}, "sts_status=403", "sts", "HTTP status 403", NULL},
    {"external_account",
     "external-account-url.json",
     {"sts", "iam"},
     "iam_denied",
     "impersonate",
     "TokenCreator",
     NULL},
    {"external_account", "external-account-aws.json", {"sts", "iam"}, "imds_status=403", "subject_token", "403", NULL},
    {"external_account", "external-account-aws.json", {"sts", "iam"}, "sts_status=403", "sts", "403", "aws keys"},
    {"external_account", "external-account-aws.json", {"sts", "iam"}, "imds_status=403", "subject_token", "403", "ecs"},
    {"external_account", "external-account-aws.json", {"sts", "iam"}, "imds_status=403", "subject_token", "403", "eks"},
    {"external_account", "executable.json", {"sts"}, "sts_status=403", "sts", "HTTP status 403", "executable"},
    {"external_account", "external-account-x509.json", {"sts"}, "sts_status=400", "sts", "HTTP status 400", NULL},
    {"external_account_authorized_user",
     "external-account-authorized-user.json",
     {"oauth"},
     "oauth_status=401",
     "oauth",
     "HTTP status 401",
     NULL},
    {"impersonated_service_account",
     "impersonated-service-account.json",
     {"oauth", "iam"},
     "iam_disabled",
     "impersonate",
     "Enable the API iamcredentials.googleapis.com",
     NULL},
    {"gdch_service_account", "gdch.json", {"gdch"}, "token_status=400", "sts", "HTTP status 400", NULL},
    {"metadata_server", NULL, {"metadata_tokens"}, "metadata_refuse", "metadata", "access scope", NULL},
};

enum { ROWS = sizeof rows / sizeof *rows };

static const char *path_of(const flow_emulator *emulator, const type_row *row) {
  static char path[400];
  snprintf(path, sizeof path, "%s/%s", emulator->dir, row->file);
  return path;
}

/* ---- what the environment adds ---- */

static char *read_file(const char *path) {
  static char text[16384];
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  size_t len = fread(text, 1, sizeof text - 1, file);
  assert_int_equal(fclose(file), 0);
  text[len] = '\0';
  return text;
}

static void set_aws_keys(const flow_emulator *emulator) {
  char path[400];
  snprintf(path, sizeof path, "%s/aws-keys.json", emulator->dir);
  cJSON *keys = cJSON_Parse(read_file(path));
  setenv("AWS_ACCESS_KEY_ID", cJSON_GetStringValue(cJSON_GetObjectItem(keys, "AccessKeyId")), 1);
  setenv("AWS_SECRET_ACCESS_KEY", cJSON_GetStringValue(cJSON_GetObjectItem(keys, "SecretAccessKey")), 1);
  cJSON_Delete(keys);
}

static void set_container(const flow_emulator *emulator, const char *path) {
  char url[200], file[400];
  snprintf(url, sizeof url, "%s%s", emulator->url, path);
  snprintf(file, sizeof file, "%s/eks-token", emulator->dir);
  setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url, 1);
  setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file, 1);
}

static void set_environment(const flow_emulator *emulator, const type_row *row) {
  static const char *const names[] = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
                                      "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
                                      "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES"};
  const char *what = row->environment ? row->environment : "";
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) unsetenv(names[i]);
  if (strcmp(what, "aws keys") == 0) set_aws_keys(emulator);
  if (strcmp(what, "ecs") == 0) set_container(emulator, "/v2/credentials/task");
  if (strcmp(what, "eks") == 0) set_container(emulator, "/eks/credentials");
  if (strcmp(what, "executable") == 0) setenv("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1", 1);
}

/* An external account like the emulator's, with a program that prints its subject token. */
static void write_executable(const flow_emulator *emulator) {
  char path[400], command[500], script[900];
  snprintf(path, sizeof path, "%s/external-account-file.json", emulator->dir);
  cJSON *account = cJSON_Parse(read_file(path)), *source = cJSON_CreateObject();
  assert_non_null(account);
  snprintf(command, sizeof command, "/bin/sh '%s/print token.sh'", emulator->dir);
  cJSON *executable = cJSON_AddObjectToObject(source, "executable");
  cJSON_AddStringToObject(executable, "command", command);
  cJSON_ReplaceItemInObject(account, "credential_source", source);
  snprintf(path, sizeof path, "%s/executable.json", emulator->dir);
  char *text = cJSON_Print(account);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
  snprintf(script, sizeof script,
           "printf '{\"version\":1,\"success\":true,\"token_type\":\"%%s\",\"id_token\":\"%%s\"}' "
           "\"$GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE\" \"$(cat '%s/subject-token')\"\n",
           emulator->dir);
  snprintf(path, sizeof path, "%s/print token.sh", emulator->dir);
  file = fopen(path, "w");
  assert_non_null(file);
  assert_true(fputs(script, file) >= 0);
  assert_int_equal(fclose(file), 0);
  cJSON_free(text);
  cJSON_Delete(account);
}

static chatabi_client *open_row(const flow_emulator *emulator, const type_row *row) {
  set_environment(emulator, row);
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

static void test_by_environment_and_text(void **state) {
  const flow_emulator *emulator = *state;
  for (const type_row *row = rows; row < rows + ROWS; row++) {
    flow_emulator_config(emulator, "{\"rotate_refresh_tokens\":true}");
    set_environment(emulator, row);
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

/* All of them for more than two lifetimes of three seconds: no request meets the end of a token. */
static void test_renewed(void **state) {
  const flow_emulator *emulator = *state;
  chatabi_client *clients[ROWS];
  flow_emulator_config(emulator, "{\"token_ttl_s\":3,\"self_signed_jwt\":false,\"rotate_refresh_tokens\":true}");
  for (int i = 0; i < ROWS; i++) {
    clients[i] = open_row(emulator, &rows[i]);
    answer(clients[i], &rows[i]);
  }
  flow_emulator_clear(state);
  for (long long until_ms = talk_now_ms() + 7500; talk_now_ms() < until_ms; talk_sleep(50))
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
  write_executable(emulator);
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
