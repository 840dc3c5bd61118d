/* SPDX-License-Identifier: MIT */
#include "iam.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "bearer.h"
#include "google.h"
#include "grant.h"

#define ACTIVATION \
  "https://console.developers.google.com/apis/api/iamcredentials.googleapis.com/overview?project=" EMU_PROJECT_NUMBER
#define DISABLED                                                                                                      \
  "IAM Service Account Credentials API has not been used in project " EMU_PROJECT_NUMBER                              \
  " before or it is disabled. Enable it by visiting " ACTIVATION                                                      \
  " then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and " \
  "retry."

enum { LIFETIME_S = 3600, LIFETIME_MAX_S = 43200 };

static const char accounts[] = "/v1/projects/-/serviceAccounts/";
static const char method[] = ":generateAccessToken";

bool emu_iam_is(const char *path) {
  size_t len = strlen(path);
  return strncmp(path, accounts, sizeof accounts - 1) == 0 && len > sizeof accounts + sizeof method &&
         strcmp(path + len - (sizeof method - 1), method) == 0;
}

/* ---- refusals ---- */

static const char service_metadata[] =
    "{\n          \"service\": \"iamcredentials.googleapis.com\",\n"
    "          \"method\": \"google.iam.credentials.v1.IAMCredentials.GenerateAccessToken\"\n        }";
static const char permission_metadata[] =
    "{\n          \"permission\": \"iam.serviceAccounts.getAccessToken\"\n        }";

static bool deny(emu_problem *problem) {
  problem->domain = "iam.googleapis.com";
  problem->metadata = permission_metadata;
  return emu_problem_set(problem, 403, "IAM_PERMISSION_DENIED",
                         "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).");
}

static enum MHD_Result send_disabled(emu_exchange *exchange) {
  static const char body[] =
      "{\n  \"error\": {\n    \"code\": 403,\n    \"message\": \"" DISABLED
      "\",\n    \"status\": \"PERMISSION_DENIED\",\n    \"details\": [\n"
      "      {\n        \"@type\": \"type.googleapis.com/google.rpc.ErrorInfo\",\n"
      "        \"reason\": \"SERVICE_DISABLED\",\n        \"domain\": \"googleapis.com\",\n        \"metadata\": {\n"
      "          \"service\": \"iamcredentials.googleapis.com\",\n"
      "          \"serviceTitle\": \"IAM Service Account Credentials API\",\n"
      "          \"consumer\": \"projects/" EMU_PROJECT_NUMBER
      "\",\n"
      "          \"containerInfo\": \"" EMU_PROJECT_NUMBER
      "\",\n"
      "          \"activationUrl\": \"" ACTIVATION
      "\"\n        }\n      },\n"
      "      {\n        \"@type\": \"type.googleapis.com/google.rpc.LocalizedMessage\",\n"
      "        \"locale\": \"en-US\",\n        \"message\": \"" DISABLED
      "\"\n      },\n"
      "      {\n        \"@type\": \"type.googleapis.com/google.rpc.Help\",\n        \"links\": [\n          {\n"
      "            \"description\": \"Google developers console API activation\",\n"
      "            \"url\": \"" ACTIVATION "\"\n          }\n        ]\n      }\n    ]\n  }\n}\n";
  return emu_exchange_reply(exchange, 403, "application/json; charset=UTF-8", body, sizeof body - 1);
}

/* ---- the question ---- */

/* At this project, and not one that begins with "denied". */
static bool account_is_open(const emu_exchange *exchange) {
  const char *email = exchange->path + sizeof accounts - 1;
  size_t len = strlen(email) - (sizeof method - 1);
  char domain[160];
  int domain_len = snprintf(domain, sizeof domain, "@%s.iam.gserviceaccount.com", exchange->emu->options.project);
  return domain_len > 0 && len > (size_t)domain_len &&
         memcmp(email + len - domain_len, domain, (size_t)domain_len) == 0 && !memchr(email, '/', len) &&
         strncmp(email, "denied", 6) != 0;
}

static bool members_are_known(const cJSON *body, emu_problem *problem) {
  const cJSON *item;
  cJSON_ArrayForEach(item, body) {
    if (strcmp(item->string, "scope") != 0 && strcmp(item->string, "delegates") != 0 &&
        strcmp(item->string, "lifetime") != 0)
      return emu_problem_set(problem, 400, NULL,
                             "Invalid JSON payload received. Unknown name \"%.60s\": Cannot find field.", item->string);
  }
  return true;
}

static bool scope_is_right(const cJSON *body, emu_problem *problem) {
  const cJSON *scopes = cJSON_GetObjectItemCaseSensitive(body, "scope"), *item;
  if (!cJSON_IsArray(scopes) || cJSON_GetArraySize(scopes) == 0)
    return emu_problem_set(problem, 400, NULL, "Request must specify at least one scope.");
  cJSON_ArrayForEach(item, scopes) {
    const char *scope = cJSON_GetStringValue(item);
    if (!scope || strncmp(scope, "https://", 8) != 0 || strchr(scope, ' '))
      return emu_problem_set(problem, 400, NULL, "Some requested scopes were invalid.");
  }
  return true;
}

