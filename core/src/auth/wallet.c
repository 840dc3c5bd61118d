/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "../base/alloc.h"
#include "chatabi.h"
#include "credential/gcloud.h"
#include "credential/metadata.h"
#include "embedded.h"
#include "locate.h"
#include "token_state.h"

static const char *text_or_null(const char *text) { return text && *text ? text : NULL; }

int cai_wallet_init(cai_wallet *wallet, const cai_auth *auth, const cai_places *places, cai_log *log) {
  memset(wallet, 0, sizeof *wallet);
  wallet->source = auth->source;
  wallet->needs_project = auth->needs_project;
  wallet->deployed = auth->deployed;
  wallet->log = log;
  const char *universe = text_or_null(auth->universe_domain);
  if (!universe) universe = places->universe_domain;
  if (cai_places_copy(&wallet->places, places) ||
      cai_guard_init(&wallet->guard, universe, text_or_null(auth->base_url), text_or_null(auth->allow_hosts)) ||
      cai_strset(&wallet->guard.other_urls, text_or_null(auth->other_urls)) ||
      cai_strset(&wallet->value, cai_wallet_exchanges(wallet) ? auth->value : NULL) ||
      cai_strset(&wallet->project, text_or_null(auth->project)) ||
      cai_strset(&wallet->quota_project, text_or_null(auth->quota_project)))
    return CHATABI_E_NOMEM;
  wallet->guard.chosen = auth->chosen;
  wallet->guard.external = auth->source != CAI_SOURCE_JSON || auth->allow_external;
  return 0;
}

void cai_wallet_fini(cai_wallet *wallet) {
  cai_credential_free(wallet->credential);
  cai_origin_fini(&wallet->origin);
  cai_places_fini(&wallet->places);
  cai_guard_fini(&wallet->guard);
  cai_free_secret(wallet->value);
  cai_free(wallet->project);
  cai_free(wallet->quota_project);
  cai_gcloud_config_fini(&wallet->gcloud);
}

bool cai_wallet_exchanges(const cai_wallet *wallet) {
  return wallet->source == CAI_SOURCE_ADC || wallet->source == CAI_SOURCE_FILE || wallet->source == CAI_SOURCE_JSON ||
         wallet->source == CAI_SOURCE_METADATA || wallet->source == CAI_SOURCE_GCLOUD;
}

/* gcloud's settings, read once and only when they are needed. */
static const cai_gcloud_config *gcloud_of(cai_wallet *wallet) {
  if (!wallet->gcloud_asked && wallet->needs_project) {
    cai_gcloud_config_read(&wallet->gcloud, wallet->places.gcloud_dir, wallet->places.gcloud_config);
    wallet->gcloud_asked = true;
  }
  return &wallet->gcloud;
}

static cai_credential *open_metadata(const cai_wallet *wallet, bool want_project, cai_err *err) {
  cai_metadata_config config = {.host = wallet->places.metadata_host,
                                .account = wallet->value,
                                .want_project = want_project,
                                .patient = true,
                                .universe_domain = wallet->guard.universe_domain};
  return cai_metadata_new(&config, wallet->log, err);
}

static cai_credential *open_json(const cai_wallet *wallet, cai_err *err) {
  const char *text = wallet->value ? wallet->value : "";
  return cai_embedded_parse(text, "the credential JSON", &wallet->guard, &wallet->places, wallet->log, err);
}

static cai_credential *open_file(const cai_wallet *wallet, const cai_locate *locate, cai_origin *origin, cai_err *err) {
  if (wallet->value && *wallet->value)
    return cai_locate_file(locate, wallet->value, "the credential source \"file\"", origin, err);
  cai_err_set(err, CHATABI_E_AUTH_SOURCE, "The credential source \"file\" has no path.");
  return NULL;
}

static bool is_metadata(const cai_credential *credential) {
  return credential && (credential->ops->traits & CAI_IS_METADATA);
}

static bool has_file(const cai_wallet *wallet) { return wallet->credential && !is_metadata(wallet->credential); }

