/* SPDX-License-Identifier: MIT */
#include "client.h"

#include <string.h>

#include "../base/alloc.h"
#include "../base/json.h"
#include "../base/life.h"
#include "../base/url.h"
#include "config.h"
#include "options.h"
#include "request.h"

chatabi_client *cai_client_new(void) {
  if (cai_life_init()) return NULL;
  chatabi_client *client = cai_calloc(1, sizeof *client);
  if (!client) return NULL;
  client->generation = cai_life_generation();
  atomic_init(&client->last_id, 0);
  client->loop = cai_loop_new();
  if (client->loop && !cai_config_defaults(&client->loop->settings) && !cai_mutex_init(&client->lock)) return client;
  cai_loop_unref(client->loop);
  cai_free(client);
  return NULL;
}

void cai_client_free(chatabi_client *client) {
  cai_loop_stop(client->loop);
  cai_loop_unref(client->loop);
  cai_mutex_fini(&client->lock);
  cai_free(client->log_line);
  cai_free(client->status);
  cai_free(client);
}

/* ---- configuration ---- */

static int too_late(cai_err *err) {
  return cai_err_set(err, CHATABI_E_STATE,
                     "The configuration is frozen by the first send or start: make another client.");
}

int cai_client_set(chatabi_client *client, const char *key, const char *value) {
  cai_loop *loop = client->loop;
  cai_err_clear(&client->message);
  cai_mutex_lock(&client->lock);
  int error =
      client->frozen ? too_late(&client->message) : cai_config_set(&loop->settings, key, value, &client->message);
  cai_log_set_level(loop->log, loop->settings.log_level);
  cai_mutex_unlock(&client->lock);
  return error;
}

/* A token that replaces a token may come from any thread, so it leaves `message`, the configuring thread's, alone. */
int cai_client_set_auth(chatabi_client *client, const char *source, const char *value) {
  cai_settings *settings = &client->loop->settings;
  cai_err err;
  cai_err_clear(&err);
  cai_mutex_lock(&client->lock);
  bool replaces = settings->auth_source == CAI_SOURCE_TOKEN && strcmp(source, "token") == 0;
  bool running = client->frozen;
  int error = 0;
  if (running && (!replaces || !value || !*value))
    error = replaces ? CHATABI_E_CONFIG : too_late(&err);
  else if (!running)
    error = cai_config_set_auth(settings, source, value, &err);
  if (!replaces) client->message = err;
  cai_mutex_unlock(&client->lock);
  return running && !error ? cai_loop_set_token(client->loop, value) : error;
}

/* ---- running ---- */

static int freeze(chatabi_client *client, cai_err *err) {
  cai_mutex_lock(&client->lock);
  int error = client->frozen ? 0 : cai_config_freeze(&client->loop->settings, err);
  if (!error && (error = cai_loop_start(client->loop)))
    cai_err_set(err, error, "The I/O thread cannot start: %s", cai_err_text(error));
  if (!error) client->frozen = true;
  cai_mutex_unlock(&client->lock);
  return error;
}

int cai_client_start(chatabi_client *client) {
  cai_err_clear(&client->message);
  int error = freeze(client, &client->message);
  if (!error) cai_loop_warm(client->loop);
  return error;
}

static void submit(chatabi_client *client, chatabi_request *request) {
  cai_err err;
  if (cai_loop_attend(client->loop, request->attempt)) return;
  cai_err_set(&err, CHATABI_E_CLOSED, "%s", cai_err_text(CHATABI_E_CLOSED));
  cai_attempt_refuse(request->attempt, &err);
}

/* The configuration may not be frozen, and another thread change what is read here. */
static chatabi_request *refuse(chatabi_client *client, int64_t id, const char *body, size_t len, cai_options *own,
                               const cai_err *err) {
  cai_mutex_lock(&client->lock);
  chatabi_request *request = cai_request_new(client->loop, id, body, len, own);
  if (request) cai_attempt_refuse(request->attempt, err);
  cai_mutex_unlock(&client->lock);
  return request;
}

