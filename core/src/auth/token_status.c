/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../base/alloc.h"
#include "exchange/mask.h"
#include "token_state.h"

static bool add_text(cJSON *object, const char *name, const char *text) {
  return !text || cJSON_AddStringToObject(object, name, text);
}

/* From a file, the environment or a program: perhaps not fit for JSON or a terminal. */
static bool add_found(cJSON *object, const char *name, const char *text) {
  if (!text) return true;
  size_t size = strlen(text) + 1;
  char *tidy = cai_malloc(size);
  if (!tidy) return false;
  cai_mask_tidy(tidy, size, text, NULL);
  bool added = add_text(object, name, tidy);
  cai_free(tidy);
  return added;
}

static bool add_number(cJSON *object, const char *name, int64_t number) {
  return cJSON_AddNumberToObject(object, name, (double)number) != NULL;
}

static bool add_time(cJSON *object, const char *name, int64_t wall_ms) {
  time_t seconds = (time_t)(wall_ms / 1000);
  struct tm utc;
  char text[32];
  if (!gmtime_r(&seconds, &utc) || !strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc)) return true;
  return add_text(object, name, text);
}

static const char *type_of(const cai_token *token) {
  static const char *const names[] = {
      [CAI_SOURCE_NONE] = "none",   [CAI_SOURCE_ADC] = "adc",           [CAI_SOURCE_FILE] = "file",
      [CAI_SOURCE_JSON] = "json",   [CAI_SOURCE_METADATA] = "metadata", [CAI_SOURCE_GCLOUD] = "gcloud",
      [CAI_SOURCE_TOKEN] = "token", [CAI_SOURCE_API_KEY] = "api_key"};
  const cai_credential *credential = token->wallet.credential;
  return credential && !credential->doubtful ? credential->ops->type : names[token->wallet.source];
}

/* The sentence, and the same as data. */
static bool add_failure(const cai_setback *last, cJSON *object) {
  if (!last->err.code) return true;
  cJSON *details =
      add_text(object, "last_error", last->err.message) ? cJSON_AddObjectToObject(object, "last_failure") : NULL;
  return details && cai_setback_describe(last, details);
}

static bool add_renewals(const cai_token *token, cai_now now, cJSON *object) {
  /* A moment, not a span: the text is read later than it is made. */
  bool given = token->wallet.credential && (token->wallet.credential->ops->traits & CAI_IS_GIVEN);
  if (token->header && !given && !add_time(object, "expires_at", now.wall_ms + cai_expiry_left_ms(&token->expiry, now)))
    return false;
  if (token->renewals && !add_time(object, "last_renewal", token->renewed_wall_ms)) return false;
  return add_failure(&token->renewal.last, object) && add_number(object, "renewals", token->renewals) &&
         add_number(object, "renewal_failures", token->failures) && add_number(object, "rejections", token->rejections);
}

int64_t cai_token_changes(const cai_token *token) {
  return token->generation + token->failures + token->rejections + (token->wallet.credential ? 1 : 0) +
         (token->wallet.gcloud_asked ? 1 : 0);
}

bool cai_token_advice(const cai_token *token, char *text, size_t size) {
  const cai_credential *credential = token->wallet.credential;
  if (token->wallet.source == CAI_SOURCE_TOKEN)
    snprintf(
        text, size,
        "A token that was given is renewed by nobody: give a new one (auth source \"token\"), or a credential that "
        "is renewed.");
  else if (credential && (credential->ops->traits & CAI_IS_GIVEN))
    snprintf(text, size, "Nothing renews the token in the environment variable %s: replace it, or remove the variable.",
             credential->origin);
  else
    return false;
  return true;
}

bool cai_token_status(const cai_token *token, cai_now now, cJSON *object) {
  const cai_wallet *wallet = &token->wallet;
  const cai_credential *credential = wallet->credential && !wallet->credential->doubtful ? wallet->credential : NULL;
  return add_text(object, "type", type_of(token)) &&
         add_found(object, "origin", credential ? credential->origin : NULL) &&
         add_found(object, "principal", credential ? credential->principal : NULL) &&
         add_found(object, "project", cai_wallet_known_project(wallet)) &&
         add_found(object, "location", cai_wallet_known_location(wallet)) &&
         add_found(object, "quota_project", cai_wallet_quota_project(wallet)) &&
         add_found(object, "universe_domain", wallet->guard.universe_domain) &&
         (!cai_wallet_exchanges(wallet) || add_renewals(token, now, object));
}
