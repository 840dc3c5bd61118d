/* SPDX-License-Identifier: MIT
 * Source: google/rpc/code.proto (names and their HTTP status); OpenAI's error types. */
#include "status.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "chatabi.h"

typedef struct status_name {
  const char *name;
  int status;
} status_name;

/* By gRPC's numbers, from 1. */
static const status_name rpc_names[] = {
    {"CANCELLED", 499},
    {"UNKNOWN", 500},
    {"INVALID_ARGUMENT", 400},
    {"DEADLINE_EXCEEDED", 504},
    {"NOT_FOUND", 404},
    {"ALREADY_EXISTS", 409},
    {"PERMISSION_DENIED", 403},
    {"RESOURCE_EXHAUSTED", 429},
    {"FAILED_PRECONDITION", 400},
    {"ABORTED", 409},
    {"OUT_OF_RANGE", 400},
    {"UNIMPLEMENTED", 501},
    {"INTERNAL", 500},
    {"UNAVAILABLE", 503},
    {"DATA_LOSS", 500},
    {"UNAUTHENTICATED", 401},
};

static const status_name names[] = {
    {"CANCELED", 499},
    {"invalid_request_error", 400},
    {"BadRequestError", 400},
    {"context_length_exceeded", 400},
    {"exceed_context_size_error", 400},
    {"content_filter", 400},
    {"ValidationException", 400},
    {"authentication_error", 401},
    {"AuthenticationError", 401},
    {"invalid_api_key", 401},
    {"billing_error", 402},
    {"permission_error", 403},
    {"AccessDeniedException", 403},
    {"not_found_error", 404},
    {"model_not_found", 404},
    {"NotFoundError", 404},
    {"ResourceNotFoundException", 404},
    {"request_too_large", 413},
    {"rate_limit_error", 429},
    {"rate_limit_exceeded", 429},
    {"RateLimitError", 429},
    {"insufficient_quota", 429},
    {"tokens", 429},
    {"requests", 429},
    {"ThrottlingException", 429},
    {"server_error", 500},
    {"api_error", 500},
    {"InternalServerError", 500},
    {"not_supported_error", 501},
    {"overloaded_error", 503},
    {"unavailable_error", 503},
    {"ServiceUnavailableException", 503},
    {"timeout_error", 504},
};

enum { RPC_NAMES = sizeof rpc_names / sizeof *rpc_names, NAMES = sizeof names / sizeof *names };

static int by_name(const char *name) {
  for (size_t i = 0; name && i < RPC_NAMES; i++)
    if (strcmp(name, rpc_names[i].name) == 0) return rpc_names[i].status;
  for (size_t i = 0; name && i < NAMES; i++)
    if (strcmp(name, names[i].name) == 0) return names[i].status;
  return 0;
}

/* An HTTP status, or gRPC's number where its gateways pass that on. */
static int by_number(const char *text) {
  size_t len = text ? strlen(text) : 0;
  if (!len || len > 3 || strspn(text, "0123456789") != len) return 0;
  int number = (int)strtol(text, NULL, 10);
  if (number >= 1 && number <= (int)RPC_NAMES) return rpc_names[number - 1].status;
  return number >= 400 && number < 600 ? number : 0;
}

int cai_status_effective(const cai_failure *failure) {
  if (failure->http_status >= 300) return failure->http_status;
  int status = by_name(failure->provider_status);
  if (!status) status = by_number(failure->provider_code);
  if (!status) status = by_name(failure->provider_code);
  if (!status) status = by_name(failure->provider_type);
  if (!status) status = failure->status_told;
  return status ? status : 500;
}

/* RESOURCE_EXHAUSTED and ResourceExhausted. */
static bool same_name(const char *upper, const char *name, size_t len) {
  const char *end = name + len;
  for (; *upper; upper++) {
    if (*upper == '_') continue;
    if (name == end || toupper((unsigned char)*name) != *upper) return false;
    name++;
  }
  return name == end;
}

const char *cai_status_of_rpc(const char *name, size_t len) {
  for (size_t i = 0; i < RPC_NAMES; i++)
    if (same_name(rpc_names[i].name, name, len)) return rpc_names[i].name;
  return same_name("CANCELED", name, len) ? rpc_names[0].name : NULL;
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
