/* SPDX-License-Identifier: MIT
 *
 * An attempt that was told to wait is asked again when an errand has ended. A credential can also come to its verdict
 * without one (its file is broken now): then there is news with nothing under way, or nothing is due any more, so
 * whoever still waits asks again. */
#include "keeper.h"

#include <string.h>

#include "../base/alloc.h"
#include "../base/clock.h"
#include "../chat/request/endpoint.h"
#include "chatabi.h"
#include "loop.h"

enum { MAX_URL = 16 * 1024 };

/* ---- making it ---- */

/* Where the credential belongs: on Vertex AI to Google's hosts and the configured one, else to the provider's. */
static const char *home_of(const cai_settings *settings, const cai_endpoint *endpoint, cai_buf *url) {
  if (settings->base_url || settings->provider == CAI_PROVIDER_VERTEX) return settings->base_url;
  return cai_endpoint_url(endpoint, "/", url, NULL) ? NULL : cai_buf_view(url);
}

/* In which the key was looked for, when none was given and none was there. */
static const char *key_variables(const cai_settings *settings) {
  if (settings->auth_source != CAI_SOURCE_API_KEY || settings->auth_value) return NULL;
  return settings->provider == CAI_PROVIDER_OPENAI   ? "OPENAI_API_KEY"
         : settings->provider == CAI_PROVIDER_GEMINI ? "GOOGLE_API_KEY or GEMINI_API_KEY"
                                                     : NULL;
}

/* Those that option fallback names, separated by spaces. */
static const char *other_urls(const cai_settings *settings, cai_buf *list) {
  for (size_t i = 0; i < settings->fallback.count; i++)
    if (settings->fallback.items[i].base_url)
      cai_buf_format(list, "%s%s", list->len ? " " : "", settings->fallback.items[i].base_url);
  return list->error ? NULL : cai_buf_view(list);
}

static cai_token *make_token(const cai_loop *loop) {
  const cai_settings *settings = &loop->settings;
  const cai_endpoint endpoint = cai_settings_endpoint(settings, 0, NULL, NULL);
  cai_buf url, others;
  cai_buf_init(&url, MAX_URL);
  cai_buf_init_secret(&others, (size_t)CAI_FALLBACKS_MAX * MAX_URL);
  const cai_auth auth = {.source = settings->auth_source,
                         .chosen = settings->auth_chosen,
                         .value = settings->auth_value,
                         .key_style = settings->provider == CAI_PROVIDER_VERTEX ? CAI_KEY_GOOGLE : CAI_KEY_BEARER,
                         .key_variables = key_variables(settings),
                         .project = settings->project,
                         .needs_project = cai_endpoint_needs_project(&endpoint),
                         .deployed = settings->endpoint != NULL,
                         .quota_project = settings->quota_project,
                         .universe_domain = endpoint.universe_domain,
                         .base_url = home_of(settings, &endpoint, &url),
                         .other_urls = other_urls(settings, &others),
                         .allow_hosts = settings->auth_allow_hosts,
                         .allow_external = settings->auth_allow_external};
  cai_token *token = cai_token_new(&auth, &settings->places, loop->log);
  cai_buf_fini(&url);
  cai_buf_fini(&others);
  return token;
}

int cai_keeper_open(cai_keeper *keeper) {
  cai_fetch_init(&keeper->fetch, keeper);
  cai_token_free(keeper->token);
  keeper->token = make_token(keeper->loop);
  return keeper->token ? 0 : CHATABI_E_NOMEM;
}

void cai_keeper_close(cai_keeper *keeper) { cai_fetch_fini(&keeper->fetch); }

void cai_keeper_fini(cai_keeper *keeper) {
  cai_token_free(keeper->token);
  cai_free_secret(keeper->new_token);
  cai_free(keeper->status);
}

/* ---- telling ---- */

static void publish(cai_keeper *keeper) {
  keeper->published = cai_token_changes(keeper->token);
  cJSON *object = cJSON_CreateObject();
  char *text = NULL;
  if (object && cai_token_status(keeper->token, cai_clock_now(), object)) text = cJSON_PrintUnformatted(object);
  cJSON_Delete(object);
  char *copy = cai_strdup(text);
  cJSON_free(text);
  if (!copy) return;
  cai_mutex_lock(&keeper->loop->lock);
  char *old = keeper->status;
  keeper->status = copy;
  cai_mutex_unlock(&keeper->loop->lock);
  cai_free(old);
}

void cai_keeper_changed(cai_keeper *keeper) {
  publish(keeper);
  keeper->leases_wait = false;
  cai_loop_lease_again(keeper->loop);
}

void cai_keeper_leased(cai_keeper *keeper) {
  if (keeper->published != cai_token_changes(keeper->token)) publish(keeper);
}

void cai_keeper_lease_waits(cai_keeper *keeper) { keeper->leases_wait = true; }

char *cai_keeper_status(cai_keeper *keeper) {
  cai_mutex_lock(&keeper->loop->lock);
  char *copy = cai_strdup(keeper->status);
  cai_mutex_unlock(&keeper->loop->lock);
  return copy;
}

/* ---- renewing ---- */

static char *exchange_new_token(cai_keeper *keeper, char *token) {
  cai_mutex_lock(&keeper->loop->lock);
  char *old = keeper->new_token;
  keeper->new_token = token;
  cai_mutex_unlock(&keeper->loop->lock);
  return old;
}

int cai_keeper_put_token(cai_keeper *keeper, const char *token) {
  char *copy = cai_strdup(token);
  if (!copy) return CHATABI_E_NOMEM;
  cai_free_secret(exchange_new_token(keeper, copy));
  return 0;
}

static void take_new_token(cai_keeper *keeper) {
  char *token = exchange_new_token(keeper, NULL);
  if (!token) return;
  if (cai_token_replace(keeper->token, token))
    cai_log_add(keeper->loop->log, CAI_LOG_ERROR, "token: the new one could not be kept: %s",
                cai_err_text(CHATABI_E_NOMEM));
  cai_free_secret(token);
  cai_keeper_changed(keeper);
}

void cai_keeper_step(cai_keeper *keeper) {
  take_new_token(keeper);
  cai_fetch_step(&keeper->fetch);
  bool news = keeper->published != cai_token_changes(keeper->token);
  cai_keeper_leased(keeper);
  if (keeper->leases_wait && !cai_fetch_busy(&keeper->fetch) && (news || cai_keeper_due_ms(keeper) < 0))
    cai_keeper_changed(keeper);
}

int64_t cai_keeper_due_ms(const cai_keeper *keeper) {
  if (cai_fetch_busy(&keeper->fetch)) return cai_fetch_due_ms(&keeper->fetch);
  return cai_token_due_ms(keeper->token, cai_clock_now());
}

int cai_keeper_fd(const cai_keeper *keeper) { return cai_fetch_fd(&keeper->fetch); }
