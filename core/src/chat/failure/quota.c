/* SPDX-License-Identifier: MIT
 *
 * Source: google/rpc/error_details.proto and what is seen of it
 * (https://github.com/google-gemini/gemini-cli/issues/8437, https://github.com/anthropics/claude-code/issues/1440,
 * https://github.com/BerriAI/litellm/issues/33421 for "limit: 0"); https://platform.openai.com/docs/guides/error-codes,
 * https://platform.openai.com/docs/guides/rate-limits. */
#include "quota.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "../../base/alloc.h"
#include "words.h"

static bool has(const char *text, const char *part) { return text && strcasestr(text, part) != NULL; }

static bool is_daily(const char *text) { return has(text, "PerDay") || has(text, "per_day") || has(text, "per-day"); }

/* Takes the name, unless there is one already that says as much: a quota of the day outlasts the others. */
static void take(cai_failure *failure, cai_span name) {
  char *words = cai_words_of_value(name);
  if (!words) return;
  if (failure->quota && (is_daily(failure->quota) || !is_daily(words))) {
    cai_free(words);
    return;
  }
  cai_free(failure->quota);
  failure->quota = words;
}

static void take_violations(cai_failure *failure, cai_span details, const char *member) {
  cai_span detail, violation;
  cai_scan walk = cai_scan_elements(details);
  while (cai_scan_element(&walk, &detail)) {
    cai_scan violations = cai_scan_elements(cai_scan_get(detail, "violations"));
    while (cai_scan_element(&violations, &violation)) take(failure, cai_scan_get(violation, member));
  }
}

static void take_metadata(cai_failure *failure, cai_span details, const char *member) {
  cai_span detail;
  cai_scan walk = cai_scan_elements(details);
  while (cai_scan_element(&walk, &detail)) take(failure, cai_scan_get(cai_scan_get(detail, "metadata"), member));
}

void cai_quota_from_details(cai_failure *failure, cai_span details) {
  if (failure->quota) return;
  take_violations(failure, details, "quotaId");
  if (!failure->quota) take_violations(failure, details, "quotaMetric");
  if (!failure->quota) take_metadata(failure, details, "quota_limit");
  if (!failure->quota) take_metadata(failure, details, "quota_metric");
}

/* "Quota exceeded for aiplatform.googleapis.com/online_prediction_requests_per_base_model with base model: x": all that
 * Vertex AI says when it sends no details. */
void cai_quota_from_words(cai_failure *failure) {
  static const char *const starts[] = {"Quota exceeded for metric: ", "Quota exceeded for quota metric '",
                                       "Quota exceeded for "};
  for (size_t i = 0; i < sizeof starts / sizeof *starts && failure->provider_message && !failure->quota; i++) {
    const char *at = strcasestr(failure->provider_message, starts[i]);
    if (!at) continue;
    at += strlen(starts[i]);
    size_t len = strcspn(at, i == 1 ? "'" : " ,;");
    if (memchr(at, '/', len) || i == 1) failure->quota = cai_words_of(at, len);
  }
}

void cai_quota_from_headers(cai_failure *failure, const cai_headers *headers) {
  if (!headers || failure->quota) return;
  const char *requests = cai_headers_get(headers, "x-ratelimit-remaining-requests");
  const char *tokens = cai_headers_get(headers, "x-ratelimit-remaining-tokens");
  if (requests && strcmp(requests, "0") == 0)
    failure->quota = cai_strdup("requests");
  else if (tokens && strcmp(tokens, "0") == 0)
    failure->quota = cai_strdup("tokens");
}

bool cai_quota_is_credit(const cai_failure *failure) {
  static const char *const names[] = {"insufficient_quota",  "exceeded_current_quota", "billing_hard_limit",
                                      "billing_not_active",  "access_terminated",      "account_deactivated",
                                      "insufficient_balance"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (has(failure->provider_code, names[i]) || has(failure->provider_type, names[i])) return true;
  return false;
}

bool cai_quota_is_zero(const cai_failure *failure) {
  static const char mark[] = "limit: 0";
  const char *at = failure->provider_message;
  while (at && (at = strstr(at, mark)) != NULL) {
    at += sizeof mark - 1;
    if (!isdigit((unsigned char)*at) && !(*at == '.' && isdigit((unsigned char)at[1]))) return true;
  }
  return false;
}

bool cai_quota_is_final(const cai_failure *failure) {
  return cai_quota_is_credit(failure) || cai_quota_is_zero(failure) || is_daily(failure->quota) ||
         is_daily(failure->provider_message) || has(failure->provider_message, "exceeded the provisioned throughput");
}
