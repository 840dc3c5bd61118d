/* SPDX-License-Identifier: MIT
 * A client whose token a program prints: a gcloud of our own in front of PATH. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "talk.h"

#include <cmocka.h>

#define CHAT "/chat/completions"

static char dir[64] = "/tmp/chatabi-program-XXXXXX";

static const char *path_in_dir(const char *name) {
  static char path[128];
  snprintf(path, sizeof path, "%s/%s", dir, name);
  return path;
}

static void write_file(const char *name, const char *text) {
  FILE *file = fopen(path_in_dir(name), "w");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

/* Prints what `answer` holds, and counts its runs. */
#define PRINTS \
  "echo run >> $dir/runs\n[ \"$1 $2 $3\" = 'config config-helper --format=json' ] || exit 9\ncat $dir/answer\n"

static void write_gcloud(const char *text) {
  char script[1000];
  snprintf(script, sizeof script, "#!/bin/sh\ndir=%s\n%s", dir, text);
  write_file("gcloud", script);
  assert_int_equal(chmod(path_in_dir("gcloud"), 0700), 0);
}

static void write_answer(const flow_emulator *emulator) {
  char text[1000], moment[32];
  time_t later = time(NULL) + 3600;
  struct tm utc;
  assert_true(strftime(moment, sizeof moment, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&later, &utc)) > 0);
  cJSON *json = flow_emulator_call(emulator, "POST", "tokens", "{}");
  snprintf(text, sizeof text,
           "{\"configuration\":{\"properties\":{\"core\":{\"account\":\"ann@example.com\"}}},"
           "\"credential\":{\"access_token\":\"%s\",\"token_expiry\":\"%s\"}}\n",
           cJSON_GetStringValue(cJSON_GetObjectItem(json, "access_token")), moment);
  cJSON_Delete(json);
  write_file("answer", text);
}

static int runs(void) {
  FILE *file = fopen(path_in_dir("runs"), "r");
  int count = 0, c;
  while (file && (c = fgetc(file)) != EOF) count += c == '\n';
  if (file) fclose(file);
  return count;
}

static int set_up(void **state) {
  char path[600];
  static char before[500];
  if (!*before) snprintf(before, sizeof before, "%s", getenv("PATH"));
  snprintf(path, sizeof path, "%s:%s", dir, before);
  setenv("PATH", path, 1);
  unlink(path_in_dir("runs"));
  unlink(path_in_dir("pid"));
  write_gcloud(PRINTS);
  write_answer(*state);
  return flow_emulator_clear(state);
}

static void expect_chat(chatabi_client *client) {
  chatabi_request *request = talk_ask(client, (talk_about){.prompt = NULL});
  talk_end end = talk_drain(request);
  if (end.code != CHATABI_DONE) fail_msg("%s", chatabi_request_message(request));
  chatabi_request_free(request);
}

static void expect_failure(chatabi_client *client, int code, const char *part) {
  chatabi_request *request = talk_ask(client, (talk_about){.prompt = NULL});
  talk_end end = talk_drain(request);
  const char *message = chatabi_request_message(request);
  if (end.code != code || !strstr(message, part)) fail_msg("%d: %s", end.code, message);
  chatabi_request_free(request);
}

static void test_token(void **state) {
  chatabi_client *client = talk_vertex(*state, "gcloud", NULL, NULL);
  expect_chat(client);
  expect_chat(client);
  assert_int_equal(runs(), 1);
  assert_int_equal(talk_counter(client, "auth.renewals"), 1);
  const char *status = chatabi_client_status(client);
  assert_non_null(strstr(status, "ann@example.com"));
  assert_non_null(strstr(status, "\"gcloud\""));
  chatabi_client_free(client);
}

/* Output that comes in pieces, from a program that leaves a job behind which holds its output open. */
static void test_slow_token(void **state) {
  write_gcloud("sleep 300 &\necho $! > $dir/pid\nhead -c 40 $dir/answer; sleep 0.3; tail -c +41 $dir/answer\n");
  chatabi_client *client = talk_vertex(*state, "gcloud", NULL, NULL);
  expect_chat(client);
  chatabi_client_free(client);
}

/* Neither gcloud nor anybody else knows the project: that is told, not waited for. */
static void test_no_project(void **state) {
  setenv("CLOUDSDK_CONFIG", dir, 1);
  chatabi_client *client = talk_vertex(*state, "gcloud", NULL, "project", "", NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.options = ",\"total_timeout_ms\":5000"});
  assert_int_equal(talk_drain(request).code, CHATABI_E_CONFIG);
  assert_non_null(strstr(chatabi_request_message(request), "No Google Cloud project is known"));
  assert_int_equal(runs(), 1);
  chatabi_request_free(request);
  chatabi_client_free(client);
  unsetenv("CLOUDSDK_CONFIG");
}

