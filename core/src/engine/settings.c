/* SPDX-License-Identifier: MIT */
#include "settings.h"

#include "../base/alloc.h"

void cai_settings_fini(cai_settings *settings) {
  char **texts[] = {&settings->base_url,      &settings->project,     &settings->location,
                    &settings->endpoint,      &settings->api_version, &settings->universe_domain,
                    &settings->quota_project, &settings->model,       &settings->auth_allow_hosts,
                    &settings->proxy,         &settings->http_proxy,  &settings->https_proxy,
                    &settings->no_proxy,      &settings->ca_file,     &settings->client_cert,
                    &settings->client_key,    &settings->user_agent,  &settings->auth_value,
                    &settings->think_tag,     &settings->record,      &settings->replay};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    cai_free_secret(*texts[i]);
    *texts[i] = NULL;
  }
  cai_headers_fini(&settings->headers);
  cai_fallbacks_fini(&settings->fallback);
  cai_places_fini(&settings->places);
}

static const char *either(const char *one, const char *other) { return one ? one : other; }

cai_endpoint cai_settings_endpoint(const cai_settings *settings, int place, const char *project, const char *location) {
  const char *configured = either(settings->location, settings->places.location);
  cai_endpoint endpoint = {.provider = settings->provider,
                           .base_url = settings->base_url,
                           .project = either(settings->project, project),
                           .location = either(configured, location),
                           .endpoint = settings->endpoint,
                           .api_version = settings->api_version,
                           .universe_domain = either(settings->universe_domain, settings->places.universe_domain),
                           .keyed = settings->auth_source == CAI_SOURCE_API_KEY};
  return place ? cai_fallback_endpoint(&settings->fallback.items[place - 1], endpoint) : endpoint;
}

const char *cai_settings_model(const cai_settings *settings, int place, bool *wins) {
  const char *own = place ? settings->fallback.items[place - 1].model : NULL;
  *wins = own != NULL;
  return own ? own : settings->model;
}
