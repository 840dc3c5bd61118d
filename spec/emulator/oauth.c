/* SPDX-License-Identifier: MIT */
#include "oauth.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/json.h"
#include "form.h"
#include "grant.h"
#include "jwt.h"

static const char form_type[] = "application/x-www-form-urlencoded";
static const char google_audience[] = "https://oauth2.googleapis.com/token";

/* ---- answers ---- */

/* `refresh` NULL: the one that was used stays good. */
static enum MHD_Result give(emu_exchange *exchange, bool with_scope, const char *refresh) {
  char token[EMU_TOKEN_TEXT];
  int64_t ttl_s = exchange->emu->config.token_ttl_s;
  if (!emu_grant_issue(exchange, ttl_s, token))
    return emu_grant_refuse(exchange, 500, "internal_failure", "The emulator is out of memory.");
  cai_buf json;
  cai_buf_init_secret(&json, 4096);
  cai_buf_format(&json, "{\n  \"access_token\": \"%s\",\n  \"expires_in\": %" PRId64 ",\n", token, ttl_s);
  if (refresh) cai_buf_format(&json, "  \"refresh_token\": \"%s\",\n", refresh);
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

static enum MHD_Result judge(emu_exchange *exchange, const cJSON *claims) {
  const char *iss = cai_json_string(claims, "iss"), *aud = cai_json_string(claims, "aud"),
             *scope = cai_json_string(claims, "scope");
  if (!iss || strcmp(iss, exchange->emu->identity.email) != 0)
    return emu_grant_refuse(exchange, 400, "invalid_grant", "Invalid grant: account not found");
  if (!aud || !is_own_audience(exchange, aud))
    return emu_grant_refuse(exchange, 400, "invalid_grant", "Invalid JWT: Failed audience check.");
  if (!emu_jwt_is_timely(claims, emu_now_s(exchange->emu)))
    return emu_grant_refuse(
        exchange, 400, "invalid_grant",
        "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check "
        "your iat and exp values "
        "in the JWT claim.");
  const char *sub = cai_json_string(claims, "sub");
  if (sub && strcmp(sub, iss) != 0)
    return emu_grant_refuse(
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
    return emu_grant_refuse(exchange, 400, "invalid_scope", "Invalid OAuth scope or ID token audience provided.");
  return give(exchange, false, NULL);
}

static enum MHD_Result by_assertion(emu_exchange *exchange) {
  const emu_identity *identity = &exchange->emu->identity;
  char *assertion = emu_form_get(exchange, "assertion");
  cJSON *claims = NULL;
  emu_jwt_result result =
      assertion ? emu_jwt_open(assertion, identity->key, identity->key_id, &claims) : EMU_JWT_MALFORMED;
  cai_free_secret(assertion);
  if (result == EMU_JWT_SIGNATURE) return emu_grant_refuse(exchange, 400, "invalid_grant", "Invalid JWT Signature.");
  if (result == EMU_JWT_MALFORMED) return emu_grant_refuse(exchange, 400, "invalid_request", "Bad Request");
  enum MHD_Result answered = judge(exchange, claims);
  cJSON_Delete(claims);
  return answered;
}

/* ---- user ---- */

/* The new token takes the old one's place before anybody else can use that: of two at a time, one is refused. */
static enum MHD_Result refresh(emu_exchange *exchange, emu_rotating whose, bool rotates) {
  char fresh[EMU_SECRET_TEXT];
  if (!emu_identity_secret(fresh, "1//rotated-", ""))
    return emu_grant_refuse(exchange, 500, "internal_failure", "The emulator has no randomness.");
  char *text = emu_form_get(exchange, "refresh_token");
  bool right = text && emu_vault_refresh(&exchange->emu->vault, whose, text, rotates ? fresh : NULL);
  cai_free_secret(text);
  if (!right) return emu_grant_refuse(exchange, 400, "invalid_grant", "Bad Request");
  return give(exchange, whose == EMU_USER, rotates ? fresh : NULL);
}

static enum MHD_Result by_refresh_token(emu_exchange *exchange) {
  const emu_identity *identity = &exchange->emu->identity;
  if (!emu_form_is(exchange, "client_id", identity->client_id))
    return emu_grant_refuse(exchange, 401, "invalid_client", "The OAuth client was not found.");
  if (!emu_form_is(exchange, "client_secret", identity->client_secret))
    return emu_grant_refuse(exchange, 401, "invalid_client", "Unauthorized");
  return refresh(exchange, EMU_USER, exchange->emu->config.rotate_user_tokens);
}

/* A workforce user's client names itself in the header alone. */
static bool client_is_right(const emu_exchange *exchange) {
  const emu_identity *identity = &exchange->emu->identity;
  const char *header = emu_exchange_header(exchange, "Authorization");
  char plain[2 * EMU_SECRET_TEXT];
  unsigned char encoded[4 * EMU_SECRET_TEXT];
  int len = snprintf(plain, sizeof plain, "%s:%s", identity->client_id, identity->client_secret);
  EVP_EncodeBlock(encoded, (const unsigned char *)plain, len);
  return header && strncasecmp(header, "Basic ", 6) == 0 && strcmp(header + 6, (const char *)encoded) == 0;
}

enum MHD_Result emu_oauth_workforce(emu_exchange *exchange) {
  enum MHD_Result answered;
  exchange->emu->stats.token_exchanges++;
  exchange->emu->stats.oauth++;
  if (emu_grant_fault(exchange, EMU_FOR_OAUTH, &answered)) return answered;
  if (!emu_grant_content_is(exchange, form_type))
    return emu_grant_refuse(exchange, 400, "invalid_request", "The body must be application/x-www-form-urlencoded.");
  if (!client_is_right(exchange))
    return emu_grant_refuse(exchange, 401, "invalid_client", "The OAuth client was not found or is not authenticated.");
  if (!emu_form_is(exchange, "grant_type", "refresh_token"))
    return emu_grant_refuse(exchange, 400, "unsupported_grant_type", "Invalid grant_type");
  return refresh(exchange, EMU_WORKFORCE, exchange->emu->config.rotate_refresh_tokens);
}

enum MHD_Result emu_oauth(emu_exchange *exchange) {
  enum MHD_Result answered;
  exchange->emu->stats.token_exchanges++;
  exchange->emu->stats.oauth++;
  if (strcmp(exchange->method, "POST") != 0)
    return emu_grant_refuse(exchange, 405, "invalid_request", "Only POST is allowed.");
  if (emu_grant_fault(exchange, EMU_FOR_OAUTH, &answered)) return answered;
  if (!emu_grant_content_is(exchange, form_type))
    return emu_grant_refuse(exchange, 400, "invalid_request", "The body must be application/x-www-form-urlencoded.");
  if (emu_form_is(exchange, "grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")) return by_assertion(exchange);
  if (emu_form_is(exchange, "grant_type", "refresh_token")) return by_refresh_token(exchange);
  return emu_grant_refuse(exchange, 400, "unsupported_grant_type", "Invalid grant_type");
}
