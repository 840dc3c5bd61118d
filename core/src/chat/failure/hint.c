/* SPDX-License-Identifier: MIT */
#include "hint.h"

#include <string.h>

#include "chatabi.h"

static bool is(const char *text, const char *word) { return text && strcmp(text, word) == 0; }
static bool has(const char *text, const char *part) { return text && strcasestr(text, part) != NULL; }

static const char *for_permission(const cai_failure *failure) {
  if (is(failure->provider_reason, "SERVICE_DISABLED") ||
      has(failure->provider_message, "has not been used in project"))
    return "Enable the Vertex AI API in this project: gcloud services enable aiplatform.googleapis.com";
  if (failure->http_status == 402) return "Check the account's billing and credit.";
  if (is(failure->provider_reason, "BILLING_DISABLED") || has(failure->provider_message, "billing"))
    return "Enable billing for the project.";
  if (is(failure->provider_reason, "ACCESS_TOKEN_SCOPE_INSUFFICIENT"))
    return "The credential lacks the scope https://www.googleapis.com/auth/cloud-platform.";
  if (is(failure->provider_reason, "USER_PROJECT_DENIED") || has(failure->provider_message, "quota project"))
    return "Set option \"quota_project\" to a project in which the credential may use services.";
  if (has(failure->provider_message, "aiplatform."))
    return "Grant the credential's principal the role roles/aiplatform.user in this project, and check option "
           "\"project\".";
  return NULL;
}

static const char *for_missing(const cai_failure *failure, bool is_html) {
  if (is_html || !failure->provider_message)
    return "No such path on this server: check the path of option \"base_url\" (it usually ends in /v1).";
  if (has(failure->provider_message, "publishers/") || has(failure->provider_message, "publisher model"))
    return "Check the model's name, and that it is served in this location: many models are only in location "
           "\"global\" "
           "(option \"location\").";
  if (has(failure->provider_message, "endpoint"))
    return "Check options \"endpoint\" and \"location\": an endpoint lives in one region, and one with a dedicated "
           "host needs "
           "that host as \"base_url\".";
  return NULL;
}

static const char *for_limit(const cai_failure *failure) {
  if (is(failure->provider_code, "insufficient_quota") || is(failure->provider_type, "insufficient_quota"))
    return "The account has no credit left: waiting does not help, check its plan and billing.";
  if (has(failure->provider_message, "provisioned throughput"))
    return "Waiting rarely helps: allow shared capacity too, or order more provisioned throughput.";
  if (failure->terminal) return "This is a quota for the day: wait for the next day or ask for more quota.";
  if (is(failure->provider_status, "RESOURCE_EXHAUSTED"))
    return "Send fewer requests at a time; on Vertex AI, location \"global\" has the most shared capacity.";
  return "Send fewer requests at a time.";
}

static const char *for_invalid(const cai_failure *failure) {
  if (has(failure->provider_message, "thought_signature"))
    return "Send assistant messages back as they came in the result, with \"extra_content\" in their tool calls.";
  if (has(failure->provider_message, "publisher") && has(failure->provider_message, "model"))
    return "On Vertex AI a model's name has its publisher before it, such as \"google/gemini-2.5-flash\".";
  return NULL;
}

const char *cai_hint_for(const cai_failure *failure, bool is_html) {
  switch (failure->err.code) {
    case CHATABI_E_UNAUTHENTICATED:
      if (has(failure->provider_message, "API keys are not supported"))
        return "This path of Vertex AI takes no API key: use auth \"adc\", or provider \"gemini\" with a key of the "
               "Gemini API.";
      return failure->provider_status
                 ? "Check the credential: it may be expired, revoked or meant for another service. A "
                   "person's login is renewed by: gcloud auth application-default login"
                 : "Check the API key: it may be mistyped, revoked or meant for another server.";
    case CHATABI_E_PERMISSION: return for_permission(failure);
    case CHATABI_E_NOT_FOUND: return for_missing(failure, is_html);
    case CHATABI_E_RATE_LIMIT: return for_limit(failure);
    case CHATABI_E_INVALID_REQUEST:
      if (failure->http_status == 405 || is_html) return for_missing(failure, true);
      return for_invalid(failure);
    case CHATABI_E_PROTOCOL:
      if (failure->http_status >= 300 && failure->http_status < 400)
        return "Redirects are not followed: set option \"base_url\" to the server's final address.";
      return NULL;
    default: return NULL;
  }
}
