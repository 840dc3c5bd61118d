/* SPDX-License-Identifier: MIT */
#include "emulator.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static flow_emulator the_one;

/* ---- the process ---- */

static void become_emulator(const char *binary, int life_fd, int line_fd) {
  if (dup2(life_fd, STDIN_FILENO) < 0 || dup2(line_fd, STDOUT_FILENO) < 0) _exit(126);
  execl(binary, binary, "--quiet", "--until-eof", "--tls", "--pace", "0", (char *)NULL);
  _exit(127);
}

/* The line that it prints at its start. */
static cJSON *read_line(int fd) {
  char text[4096];
  size_t len = 0;
  ssize_t got;
  while (len < sizeof text - 1 && !memchr(text, '\n', len) && (got = read(fd, text + len, sizeof text - 1 - len)) > 0)
    len += (size_t)got;
  text[len] = '\0';
  return cJSON_Parse(text);
}

static bool take(const cJSON *line, const char *name, char *out, size_t size) {
  const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(line, name));
  if (!text || strlen(text) >= size) return false;
  strcpy(out, text);
  return true;
}

static bool take_places(flow_emulator *emulator, const cJSON *line) {
  if (!take(line, "tls_url", emulator->tls_url, sizeof emulator->tls_url - 1)) return false;
  snprintf(emulator->vertex_url, sizeof emulator->vertex_url, "%.70s/", emulator->tls_url);
  return take(line, "url", emulator->url, sizeof emulator->url) &&
         take(line, "dir", emulator->dir, sizeof emulator->dir) &&
         take(line, "ca_file", emulator->ca_file, sizeof emulator->ca_file) &&
         take(line, "project", emulator->project, sizeof emulator->project) &&
         take(line, "credentials_file", emulator->credentials_file, sizeof emulator->credentials_file) &&
         take(line, "authorized_user_file", emulator->authorized_user_file, sizeof emulator->authorized_user_file);
}

int flow_emulator_start(void **state) {
  const char *binary = getenv("CHATABI_EMULATOR");
  int life[2], line[2];
  if (!binary) {
    fputs("Set CHATABI_EMULATOR to the path of chatabi-emulator.\n", stderr);
    return -1;
  }
  if (pipe2(life, O_CLOEXEC) || pipe2(line, O_CLOEXEC)) return -1;
  the_one.pid = fork();
  if (the_one.pid == 0) become_emulator(binary, life[0], line[1]);
  close(life[0]);
  close(line[1]);
  the_one.life_fd = life[1];
  cJSON *places = read_line(line[0]);
  bool up = the_one.pid > 0 && take_places(&the_one, places);
  cJSON_Delete(places);
  close(line[0]);
  *state = &the_one;
  return up ? 0 : -1;
}

int flow_emulator_stop(void **state) {
  flow_emulator *emulator = *state;
  int status;
  close(emulator->life_fd);
  return waitpid(emulator->pid, &status, 0) == emulator->pid && WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -1;
}

/* ---- its control surface ---- */

typedef struct reply {
  char *text;
  size_t len;
} reply;

static size_t keep(char *bytes, size_t size, size_t count, void *arg) {
  reply *to = arg;
  char *text = realloc(to->text, to->len + size * count + 1);
  if (!text) return 0;
  to->text = text;
  memcpy(text + to->len, bytes, size * count);
  to->len += size * count;
  text[to->len] = '\0';
  return size * count;
}

cJSON *flow_emulator_call(const flow_emulator *emulator, const char *method, const char *what, const char *body) {
  char url[160];
  reply got = {NULL, 0};
  long status = 0;
  CURL *easy = curl_easy_init();
  snprintf(url, sizeof url, "%s/emulator/%s", emulator->url, what);
  assert_non_null(easy);
  curl_easy_setopt(easy, CURLOPT_URL, url);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 10000L);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, keep);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &got);
  if (body) curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
  CURLcode result = curl_easy_perform(easy);
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_cleanup(easy);
  if (result != CURLE_OK || status != 200)
    fail_msg("%s /emulator/%s: %s, status %ld: %s", method, what, curl_easy_strerror(result), status, got.text);
  cJSON *json = cJSON_Parse(got.text);
  free(got.text);
  assert_non_null(json);
  return json;
}

void flow_emulator_fail(const flow_emulator *emulator, const char *fault, int times) {
  char body[200];
  snprintf(body, sizeof body, "{\"fault\":\"%s\",\"times\":%d}", fault, times);
  cJSON_Delete(flow_emulator_call(emulator, "POST", "faults", body));
}

void flow_emulator_config(const flow_emulator *emulator, const char *json) {
  cJSON_Delete(flow_emulator_call(emulator, "POST", "config", json));
}

int64_t flow_emulator_stat(const flow_emulator *emulator, const char *name) {
  cJSON *stats = flow_emulator_call(emulator, "GET", "stats", NULL);
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(stats, name);
  assert_true(cJSON_IsNumber(item));
  int64_t number = (int64_t)item->valuedouble;
  cJSON_Delete(stats);
  return number;
}

int flow_emulator_clear(void **state) {
  const flow_emulator *emulator = *state;
  cJSON_Delete(flow_emulator_call(emulator, "DELETE", "journal", NULL));
  cJSON_Delete(flow_emulator_call(emulator, "DELETE", "faults", NULL));
  return 0;
}

/* ---- its journal ---- */

static bool ends_with(const char *text, const char *end) {
  size_t len = strlen(text), end_len = strlen(end);
  return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

int flow_emulator_count(const flow_emulator *emulator, const char *path_end, const char *flag) {
  cJSON *journal = flow_emulator_call(emulator, "GET", "journal", NULL);
  const cJSON *entry;
  int count = 0;
  cJSON_ArrayForEach(entry, journal) {
    const char *path = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, "path"));
    bool flagged = !flag || cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(entry, flag));
    count += path && ends_with(path, path_end) && flagged;
  }
  cJSON_Delete(journal);
  return count;
}

int flow_emulator_await(const flow_emulator *emulator, const char *path_end, const char *flag, int wanted) {
  int count = -1;
  for (int i = 0; i < 100; i++) {
    count = flow_emulator_count(emulator, path_end, flag);
    if (count == wanted) break;
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
  }
  return count;
}
