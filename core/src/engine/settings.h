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
#include "../chat/request/endpoint.h"

/* Owned text, NULL when not set. Zero where the option's default is "no limit". */
typedef struct cai_settings {
  cai_provider provider;
  bool provider_chosen; /* false: the default, which depends on base_url */
  char *base_url, *project, *location, *endpoint, *api_version, *universe_domain, *quota_project, *model;
  cai_headers headers;

  cai_source auth_source;
  bool auth_chosen; /* false: the default, which depends on the provider */
  char *auth_value; /* secret */
  char *auth_allow_hosts;
  bool auth_allow_external;

  int64_t connect_timeout_ms, first_byte_timeout_ms, idle_timeout_ms, total_timeout_ms, max_stream_ms;
  int64_t max_retries, max_retry_wait_ms;
  int64_t max_in_flight, queue_events, queue_bytes, max_response_bytes;

  char *proxy;                    /* "" : none, whatever the environment says */
  char *http_proxy, *https_proxy; /* from the environment, used when `proxy` is not set */
  char *no_proxy, *ca_file, *client_cert, *client_key, *user_agent;
  int64_t http_version; /* 0 negotiated, 11, 20 */

  cai_level log_level;
  bool log_payloads;

  cai_places places;
} cai_settings;

void cai_settings_fini(cai_settings *settings);

/* The endpoint as configured or said by the environment; `project` and `location` (may be NULL) where neither names
 * one. Borrowed from all. */
cai_endpoint cai_settings_endpoint(const cai_settings *settings, const char *project, const char *location);

/* What one request may set. Timeouts and retries -1: as the client. */
typedef struct cai_options {
  char *path;
  cai_headers headers;
  char **removed; /* names of headers not to send, NULL-terminated; may be NULL */
  int64_t connect_timeout_ms, first_byte_timeout_ms, idle_timeout_ms, total_timeout_ms, max_retries;
} cai_options;

#endif