static bool delegates_are_right(const cJSON *body, emu_problem *problem) {
  static const char prefix[] = "projects/-/serviceAccounts/";
  const cJSON *delegates = cJSON_GetObjectItemCaseSensitive(body, "delegates"), *item;
  if (!delegates) return true;
  bool right = cJSON_IsArray(delegates);
  cJSON_ArrayForEach(item, delegates) {
    const char *name = cJSON_GetStringValue(item);
    right = right && name && strncmp(name, prefix, sizeof prefix - 1) == 0 && name[sizeof prefix - 1] &&
            !strchr(name + sizeof prefix - 1, '/');
  }
  return right || emu_problem_set(problem, 400, NULL,
                                  "Invalid form of account ID: delegates must be projects/-/serviceAccounts/ACCOUNT.");
}

/* Digits and "s". */
static bool take_lifetime(const cJSON *body, int64_t *lifetime_s, emu_problem *problem) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(body, "lifetime");
  const char *text = cJSON_GetStringValue(item);
  if (!item) return true;
  size_t digits = text ? strspn(text, "0123456789") : 0;
  if (digits == 0 || digits > 9 || strcmp(text + digits, "s") != 0)
    return emu_problem_set(problem, 400, NULL,
                           "Invalid value at 'lifetime' (type.googleapis.com/google.protobuf.Duration).");
  *lifetime_s = 0;
  for (size_t i = 0; i < digits; i++) *lifetime_s = *lifetime_s * 10 + (text[i] - '0');
  return (*lifetime_s > 0 && *lifetime_s <= LIFETIME_MAX_S) ||
         emu_problem_set(problem, 400, NULL, "Lifetime must be between 1s and 43200s.");
}

static bool body_is_right(const emu_exchange *exchange, int64_t *lifetime_s, emu_problem *problem) {
  if (!emu_grant_content_is(exchange, "application/json"))
    return emu_problem_set(problem, 400, NULL, "Invalid JSON payload received: the body must be application/json.");
  cJSON *body = cai_json_parse(cai_buf_view(&exchange->body), exchange->body.len, "body", NULL);
  bool right = cJSON_IsObject(body) || emu_problem_set(problem, 400, NULL, "Invalid JSON payload received.");
  right = right && members_are_known(body, problem) && scope_is_right(body, problem) &&
          delegates_are_right(body, problem) && take_lifetime(body, lifetime_s, problem);
  cJSON_Delete(body);
  return right;
}

static bool check(emu_exchange *exchange, int64_t *lifetime_s, emu_problem *problem) {
  problem->metadata = service_metadata;
  if (!emu_bearer_check(exchange, "iamcredentials", true, problem) || !emu_google_quota(exchange, problem) ||
      !body_is_right(exchange, lifetime_s, problem))
    return false;
  return (account_is_open(exchange) && !exchange->fault.on[EMU_IAM_DENIED]) || deny(problem);
}

/* ---- the answer ---- */

static enum MHD_Result give(emu_exchange *exchange, int64_t lifetime_s) {
  char token[EMU_TOKEN_TEXT], expires[40] = "";
  struct tm parts;
  int64_t ttl_s = exchange->emu->config.token_ttl_s;
  if (lifetime_s < ttl_s) ttl_s = lifetime_s;
  time_t end = (time_t)(emu_now_s(exchange->emu) + ttl_s);
  if (!emu_grant_issue(exchange, ttl_s, token) || !gmtime_r(&end, &parts) ||
      !strftime(expires, sizeof expires, "%Y-%m-%dT%H:%M:%S", &parts))
    return emu_exchange_text(exchange, 500, "The emulator is out of memory.\n");
  cai_buf json;
  cai_buf_init_secret(&json, 1024);
  cai_buf_format(&json, "{\n  \"accessToken\": \"%s\",\n  \"expireTime\": \"%s%sZ\"\n}\n", token, expires,
                 exchange->emu->config.iam_fraction ? ".123456789" : "");
  return emu_exchange_json(exchange, 200, &json);
}

enum MHD_Result emu_iam(emu_exchange *exchange) {
  emu_problem problem = {.code = NULL};
  enum MHD_Result answered;
  int64_t lifetime_s = LIFETIME_S;
  exchange->emu->stats.token_exchanges++;
  exchange->emu->stats.iam++;
  if (emu_grant_fault(exchange, EMU_FOR_IAM, &answered)) return answered;
  if (exchange->fault.on[EMU_IAM_DISABLED]) return send_disabled(exchange);
  if (!check(exchange, &lifetime_s, &problem)) return emu_problem_send(exchange, EMU_ENDPOINT, &problem);
  return give(exchange, lifetime_s);
}
