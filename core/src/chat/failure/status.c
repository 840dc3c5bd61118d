/* SPDX-License-Identifier: MIT
 * Source: google/rpc/code.proto (names and their HTTP status); OpenAI's error types. */
#include "status.h"

#include <stdlib.h>
#include <string.h>

#include "chatabi.h"

typedef struct status_name {
  const char *name;
  int status;
} status_name;

static const status_name names[] = {
    {"INVALID_ARGUMENT", 400},
    {"FAILED_PRECONDITION", 400},
    {"OUT_OF_RANGE", 400},
    {"UNAUTHENTICATED", 401},
    {"PERMISSION_DENIED", 403},
    {"NOT_FOUND", 404},
    {"ABORTED", 409},
    {"ALREADY_EXISTS", 409},
    {"RESOURCE_EXHAUSTED", 429},
    {"CANCELLED", 499},
    {"DATA_LOSS", 500},
    {"INTERNAL", 500},
    {"UNKNOWN", 500},
    {"UNIMPLEMENTED", 501},
    {"UNAVAILABLE", 503},
    {"DEADLINE_EXCEEDED", 504},
    {"invalid_request_error", 400},
    {"BadRequestError", 400},
    {"context_length_exceeded", 400},
    {"authentication_error", 401},
    {"invalid_api_key", 401},
    {"permission_error", 403},
    {"not_found_error", 404},
    {"model_not_found", 404},
    {"NotFoundError", 404},
    {"rate_limit_error", 429},
    {"rate_limit_exceeded", 429},
    {"insufficient_quota", 429},
    {"tokens", 429},
    {"requests", 429},
    {"overloaded_error", 503},
    {"content_filter", 400},
};

static int by_name(const char *name) {
  for (size_t i = 0; name && i < sizeof names / sizeof *names; i++)
    if (strcmp(name, names[i].name) == 0) return names[i].status;
  return 0;
}

static int by_number(const char *text) {
  if (!text || strlen(text) != 3 || strspn(text, "0123456789") != 3) return 0;
  int status = (int)strtol(text, NULL, 10);
  return status >= 400 && status < 600 ? status : 0;
}

int cai_status_effective(const cai_failure *failure) {
  if (failure->http_status >= 300) return failure->http_status;
  int status = by_name(failure->provider_status);
  if (!status) status = by_number(failure->provider_code);
  if (!status) status = by_name(failure->provider_code);
  if (!status) status = by_name(failure->provider_type);
  return status ? status : 500;
}

static bool is(const char *text, const char *word) { return text && strcmp(text, word) == 0; }
static bool has(const char *text, const char *part) { return text && strcasestr(text, part) != NULL; }

static bool is_blocked(const cai_failure *failure) {
  return has(failure->provider_code, "content_filter") || has(failure->provider_code, "content_policy") ||
         has(failure->provider_type, "content_filter") || has(failure->provider_code, "moderation_blocked") ||
         has(failure->provider_reason, "ResponsibleAIPolicyViolation");
}

int cai_status_code(const cai_failure *failure, int status) {
  if (is_blocked(failure)) return CHATABI_E_BLOCKED;
  /* The Gemini Developer API refuses a wrong key with 400. */
  if (status == 400 &&
      (is(failure->provider_reason, "API_KEY_INVALID") || has(failure->provider_message, "API key not valid")))
    return CHATABI_E_UNAUTHENTICATED;
  switch (status) {
    case 401: return CHATABI_E_UNAUTHENTICATED;
    case 402:
    case 403: return CHATABI_E_PERMISSION;
    case 404:
    case 410: return CHATABI_E_NOT_FOUND;
    case 408:
    case 504: return CHATABI_E_TIMEOUT;
    case 429: return CHATABI_E_RATE_LIMIT;
    case 499: return CHATABI_E_SERVER;
    default: break;
  }
  if (status >= 500) return CHATABI_E_SERVER;
  return status >= 400 ? CHATABI_E_INVALID_REQUEST : CHATABI_E_PROTOCOL;
}

bool cai_status_is_retryable(int status) {
  return status == 408 || status == 409 || status == 429 || status == 499 ||
         (status >= 500 && status != 501 && status != 505);
}
