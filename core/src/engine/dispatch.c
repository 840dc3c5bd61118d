/* SPDX-License-Identifier: MIT
 * From an attempt to a transfer: which token, which URL, which headers. */
#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "../base/clock.h"
#include "../base/url.h"
#include "../base/version.h"
#include "chatabi.h"
#include "course.h"

enum { MAX_URL = 16 * 1024 };

/* Without memory for it the sentence must do. */
void cai_dispatch_explain(cai_failure *failure, const cai_setback *setback) {
  cJSON *object = cJSON_CreateObject();
  char *text = object && cai_setback_describe(setback, object) ? cJSON_PrintUnformatted(object) : NULL;
  cJSON_Delete(object);
  if (text) (void)cai_failure_detail(failure, text, setback->hint, setback->transient);
  cJSON_free(text);
}

/* The token was asked for again and again before it came to this: that was this request's retries, too. That it does
 * not belong to this host says nothing about the next place. */
static void fail_lease(cai_attempt *attempt, const cai_err *err) {
  const cai_setback *setback = cai_token_setback(attempt->loop->keeper.token);
  cai_err own = *err;
  if (attempt->refused_generation)
    cai_err_set(&own, err->code, "The server did not accept the access token (HTTP 401), and no other one came: %s",
                err->message);
  cai_failure_from_err(&attempt->failure, &own);
  if (setback) cai_dispatch_explain(&attempt->failure, setback);
  if (err->code == CHATABI_E_AUTH_HOST)
    cai_attempt_fail(attempt);
  else
    cai_attempt_give_up(attempt);
}

/* False: there is no lease now; the attempt waits or has failed. `url` NULL asks for the project only. */
static bool lease_token(cai_attempt *attempt, const char *url, cai_lease *lease) {
  cai_err err;
  cai_err_clear(&err);
  cai_lease_state state =
      cai_token_lease(attempt->loop->keeper.token, cai_clock_now(), url, attempt->refused_generation, lease, &err);
  cai_keeper_leased(&attempt->loop->keeper);
  switch (state) {
    case CAI_LEASE_READY: return true;
    case CAI_LEASE_WAIT:
      attempt->phase = CAI_PHASE_LEASE;
      cai_keeper_lease_waits(&attempt->loop->keeper);
      cai_attempt_set_state(attempt, CHATABI_STATE_AUTH);
      return false;
    default: fail_lease(attempt, &err); return false;
  }
}

static bool build_url(cai_attempt *attempt, cai_buf *url) {
  const cai_settings *settings = &attempt->loop->settings;
  int place = attempt->route.place;
  cai_endpoint endpoint = cai_settings_endpoint(settings, place, NULL, NULL);
  cai_lease lease = {0};
  bool incomplete = cai_endpoint_needs_project(&endpoint) && (!endpoint.project || !endpoint.location);
  if (incomplete && !lease_token(attempt, NULL, &lease)) return false;
  endpoint = cai_settings_endpoint(settings, place, lease.project, lease.location);
  cai_err err;
  cai_err_clear(&err);
  if (!cai_endpoint_url(&endpoint, cai_attempt_path(attempt), url, &err)) return true;
  cai_attempt_fail_with(attempt, &err);
  return false;
}

static void log_lines(cai_attempt *attempt, cai_level level, const char *text) {
  while (*text) {
    int len = (int)strcspn(text, "\n");
    cai_log_add(attempt->loop->log, level, "request %lld: %.*s", (long long)attempt->id, len, text);
    text += len + (text[len] == '\n');
  }
}

/* The body as this place wants it; made once for each. False: the attempt has failed. */
static bool build_body(cai_attempt *attempt, const char *url) {
  const cai_settings *settings = &attempt->loop->settings;
  cai_rewrite *wire = &attempt->wire;
  int place = attempt->route.place;
  bool wins;
  if (attempt->wire_place == place || !attempt->body.len) return true;
  const cai_endpoint endpoint = cai_settings_endpoint(settings, place, NULL, NULL);
  const char *model = cai_settings_model(settings, place, &wins);
  const char *effective = wins || !attempt->facts.model ? model : attempt->facts.model;
  cai_dialect dialect = settings->dialect_chosen ? settings->dialect : cai_dialect_detect(&endpoint, url, effective);
  cai_err err;
  cai_rewrite_fini(wire);
  cai_rewrite_init(wire);
  wire->no_usage = attempt->loop->refuses_usage[place];
  attempt->wire_place = place;
  cai_span body = {cai_buf_view(&attempt->body), attempt->body.len};
  if (cai_rewrite_run(wire, dialect, cai_attempt_path(attempt), body, model, wins, &err)) {
    cai_attempt_fail_with(attempt, &err);
    return false;
  }
  if (wire->notes.len)
    cai_log_add(attempt->loop->log, CAI_LOG_DEBUG, "request %lld: changes for dialect %s:", (long long)attempt->id,
                cai_dialect_name(dialect));
  log_lines(attempt, CAI_LOG_DEBUG, cai_buf_view(&wire->notes));
  log_lines(attempt, CAI_LOG_WARN, cai_buf_view(&wire->warnings));
  return true;
}

/* What the user configured wins over what we would say. */
static int set_default(cai_headers *headers, const char *name, const char *value) {
  if (!value || cai_headers_get(headers, name)) return 0;
  return cai_headers_set(headers, name, value);
}

static int set_user_headers(const cai_attempt *attempt, cai_headers *headers) {
  int error = cai_headers_copy(headers, &attempt->loop->settings.headers);
  return error ? error : cai_headers_copy(headers, &attempt->options.headers);
}

