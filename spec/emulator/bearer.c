/* SPDX-License-Identifier: MIT */
#include "bearer.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "jwt.h"

#define SEE "See https://developers.google.com/identity/sign-in/web/devconsole-project."
#define EXPECTED "Expected OAuth 2 access token, login cookie or other valid authentication credential. " SEE

static bool refuse(emu_problem *problem, const char *reason) {
  return emu_problem_set(problem, 401, reason, "Request had invalid authentication credentials. " EXPECTED);
}

static bool ends_with(const char *text, size_t len, const char *end) {
  size_t end_len = strlen(end);
  return len >= end_len && memcmp(text + len - end_len, end, end_len) == 0;
}

/* "https://HOST/" of the service at Google, of a region of it, or of the address that was called. */
static bool is_for(const emu_exchange *exchange, const char *service, const char *aud) {
  if (strncmp(aud, "https://", 8) != 0) return false;
  const char *host = aud + 8, *called = emu_exchange_header(exchange, "Host");
  size_t len = strcspn(host, "/");
  if (len == 0 || strcmp(host + len, "/") != 0) return false;
  if (called && strlen(called) == len && memcmp(called, host, len) == 0) return true;
  char name[80], regional[96];
  snprintf(name, sizeof name, "%s.googleapis.com", service);
  snprintf(regional, sizeof regional, "-%s", name);
  if ((strlen(name) == len && memcmp(name, host, len) == 0) || ends_with(host, len, regional)) return true;
  size_t service_len = strlen(service);
  return strncmp(host, service, service_len) == 0 && host[service_len] == '.' &&
         ends_with(host, len, ".rep.googleapis.com");
}

static bool has_scope(const char *scopes, const char *wanted) {
  while (*scopes) {
    size_t len = strcspn(scopes, " ");
    if (len == strlen(wanted) && memcmp(scopes, wanted, len) == 0) return true;
    scopes += len;
    scopes += strspn(scopes, " ");
  }
  return false;
}

/* One of audience and scope, never both: an empty one counts. */
static bool is_well_made(const emu_exchange *exchange, const char *service, const cJSON *claims) {
  const char *email = exchange->emu->identity.email;
  const char *iss = cai_json_string(claims, "iss"), *sub = cai_json_string(claims, "sub"),
             *aud = cai_json_string(claims, "aud"), *scope = cai_json_string(claims, "scope");
  if (!iss || !sub || strcmp(iss, email) != 0 || strcmp(sub, email) != 0) return false;
  if (cJSON_GetObjectItemCaseSensitive(claims, "aud") && cJSON_GetObjectItemCaseSensitive(claims, "scope"))
    return false;
  return (aud && is_for(exchange, service, aud)) ||
         (scope && has_scope(scope, "https://www.googleapis.com/auth/cloud-platform"));
}

static bool check_jwt(const emu_exchange *exchange, const char *service, const char *text, emu_problem *problem) {
  const emu_identity *identity = &exchange->emu->identity;
  cJSON *claims = NULL;
  const char *reason = NULL;
  if (emu_jwt_open(text, identity->key, identity->key_id, &claims) != EMU_JWT_OK ||
      !is_well_made(exchange, service, claims))
    reason = "ACCESS_TOKEN_TYPE_UNSUPPORTED";
  else if (!emu_jwt_is_timely(claims, emu_now_s(exchange->emu)))
    reason = "ACCESS_TOKEN_EXPIRED";
  cJSON_Delete(claims);
  return !reason || refuse(problem, reason);
}

static bool check_token(const emu_exchange *exchange, const char *service, const char *token, bool takes_jwts,
                        emu_problem *problem) {
  switch (emu_tokens_check(&exchange->emu->tokens, token, NULL)) {
    case EMU_TOKEN_VALID: return true;
    case EMU_TOKEN_EXPIRED:
    case EMU_TOKEN_REVOKED: return refuse(problem, "ACCESS_TOKEN_EXPIRED");
    case EMU_TOKEN_UNKNOWN: break;
  }
  return takes_jwts ? check_jwt(exchange, service, token, problem) : refuse(problem, "ACCESS_TOKEN_TYPE_UNSUPPORTED");
}

bool emu_bearer_check(emu_exchange *exchange, const char *service, bool takes_jwts, emu_problem *problem) {
  const char *token = emu_exchange_bearer(exchange);
  if (!token && emu_exchange_header(exchange, "x-goog-api-key"))
    return emu_problem_set(
        problem, 401, "CREDENTIALS_MISSING",
        "API keys are not supported by this API. Expected OAuth2 access token or other authentication credentials "
        "that assert a principal. See https://cloud.google.com/docs/authentication");
  if (!token)
    return emu_problem_set(problem, 401, "CREDENTIALS_MISSING",
                           "Request is missing required authentication credential. " EXPECTED);
  if (!check_token(exchange, service, token, takes_jwts, problem)) return false;
  if (!exchange->fault.on[EMU_401_ONCE]) return true;
  uint64_t serial;
  emu_tokens_check(&exchange->emu->tokens, token, &serial);
  emu_tokens_revoke(&exchange->emu->tokens, serial);
  return refuse(problem, "ACCESS_TOKEN_EXPIRED");
}
