/* SPDX-License-Identifier: MIT */
#include "oauth.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/scan.h"
#include "form.h"
#include "jwt.h"

static const char google_audience[] = "https://oauth2.googleapis.com/token";

enum MHD_Result emu_oauth_refuse(emu_exchange *exchange, int status, const char *error, const char *description) {
  cai_buf json;
  cai_buf_init(&json, 4096);
  cai_buf_format(&json, "{\n  \"error\": \"%s\",\n  \"error_description\": ", error);
  cai_scan_quote(&json, description, strlen(description));
  cai_buf_text(&json, "\n}\n");
  return emu_exchange_json(exchange, status, &json);
}

/* ---- answers ---- */

static enum MHD_Result grant(emu_exchange *exchange, bool with_scope) {
  char token[EMU_TOKEN_TEXT];
  int64_t ttl_s = exchange->emu->config.token_ttl_s;
  uint64_t serial = emu_tokens_issue(&exchange->emu->tokens, ttl_s, token);
  if (!serial) return emu_oauth_refuse(exchange, 500, "internal_failure", "The emulator is out of memory.");
  char text[24];
  snprintf(text, sizeof text, "%" PRIu64, serial);
  emu_exchange_set(exchange, "X-Emulator-Token", text);
  emu_exchange_set(exchange, "Cache-Control", "no-store");
  cai_buf json;
  cai_buf_init_secret(&json, 4096);
  cai_buf_format(&json, "{\n  \"access_token\": \"%s\",\n  \"expires_in\": %" PRId64 ",\n", token, ttl_s);
  if (with_scope) cai_buf_text(&json, "  \"scope\": \"https://www.googleapis.com/auth/cloud-platform\",\n");
  cai_buf_text(&json, "  \"token_type\": \"Bearer\"\n}\n");
  return emu_exchange_json(exchange, 200, &json);
}

/* ---- service account ---- */

static bool is_own_audience(const emu_exchange *exchange, const char *aud) {
  const emu_state *emu = exchange->emu;
  if (emu->options.accept_google_aud && strcmp(aud, google_audience) == 0) return true;
  const char *host = emu_exchange_header(exchange, "Host");
  char own[2][160];
  snprintf(own[0], sizeof own[0], "%s/token", emu->url);
  snprintf(own[1], sizeof own[1], "%s/token", *emu->tls_url ? emu->tls_url : emu->url);
  if (strcmp(aud, own[0]) == 0 || strcmp(aud, own[1]) == 0) return true;
  snprintf(own[0], sizeof own[0], "%s://%.120s/token", exchange->secure ? "https" : "http", host ? host : "");
  return strcmp(aud, own[0]) == 0;
}

static bool time_is_right(const emu_state *emu, const cJSON *claims) {
  int64_t now = emu_now_s(emu), iat = cai_json_int(claims, "iat", -1), exp = cai_json_int(claims, "exp", -1);
  return iat >= 0 && exp >= 0 && iat <= now + 60 && exp > now && exp > iat && exp - iat <= 3600;
}

static enum MHD_Result judge(emu_exchange *exchange, const cJSON *claims) {
  const char *iss = cai_json_string(claims, "iss"), *aud = cai_json_string(claims, "aud"),
             *scope = cai_json_string(claims, "scope");
  if (!iss || strcmp(iss, exchange->emu->identity.email) != 0)
    return emu_oauth_refuse(exchange, 400, "invalid_grant", "Invalid grant: account not found");
  if (!aud || !is_own_audience(exchange, aud))
    return emu_oauth_refuse(exchange, 400, "invalid_grant", "Invalid JWT: Failed audience check.");
  if (!time_is_right(exchange->emu, claims))
    return emu_oauth_refuse(
        exchange, 400, "invalid_grant",
        "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check "
        "your iat and exp values "
        "in the JWT claim.");
  const char *sub = cai_json_string(claims, "sub");
  if (sub && strcmp(sub, iss) != 0)
    return emu_oauth_refuse(
        exchange, 401, "unauthorized_client",
        "Client is unauthorized to retrieve access tokens using this method, or client not authorized for "
        "any of the scopes "
        "requested.");
  if (cai_json_string(claims, "target_audience")) {
    cai_buf json;
    cai_buf_init(&json, 256);
    cai_buf_text(&json, "{\n  \"id_token\": \"ZW11bGF0b3I.aWQ.dG9rZW4\"\n}\n");
    return emu_exchange_json(exchange, 200, &json);
  }
  if (!scope || !*scope)
    return emu_oauth_refuse(exchange, 400, "invalid_scope", "Invalid OAuth scope or ID token audience provided.");
  return grant(exchange, false);
}