chatabi_request *cai_client_send(chatabi_client *client, const char *body, size_t len, const char *options) {
  cai_options own;
  cai_err err;
  cai_err_clear(&err);
  int64_t id = atomic_fetch_add(&client->last_id, 1) + 1;
  if (cai_options_read(&own, options, &err) || freeze(client, &err)) return refuse(client, id, body, len, &own, &err);
  chatabi_request *request = cai_request_new(client->loop, id, body, len, &own);
  if (request) submit(client, request);
  return request;
}

int cai_client_stop(chatabi_client *client, int timeout_ms) {
  cai_loop_stop(client->loop);
  return cai_loop_wait_finished(client->loop, timeout_ms) ? 0 : CHATABI_E_TIMEOUT;
}

/* ---- looking ---- */

const char *cai_client_log(chatabi_client *client) {
  cai_free(client->log_line);
  client->log_line = cai_log_take(client->loop->log);
  return client->log_line;
}

static bool add_text(cJSON *object, const char *name, const char *value) {
  return !value || cJSON_AddStringToObject(object, name, value);
}

static bool add_url(cJSON *object, const char *name, const char *url) {
  char *shown = url ? cai_strndup(url, (size_t)cai_url_shown(url)) : NULL;
  bool ok = (shown || !url) && add_text(object, name, shown);
  cai_free(shown);
  return ok;
}

static bool add_settings(cJSON *object, const cai_settings *settings) {
  return add_text(object, "provider", cai_provider_name(settings->provider)) &&
         add_url(object, "base_url", settings->base_url) && add_text(object, "endpoint", settings->endpoint) &&
         add_text(object, "model", settings->model);
}

/* What the options leave open is found with the credential. */
static bool add_place(cJSON *object, const cai_settings *settings) {
  const cJSON *auth = cJSON_GetObjectItemCaseSensitive(object, "auth");
  if (settings->provider != CAI_PROVIDER_VERTEX) return true;
  const char *location = settings->location ? settings->location : settings->places.location;
  if (!location && auth) location = cai_json_string(auth, "location");
  const char *project = settings->project ? settings->project : settings->places.project;
  if (!project && auth) project = cai_json_string(auth, "project");
  return add_text(object, "project", project) && add_text(object, "location", location);
}

static bool add_counters(cJSON *object, cai_loop *loop) {
  cai_counters *counters = &loop->counters;
  const struct {
    const char *name;
    _Atomic int64_t *number;
  } list[] = {
      {"requests", &counters->requests},       {"completed", &counters->completed}, {"failed", &counters->failed},
      {"cancelled", &counters->cancelled},     {"retries", &counters->retries},     {"replays", &counters->replays},
      {"connections", &counters->connections}, {"in_flight", &counters->in_flight}, {"tokens", &loop->budget.spent}};
  cJSON *child = cJSON_AddObjectToObject(object, "counters");
  for (size_t i = 0; child && i < sizeof list / sizeof *list; i++)
    if (!cJSON_AddNumberToObject(child, list[i].name, (double)atomic_load(list[i].number))) return false;
  return child != NULL;
}

static bool add_auth(cJSON *object, cai_loop *loop) {
  char *text = cai_keeper_status(&loop->keeper);
  if (!text) return true;
  cJSON *auth = cai_json_parse(text, strlen(text), "The status", NULL);
  cai_free(text);
  if (auth && cJSON_AddItemToObject(object, "auth", auth)) return true;
  cJSON_Delete(auth);
  return false;
}

const char *cai_client_status(chatabi_client *client) {
  cJSON *object = cJSON_CreateObject();
  char *text = NULL;
  cai_mutex_lock(&client->lock);
  const cai_settings *settings = &client->loop->settings;
  bool ok = object && add_settings(object, settings);
  cai_mutex_unlock(&client->lock);
  ok = ok && add_auth(object, client->loop);
  cai_mutex_lock(&client->lock);
  ok = ok && add_place(object, settings);
  cai_mutex_unlock(&client->lock);
  if (ok && add_counters(object, client->loop)) text = cJSON_PrintUnformatted(object);
  cJSON_Delete(object);
  cai_free(client->status);
  client->status = cai_strdup(text);
  cJSON_free(text);
  return client->status;
}