static int set_own_headers(const cai_attempt *attempt, const cai_lease *lease, cai_headers *headers) {
  const cai_settings *settings = &attempt->loop->settings;
  int error = attempt->wire.body.len ? set_default(headers, "Content-Type", "application/json") : 0;
  for (size_t i = 0; !error && i < attempt->wire.headers.count; i++)
    error = set_default(headers, attempt->wire.headers.items[i].name, attempt->wire.headers.items[i].value);
  if (!error)
    error = set_default(headers, "Accept",
                        attempt->facts.stream ? "text/event-stream, application/json" : "application/json");
  if (!error) error = set_default(headers, "User-Agent", settings->user_agent ? settings->user_agent : cai_version());
  if (!error && lease->header) error = set_default(headers, lease->header, lease->value);
  if (!error) error = set_default(headers, "x-goog-user-project", lease->quota_project);
  return error;
}

static void remove_headers(const cai_attempt *attempt, cai_headers *headers) {
  for (char **name = attempt->options.removed; name && *name; name++) cai_headers_remove(headers, *name);
}

static bool build_headers(cai_attempt *attempt, const cai_lease *lease, cai_headers *headers) {
  int error = set_user_headers(attempt, headers);
  if (!error) error = set_own_headers(attempt, lease, headers);
  remove_headers(attempt, headers);
  if (!error) return true;
  cai_err err;
  if (error == CHATABI_E_NOMEM)
    cai_err_nomem(&err);
  else
    cai_err_set(
        &err, CHATABI_E_CONFIG,
        "A header or credential contains a character that no header may have (line break, or a name with a space).");
  cai_attempt_fail_with(attempt, &err);
  return false;
}

static void note_server(cai_attempt *attempt, const char *url) {
  cai_url parts;
  if (!attempt->loop->settings.log_telemetry || !cai_url_parse(url, &parts)) return;
  (void)cai_strset(&attempt->host, parts.host);
  attempt->port = (int)strtol(parts.port, NULL, 10);
  cai_url_fini(&parts);
}

/* A replayed request has no headers, and its path for a URL. */
static void start(cai_attempt *attempt, const char *url, const cai_headers *headers) {
  cai_loop *loop = attempt->loop;
  cai_err err;
  cai_err_clear(&err);
  cai_transfer_plan plan = {
      .method = cai_attempt_method(attempt),
      .url = url,
      .headers = headers,
      .body = cai_buf_view(&attempt->wire.body),
      .body_len = attempt->wire.body.len,
      .has_body = attempt->wire.body.len > 0 || !attempt->options.method,
      .waits_to_share = !loop->shares_nothing,
      .connect_timeout_ms = cai_attempt_limit(attempt->options.connect_timeout_ms, loop->settings.connect_timeout_ms)};
  note_server(attempt, url);
  attempt->phase = CAI_PHASE_SENDING;
  attempt->started_ms = cai_clock_ms();
  attempt->connected_ms = attempt->last_byte_ms = attempt->first_byte_ms = 0;
  attempt->transfer = loop->settings.replay
                          ? cai_player_start(attempt, &cai_reception_ops, &err)
                          : cai_transfer_start(loop->multi, &loop->settings, &plan, &cai_reception_ops, attempt, &err);
  if (!attempt->transfer) {
    cai_attempt_fail_with(attempt, &err);
    return;
  }
  if (plan.connect_timeout_ms) cai_loop_expect(loop, attempt->started_ms + plan.connect_timeout_ms);
  cai_progress_add(&attempt->progress, CHATABI_INFO_ATTEMPTS, 1);
  cai_recorder_begin(attempt, url, headers);
  cai_attempt_set_state(attempt, CHATABI_STATE_CONNECTING);
  cai_log_add(loop->log, CAI_LOG_DEBUG, "request %lld: %s %.*s, %zu bytes", (long long)attempt->id, plan.method,
              cai_url_shown(url), url, plan.body_len);
  if (loop->settings.log_payloads)
    cai_log_add(loop->log, CAI_LOG_DEBUG, "request %lld: sends %s", (long long)attempt->id,
                cai_buf_view(&attempt->wire.body));
}

/* So that it can be struck out of whatever the server says about it. Without memory for that the request goes on. */
static void remember(cai_attempt *attempt, const char *credential) {
  const char *blank = credential ? strchr(credential, ' ') : NULL;
  cai_free_secret(attempt->credential);
  attempt->credential = cai_strdup(blank ? blank + 1 : credential);
}

/* Before a credential is asked for. */
static bool can_record(cai_attempt *attempt) {
  cai_err err;
  if (cai_recorder_open(attempt, &err)) return true;
  cai_attempt_fail_with(attempt, &err);
  return false;
}

void cai_dispatch(cai_attempt *attempt) {
  if (!can_record(attempt)) return;
  if (attempt->loop->settings.replay) {
    start(attempt, cai_attempt_path(attempt), NULL);
    return;
  }
  cai_buf url;
  cai_headers headers;
  cai_lease lease = {0};
  cai_buf_init(&url, MAX_URL);
  cai_headers_init(&headers);
  if (build_url(attempt, &url) && build_body(attempt, cai_buf_view(&url)) &&
      lease_token(attempt, cai_buf_view(&url), &lease) && build_headers(attempt, &lease, &headers)) {
    attempt->token_generation = lease.generation;
    remember(attempt, lease.value);
    start(attempt, cai_buf_view(&url), &headers);
  }
  cai_headers_fini(&headers);
  cai_buf_fini(&url);
}
