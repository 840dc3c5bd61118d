/* SPDX-License-Identifier: MIT */
#include "sts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/json.h"
#include "form.h"
#include "oauth.h"
#include "problem.h"

/* ---- STS ---- */

static bool has_field(const emu_exchange *exchange, const char *name) {
  char *value = emu_form_get(exchange, name);
  cai_free_secret(value);
  return value != NULL;
}

static enum MHD_Result give_federated(emu_exchange *exchange) {
  char token[EMU_TOKEN_TEXT];
  int64_t ttl_s = exchange->emu->config.token_ttl_s;
  if (!emu_tokens_issue(&exchange->emu->tokens, ttl_s, token))
    return emu_oauth_refuse(exchange, 500, "internal_failure", "The emulator is out of memory.");
  cai_buf json;
  cai_buf_init_secret(&json, 1024);
  cai_buf_format(&json,
                 "{\"access_token\":\"%s\",\"issued_token_type\":\"urn:ietf:params:oauth:token-type:access_token\","
                 "\"token_type\":\"Bearer\",\"expires_in\":%" PRId64 "}",
                 token, ttl_s);
  return emu_exchange_json(exchange, 200, &json);
}

/* Whose subject token it is cannot be checked here; "bad" plays one that is refused. */
enum MHD_Result emu_sts(emu_exchange *exchange) {
  enum MHD_Result answered;
  exchange->emu->stats.token_exchanges++;
  if (emu_oauth_fault(exchange, &answered)) return answered;
  if (!emu_form_is(exchange, "grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"))
    return emu_oauth_refuse(exchange, 400, "unsupported_grant_type", "Invalid grant_type");
  if (!emu_form_is(exchange, "requested_token_type", "urn:ietf:params:oauth:token-type:access_token"))
    return emu_oauth_refuse(exchange, 400, "invalid_request", "Invalid value for \"requested_token_type\".");
  if (!has_field(exchange, "audience"))
    return emu_oauth_refuse(exchange, 400, "invalid_target", "Invalid value for \"audience\".");
  if (!has_field(exchange, "subject_token") || !has_field(exchange, "subject_token_type"))
    return emu_oauth_refuse(exchange, 400, "invalid_request", "The subject token or its type is missing.");
  if (emu_form_is(exchange, "subject_token", "bad"))
    return emu_oauth_refuse(exchange, 400, "invalid_grant", "ID Token issued at 1 is stale to sign-in.");
  return give_federated(exchange);
}

/* ---- IAM Credentials ---- */

static const char accounts[] = "/v1/projects/-/serviceAccounts/";
static const char method[] = ":generateAccessToken";

bool emu_sts_is_iam(const char *path) {
  size_t len = strlen(path);
  return strncmp(path, accounts, sizeof accounts - 1) == 0 && len > sizeof accounts + sizeof method &&
         strcmp(path + len - (sizeof method - 1), method) == 0;
}

static bool check_iam(const emu_exchange *exchange, emu_problem *problem) {
  const char *token = emu_exchange_bearer(exchange), *email = exchange->path + sizeof accounts - 1;
  if (!token || emu_tokens_check(&exchange->emu->tokens, token, NULL) != EMU_TOKEN_VALID)
    return emu_problem_set(problem, 401, token ? "ACCESS_TOKEN_EXPIRED" : "CREDENTIALS_MISSING",
                           "Request had invalid authentication credentials.");
  size_t len = strlen(exchange->emu->identity.email);
  if (strncmp(email, exchange->emu->identity.email, len) != 0 || email[len] != ':')
    return emu_problem_set(problem, 403, "IAM_PERMISSION_DENIED",
                           "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).");
  cJSON *body = cai_json_parse(cai_buf_view(&exchange->body), exchange->body.len, "body", NULL);
  bool has_scope = cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(body, "scope")) > 0;
  cJSON_Delete(body);
  return has_scope || emu_problem_set(problem, 400, NULL, "Request must specify at least one scope.");
}

enum MHD_Result emu_sts_iam(emu_exchange *exchange) {
  emu_problem problem = {.code = NULL};
  enum MHD_Result answered;
  char token[EMU_TOKEN_TEXT], expires[40] = "";
  struct tm parts;
  exchange->emu->stats.token_exchanges++;
  if (emu_oauth_fault(exchange, &answered)) return answered;
  if (!check_iam(exchange, &problem)) return emu_problem_send(exchange, EMU_ENDPOINT, &problem);
  int64_t ttl_s = exchange->emu->config.token_ttl_s;
  time_t end = (time_t)(emu_now_s(exchange->emu) + ttl_s);
  if (!emu_tokens_issue(&exchange->emu->tokens, ttl_s, token) || !gmtime_r(&end, &parts) ||
      !strftime(expires, sizeof expires, "%Y-%m-%dT%H:%M:%SZ", &parts))
    return emu_exchange_text(exchange, 500, "The emulator is out of memory.\n");
  cai_buf json;
  cai_buf_init_secret(&json, 1024);
  cai_buf_format(&json, "{\n  \"accessToken\": \"%s\",\n  \"expireTime\": \"%s\"\n}\n", token, expires);
  return emu_exchange_json(exchange, 200, &json);
}
