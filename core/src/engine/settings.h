/* SPDX-License-Identifier: MIT
 * What a client was configured to do, as typed values: filled by client/config.c, frozen before the I/O thread starts,
 * read by the engine. And what one request may say differently. */
#ifndef CAI_SETTINGS_H
#define CAI_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "../auth/token.h"
#include "../base/http.h"
#include "../base/log.h"
#include "../chat/request/dialect.h"
#include "../chat/request/fallback.h"

/* The default of first_byte_timeout_ms, by which the engine tells that nobody chose it. */
enum { CAI_USUAL_FIRST_BYTE_MS = 600000 };

/* Owned text, NULL when not set. Zero where the option's default is "no limit". */
typedef struct cai_settings {
  cai_provider provider;
  bool provider_chosen; /* false: the default, which depends on base_url */
  char *base_url, *project, *location, *endpoint, *api_version, *universe_domain, *quota_project, *model;
  cai_headers headers;
  cai_fallbacks fallback;
  bool dialect_chosen; /* false: found out for each place */
  cai_dialect dialect;

  cai_source auth_source;
  bool auth_chosen; /* false: the default, which depends on the provider */
  char *auth_value; /* secret */
  char *auth_allow_hosts;
  bool auth_allow_external;

  int64_t connect_timeout_ms, first_byte_timeout_ms, idle_timeout_ms, total_timeout_ms, max_stream_ms;
  int64_t max_retries, max_retry_wait_ms;
  int64_t max_in_flight, max_queued, queue_events, queue_bytes, max_response_bytes, max_events, token_budget;

  char *proxy;                    /* "" : none, whatever the environment says */
  char *http_proxy, *https_proxy; /* from the environment, used when `proxy` is not set */
  char *no_proxy, *ca_file, *client_cert, *client_key, *user_agent, *think_tag;
  int64_t http_version; /* 0 negotiated, 11, 20 */

  char *record, *replay;
  bool replay_as_recorded; /* at the recorded times */

  cai_level log_level;
  bool log_payloads, log_telemetry;

  cai_places places;
} cai_settings;

void cai_settings_fini(cai_settings *settings);

/* The endpoint as configured or said by the environment; `project` and `location` (may be NULL) where neither names
 * one. `place` 0, or the number of a fallback from 1. Borrowed from all. */
cai_endpoint cai_settings_endpoint(const cai_settings *settings, int place, const char *project, const char *location);

/* The model that is put into bodies at that place, NULL for none, and whether it takes the place of theirs. */
const char *cai_settings_model(const cai_settings *settings, int place, bool *wins);

/* What one request may set. Timeouts and retries -1: as the client. */
typedef struct cai_options {
  char *path;
  const char *method; /* static; NULL: POST */
  cai_headers headers;
  char **removed; /* names of headers not to send, NULL-terminated; may be NULL */
  int64_t connect_timeout_ms, first_byte_timeout_ms, idle_timeout_ms, total_timeout_ms, max_retries;
} cai_options;

#endif
