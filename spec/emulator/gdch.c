/* SPDX-License-Identifier: MIT */
#include "gdch.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "grant.h"
#include "jwt.h"

static bool is(const cJSON *body, const char *name, const char *wanted) {
  const char *text = cai_json_string(body, name);
  return text && strcmp(text, wanted) == 0;
}

static bool is_own_url(const emu_exchange *exchange, const char *aud) {
  const char *host = emu_exchange_header(exchange, "Host");
  char own[2][160];
  snprintf(own[0], sizeof own[0], "%s/gdch/token", emu_token_base(exchange->emu));
  snprintf(own[1], sizeof own[1], "%s://%.120s/gdch/token", exchange->secure ? "https" : "http", host ? host : "");
  return strcmp(aud, own[0]) == 0 || strcmp(aud, own[1]) == 0;
}

/* NULL when the claims are right. */
static const char *check_claims(const emu_exchange *exchange, const cJSON *claims) {
  char name[200];
  const char *aud = cai_json_string(claims, "aud");
  snprintf(name, sizeof name, "system:serviceaccount:%.100s:" EMU_GDCH_NAME, exchange->emu->options.project);
  if (!is(claims, "iss", name) || !is(claims, "sub", name))
    return "The subject token is not of a known service account.";
  if (!aud || !is_own_url(exchange, aud)) return "The subject token's audience is not this endpoint.";
  if (!emu_jwt_is_timely(claims, emu_now_s(exchange->emu))) return "The subject token is expired or not valid yet.";
  return NULL;
}

static const char *check_subject(const emu_exchange *exchange, const char *token) {
  const emu_identity *identity = &exchange->emu->identity;
  cJSON *claims = NULL;
  emu_jwt_result result = emu_jwt_open(token, identity->gdch_key, identity->gdch_key_id, &claims);
  const char *wrong = result == EMU_JWT_OK          ? check_claims(exchange, claims)
                      : result == EMU_JWT_SIGNATURE ? "The subject token's signature is not right."
                                                    : "The subject token is malformed.";
  cJSON_Delete(claims);
  return wrong;
}

static enum MHD_Result judge(emu_exchange *exchange, const cJSON *body) {
  const char *audience = cai_json_string(body, "audience"), *token = cai_json_string(body, "subject_token");
  if (!is(body, "grant_type", "urn:ietf:params:oauth:token-type:token-exchange"))
    return emu_grant_refuse(exchange, 400, "unsupported_grant_type", "Invalid grant_type");
  if (!audience || !*audience)
    return emu_grant_refuse(exchange, 400, "invalid_request", "Invalid value for \"audience\".");
  if (!is(body, "requested_token_type", "urn:ietf:params:oauth:token-type:access_token"))
    return emu_grant_refuse(exchange, 400, "invalid_request", "Invalid value for \"requested_token_type\".");
  if (!token || !is(body, "subject_token_type", "urn:k8s:params:oauth:token-type:serviceaccount"))
    return emu_grant_refuse(exchange, 400, "invalid_request", "The subject token is missing or its type is not right.");
  const char *wrong = check_subject(exchange, token);
  if (wrong) return emu_grant_refuse(exchange, 400, "invalid_grant", wrong);
  return emu_grant_exchanged(exchange, true);
}

enum MHD_Result emu_gdch(emu_exchange *exchange) {
  enum MHD_Result answered;
  exchange->emu->stats.token_exchanges++;
  exchange->emu->stats.gdch++;
  if (emu_grant_fault(exchange, EMU_FOR_TOKEN, &answered)) return answered;
  cJSON *body = emu_grant_content_is(exchange, "application/json")
                    ? cai_json_parse(cai_buf_view(&exchange->body), exchange->body.len, "body", NULL)
                    : NULL;
  answered = cJSON_IsObject(body) ? judge(exchange, body)
                                  : emu_grant_refuse(exchange, 400, "invalid_request", "The body must be JSON.");
  cai_json_free_secret(body);
  return answered;
}