static void test_revoked_token(void **state) {
  chatabi_client *client = talk_vertex(*state, "gcloud", NULL, NULL);
  expect_chat(client);
  cJSON_Delete(flow_emulator_call(*state, "DELETE", "tokens", NULL));
  write_answer(*state);
  expect_chat(client);
  assert_int_equal(runs(), 2);
  assert_int_equal(flow_emulator_count(*state, CHAT, NULL), 3);
  chatabi_client_free(client);
}

static void test_failures(void **state) {
  write_gcloud("echo run >> $dir/runs\necho secret-of-gcloud; echo secret-of-gcloud >&2; exit 1\n");
  chatabi_client *client = talk_vertex(*state, "gcloud", NULL, NULL);
  expect_failure(client, CHATABI_E_AUTH_EXCHANGE, "Run `gcloud auth login`");
  assert_null(strstr(chatabi_client_status(client), "secret-of-gcloud"));
  assert_int_equal(runs(), 1);
  chatabi_client_free(client);
  setenv("PATH", "/nowhere", 1);
  client = talk_vertex(*state, "gcloud", NULL, NULL);
  expect_failure(client, CHATABI_E_AUTH_SOURCE, "gcloud was not found in PATH");
  chatabi_client_free(client);
  assert_int_equal(flow_emulator_count(*state, CHAT, NULL), 0);
}

static long await_pid(void) {
  char line[32] = "";
  for (int i = 0; i < 1000 && access(path_in_dir("pid"), F_OK) != 0; i++) talk_sleep(5);
  FILE *file = fopen(path_in_dir("pid"), "r");
  assert_non_null(file);
  assert_non_null(fgets(line, sizeof line, file));
  fclose(file);
  return strtol(line, NULL, 10);
}

/* Neither the client nor its host waits for a program that hangs, and none is left. */
static void test_closed_while_it_runs(void **state) {
  write_gcloud("trap '' TERM\necho $$ > $dir/new\nmv $dir/new $dir/pid\nwhile :; do sleep 1; done\n");
  chatabi_client *client = talk_vertex(*state, "gcloud", NULL, NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.prompt = NULL});
  long pid = await_pid();
  assert_true(pid > 1 && kill((pid_t)pid, 0) == 0);
  assert_int_equal(getpgid((pid_t)pid), pid);
  assert_int_equal(chatabi_request_next(request, 0), 0);
  long long from_ms = talk_now_ms();
  assert_int_equal(chatabi_client_stop(client, 5000), 0);
  assert_true(talk_now_ms() - from_ms < 2000);
  assert_int_equal(kill((pid_t)pid, 0), -1);
  assert_int_equal(errno, ESRCH);
  assert_int_equal(talk_drain(request).code, CHATABI_E_CLOSED);
  chatabi_request_free(request);
  chatabi_client_free(client);
}

/* The thread goes on with all else while the program takes its time. */
static void test_others_go_on(void **state) {
  write_gcloud("sleep 3\n" PRINTS);
  chatabi_client *client = talk_vertex(*state, "gcloud", NULL, NULL);
  chatabi_request *request = talk_ask(client, (talk_about){.prompt = NULL});
  chatabi_request *other = talk_ask(client, (talk_about){.prompt = NULL});
  talk_sleep(200);
  long long from_ms = talk_now_ms();
  chatabi_request_cancel(other);
  assert_int_equal(talk_drain(other).code, CHATABI_E_CANCELLED);
  assert_true(talk_now_ms() - from_ms < 1500);
  assert_int_equal(talk_drain(request).code, CHATABI_DONE);
  assert_int_equal(runs(), 1);
  chatabi_request_free(request);
  chatabi_request_free(other);
  chatabi_client_free(client);
}

static void test_host_ignores_sigchld(void **state) {
  signal(SIGCHLD, SIG_IGN);
  chatabi_client *client = talk_vertex(*state, "gcloud", NULL, NULL);
  expect_chat(client);
  chatabi_client_free(client);
  signal(SIGCHLD, SIG_DFL);
}

static int start(void **state) {
  signal(SIGPIPE, SIG_IGN);
  return mkdtemp(dir) ? flow_emulator_start(state) : -1;
}

static int stop(void **state) {
  static const char *const names[] = {"gcloud", "answer", "runs", "pid"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) unlink(path_in_dir(names[i]));
  rmdir(dir);
  return flow_emulator_stop(state);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(test_token, set_up),        cmocka_unit_test_setup(test_slow_token, set_up),
      cmocka_unit_test_setup(test_no_project, set_up),   cmocka_unit_test_setup(test_revoked_token, set_up),
      cmocka_unit_test_setup(test_failures, set_up),     cmocka_unit_test_setup(test_closed_while_it_runs, set_up),
      cmocka_unit_test_setup(test_others_go_on, set_up), cmocka_unit_test_setup(test_host_ignores_sigchld, set_up),
  };
  return cmocka_run_group_tests(tests, start, stop);
}