static enum MHD_Result by_assertion(emu_exchange *exchange) {
  char *assertion = emu_form_get(exchange, "assertion");
  cJSON *claims = NULL;
  emu_jwt_result result = assertion ? emu_jwt_open(assertion, exchange->emu->identity.key, &claims) : EMU_JWT_MALFORMED;
  cai_free_secret(assertion);
  if (result == EMU_JWT_SIGNATURE) return emu_oauth_refuse(exchange, 400, "invalid_grant", "Invalid JWT Signature.");
  if (result == EMU_JWT_MALFORMED) return emu_oauth_refuse(exchange, 400, "invalid_request", "Bad Request");
  enum MHD_Result answered = judge(exchange, claims);
  cJSON_Delete(claims);
  return answered;
}

bool emu_oauth_self_signed(const emu_state *emu, const char *text) {
  cJSON *claims = NULL;
  if (emu_jwt_open(text, emu->identity.key, &claims) != EMU_JWT_OK) return false;
  const char *iss = cai_json_string(claims, "iss"), *sub = cai_json_string(claims, "sub"),
             *aud = cai_json_string(claims, "aud"), *scope = cai_json_string(claims, "scope");
  bool good = iss && sub && strcmp(iss, emu->identity.email) == 0 && strcmp(sub, iss) == 0 && !aud != !scope &&
              time_is_right(emu, claims);
  if (good && aud) good = strncmp(aud, "https://", 8) == 0 && strstr(aud, "aiplatform.googleapis.com/");
  if (good && scope) good = strstr(scope, "https://www.googleapis.com/auth/cloud-platform");
  cJSON_Delete(claims);
  return good;
}

/* ---- user ---- */

static enum MHD_Result by_refresh_token(emu_exchange *exchange) {
  const emu_identity *identity = &exchange->emu->identity;
  if (!emu_form_is(exchange, "client_id", identity->client_id))
    return emu_oauth_refuse(exchange, 401, "invalid_client", "The OAuth client was not found.");
  if (!emu_form_is(exchange, "client_secret", identity->client_secret))
    return emu_oauth_refuse(exchange, 401, "invalid_client", "Unauthorized");
  if (!emu_form_is(exchange, "refresh_token", identity->refresh_token))
    return emu_oauth_refuse(exchange, 400, "invalid_grant", "Bad Request");
  return grant(exchange, true);
}

bool emu_oauth_fault(emu_exchange *exchange, enum MHD_Result *answered) {
  const emu_fault *fault = &exchange->fault;
  if (!emu_exchange_take_fault(exchange, EMU_FOR_TOKEN, answered)) return true;
  if (fault->on[EMU_TOKEN_SLOW]) emu_exchange_wait(exchange, fault->arg[EMU_TOKEN_SLOW]);
  if (fault->on[EMU_TOKEN_500])
    *answered = emu_oauth_refuse(exchange, 500, "internal_failure", "Internal error.");
  else if (fault->on[EMU_TOKEN_503])
    *answered = emu_oauth_refuse(exchange, 503, "temporarily_unavailable", "The service is currently unavailable.");
  else if (fault->on[EMU_TOKEN_STATUS])
    *answered =
        emu_oauth_refuse(exchange, (int)fault->arg[EMU_TOKEN_STATUS], "server_error", "The emulator was told to fail.");
  else if (fault->on[EMU_TOKEN_INVALID_GRANT])
    *answered = emu_oauth_refuse(exchange, 400, "invalid_grant", "Token has been expired or revoked.");
  else if (fault->on[EMU_TOKEN_HTML])
    *answered = emu_exchange_html(exchange, (int)fault->arg[EMU_TOKEN_HTML]);
  else
    return false;
  return true;
}

enum MHD_Result emu_oauth(emu_exchange *exchange) {
  enum MHD_Result answered;
  exchange->emu->stats.token_exchanges++;
  if (strcmp(exchange->method, "POST") != 0)
    return emu_oauth_refuse(exchange, 405, "invalid_request", "Only POST is allowed.");
  if (emu_oauth_fault(exchange, &answered)) return answered;
  const char *type = emu_exchange_header(exchange, "Content-Type");
  if (!type || strncmp(type, "application/x-www-form-urlencoded", 33) != 0)
    return emu_oauth_refuse(exchange, 400, "invalid_request", "The body must be application/x-www-form-urlencoded.");
  if (emu_form_is(exchange, "grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")) return by_assertion(exchange);
  if (emu_form_is(exchange, "grant_type", "refresh_token")) return by_refresh_token(exchange);
  return emu_oauth_refuse(exchange, 400, "unsupported_grant_type", "Invalid grant_type");
}