static cai_credential *find(cai_wallet *wallet, cai_err *err) {
  bool want_project =
      wallet->needs_project && !wallet->project && !wallet->places.project && !gcloud_of(wallet)->project;
  cai_locate locate = {&wallet->places, &wallet->guard, wallet->log, want_project, has_file(wallet)};
  switch (wallet->source) {
    case CAI_SOURCE_ADC: return cai_locate_adc(&locate, &wallet->origin, err);
    case CAI_SOURCE_FILE: return open_file(wallet, &locate, &wallet->origin, err);
    case CAI_SOURCE_JSON: return open_json(wallet, err);
    case CAI_SOURCE_METADATA: return open_metadata(wallet, want_project, err);
    case CAI_SOURCE_GCLOUD: return cai_gcloud_new(&wallet->places, wallet->value, wallet->log, err);
    default: cai_err_set(err, CHATABI_E_INTERNAL, "%s", cai_err_text(CHATABI_E_INTERNAL)); return NULL;
  }
}

int cai_wallet_open(cai_wallet *wallet, cai_err *err) {
  if (wallet->credential) return 0;
  cai_err own;
  wallet->credential = find(wallet, err ? err : &own);
  if (!wallet->credential) return err ? err->code : own.code;
  if (wallet->source == CAI_SOURCE_JSON) {
    cai_free_secret(wallet->value);
    wallet->value = NULL;
  }
  cai_log_add(wallet->log, CAI_LOG_INFO, "token: credential of type %s from %s", wallet->credential->ops->type,
              wallet->credential->origin);
  return 0;
}

int cai_wallet_reopen(cai_wallet *wallet, cai_err *err) {
  if (!wallet->credential || !cai_origin_changed(&wallet->origin)) return 0;
  cai_credential *fresh = find(wallet, err);
  if (!fresh) {
    cai_log_add(wallet->log, CAI_LOG_WARN, "token: the credential file changed and cannot be used: %s", err->message);
    return err->code;
  }
  cai_credential_free(wallet->credential);
  wallet->credential = fresh;
  cai_log_add(wallet->log, CAI_LOG_INFO, "token: the credential file changed; using type %s from %s", fresh->ops->type,
              fresh->origin);
  return 1;
}

/* Without reading anything: gcloud's settings count once they were asked for. */
const char *cai_wallet_known_project(const cai_wallet *wallet) {
  const cai_credential *credential = wallet->credential;
  if (wallet->project) return wallet->project;
  if (wallet->places.project) return wallet->places.project;
  if (credential && credential->project_id) return credential->project_id;
  if (wallet->gcloud.project) return wallet->gcloud.project;
  return credential && (credential->ops->traits & CAI_IS_LOGIN) ? credential->quota_project_id : NULL;
}

const char *cai_wallet_project(cai_wallet *wallet) {
  gcloud_of(wallet);
  return cai_wallet_known_project(wallet);
}

const char *cai_wallet_quota_project(const cai_wallet *wallet) {
  if (wallet->source == CAI_SOURCE_NONE || wallet->source == CAI_SOURCE_API_KEY) return NULL;
  if (wallet->quota_project) return wallet->quota_project;
  if (wallet->places.quota_project) return wallet->places.quota_project;
  return wallet->credential ? wallet->credential->quota_project_id : NULL;
}

/* compute/region is where a user's machines are. It says nothing about Gemini, but a self-deployed endpoint is never
 * global. */
const char *cai_wallet_known_location(const cai_wallet *wallet) {
  if (wallet->source == CAI_SOURCE_NONE || wallet->source == CAI_SOURCE_API_KEY) return NULL;
  if (wallet->gcloud.ai_region) return wallet->gcloud.ai_region;
  return wallet->deployed ? wallet->gcloud.compute_region : NULL;
}

const char *cai_wallet_location(cai_wallet *wallet) {
  gcloud_of(wallet);
  return cai_wallet_known_location(wallet);
}

bool cai_wallet_project_pending(cai_wallet *wallet) {
  return wallet->needs_project && wallet->credential && (wallet->credential->ops->traits & CAI_TELLS_PROJECT) &&
         !cai_wallet_project(wallet);
}
