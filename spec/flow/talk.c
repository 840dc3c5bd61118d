/* SPDX-License-Identifier: MIT */
#include "talk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void set(chatabi_client *client, const char *key, const char *value) {
  if (chatabi_client_set(client, key, value)) fail_msg("%s: %s", key, chatabi_client_message(client));
}

static void set_all(chatabi_client *client, va_list pairs) {
  const char *key;
  while ((key = va_arg(pairs, const char *))) set(client, key, va_arg(pairs, const char *));
}

chatabi_client *talk_client(const flow_emulator *emulator, ...) {
  char url[100];
  va_list pairs;
  chatabi_client *client = chatabi_client_new();
  assert_non_null(client);
  snprintf(url, sizeof url, "%s/v1", emulator->url);
  set(client, "base_url", url);
  set(client, "model", "emulator");
  set(client, "proxy", "");
  va_start(pairs, emulator);
  set_all(client, pairs);
  va_end(pairs);
  return client;
}

chatabi_client *talk_vertex(const flow_emulator *emulator, const char *source, const char *value, ...) {
  va_list pairs;
  chatabi_client *client = chatabi_client_new();
  assert_non_null(client);
  set(client, "provider", "vertex");
  set(client, "base_url", emulator->vertex_url);
  set(client, "project", emulator->project);
  set(client, "location", "us-central1");
  set(client, "model", "google/gemini-2.5-flash");
  set(client, "ca_file", emulator->ca_file);
  set(client, "auth_allow_hosts", "127.0.0.1");
  set(client, "proxy", "");
  assert_int_equal(
      chatabi_client_set_auth(client, source ? source : "file", source ? value : emulator->authorized_user_file), 0);
  va_start(pairs, value);
  set_all(client, pairs);
  va_end(pairs);
  return client;
}

chatabi_request *talk_ask(chatabi_client *client, talk_about about) {
  char body[4096], options[1024];
  int len = snprintf(body, sizeof body, "{\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}],\"stream\":%s%s}",
                     about.prompt ? about.prompt : "Hi", about.whole ? "false" : "true", about.more ? about.more : "");
  assert_in_range(len, 1, sizeof body - 1);
  snprintf(options, sizeof options, "{\"headers\":{\"x-emulator-fault\":\"%s\"}%s}", about.fault ? about.fault : "",
           about.options ? about.options : "");
  chatabi_request *request = chatabi_client_send(client, body, (size_t)len, options);
  assert_non_null(request);
  return request;
}

static void keep_text(talk_end *end, chatabi_request *request) {
  size_t len;
  const char *text = chatabi_request_text(request, &len);
  assert_non_null(text);
  assert_int_equal(strlen(text), len);
  if (end->text_len + len < sizeof end->text) strcpy(end->text + end->text_len, text);
  end->text_len += len;
}

talk_end talk_drain(chatabi_request *request) {
  talk_end end = {0};
  long long until_ms = talk_now_ms() + 20000;
  while ((end.code = chatabi_request_next(request, 1000)) >= 0 && end.code != CHATABI_DONE) {
    if (talk_now_ms() > until_ms) fail_msg("No end in 20 s; state %d", chatabi_request_state(request));
    if (!end.code) continue;
    end.events++;
    assert_in_range(end.code, 1, 4);
    end.kinds[end.code]++;
    if (end.code == CHATABI_TEXT) keep_text(&end, request);
  }
  return end;
}

/* ---- looking into JSON ---- */

static const cJSON *step(const cJSON *item, const char *name, size_t len) {
  char key[64];
  snprintf(key, sizeof key, "%.*s", (int)len, name);
  if (cJSON_IsArray(item)) return cJSON_GetArrayItem(item, atoi(key));
  return cJSON_GetObjectItemCaseSensitive(item, key);
}

static const char *look(const char *json, const char *path) {
  static char text[8192];
  cJSON *tree = cJSON_Parse(json);
  const cJSON *item = tree;
  *text = '\0';
  while (item && *path) {
    size_t len = strcspn(path, ".");
    item = step(item, path, len);
    path += len + (path[len] == '.');
  }
  if (cJSON_IsString(item))
    snprintf(text, sizeof text, "%s", item->valuestring);
  else if (cJSON_IsNumber(item))
    snprintf(text, sizeof text, "%.0f", item->valuedouble);
  else if (cJSON_IsBool(item))
    snprintf(text, sizeof text, "%s", cJSON_IsTrue(item) ? "true" : "false");
  cJSON_Delete(tree);
  return text;
}

const char *talk_result(chatabi_request *request, const char *path) {
  const char *json = chatabi_request_result(request, NULL);
  return json ? look(json, path) : "";
}

const char *talk_error(chatabi_request *request, const char *path) {
  return look(chatabi_request_error_json(request), path);
}

const char *talk_status(chatabi_client *client, const char *path) { return look(chatabi_client_status(client), path); }

long talk_counter(chatabi_client *client, const char *path) { return strtol(talk_status(client, path), NULL, 10); }

/* ---- time ---- */

void talk_sleep(int ms) {
  nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000}, NULL);
}

long long talk_now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
