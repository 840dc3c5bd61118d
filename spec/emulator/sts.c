/* SPDX-License-Identifier: MIT */
#include "sts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "form.h"
#include "grant.h"
#include "mtls.h"
#include "sigv4.h"

#define OAUTH_TYPE "urn:ietf:params:oauth:token-type:"

/* The fields of a request, owned. */
typedef struct sts_question {
  char *audience;
  char *subject;
  char *type;
} sts_question;

/* ---- the form ---- */

static bool form_is_right(const emu_exchange *exchange, const char **error, const char **why) {
  char *scope = emu_form_get(exchange, "scope"), *options = emu_form_get(exchange, "options");
  cJSON *tree = options ? cai_json_parse(options, strlen(options), "options", NULL) : NULL;
  *error = "invalid_request";
  *why = NULL;
  if (!emu_grant_content_is(exchange, "application/x-www-form-urlencoded"))
    *why = "The body must be application/x-www-form-urlencoded.";
  else if (!emu_form_is(exchange, "grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"))
    *error = "unsupported_grant_type", *why = "Invalid grant_type";
  else if (!emu_form_is(exchange, "requested_token_type", OAUTH_TYPE "access_token"))
    *why = "Invalid value for \"requested_token_type\".";
  else if (!scope || !*scope)
    *error = "invalid_scope",
    *why = "Invalid value for \"scope\": it is required when a Google access token is wanted.";
  else if (options && !(cJSON_GetArraySize(tree) == 1 && cai_json_string(tree, "userProject")))
    *why = "Invalid value for \"options\".";
  cJSON_Delete(tree);
  cai_free(options);
  cai_free(scope);
  return !*why;
}

/* Skips a segment between slashes; NULL when it is empty. */
static const char *skip_name(const char *at) {
  size_t len = strcspn(at, "/");
  return len ? at + len : NULL;
}

static const char *skip(const char *at, const char *text) {
  size_t len = strlen(text);
  return at && strncmp(at, text, len) == 0 ? at + len : NULL;
}

/* .../projects/N/locations/global/workloadIdentityPools/P/providers/P, .../locations/global/workforcePools/P/... */
static bool is_provider(const char *audience) {
  const char *at = skip(audience, "//iam.googleapis.com/"), *workforce;
  if (!at) return false;
  workforce = skip(at, "locations/global/workforcePools/");
  if (workforce) {
    at = workforce;
  } else {
    at = skip(at, "projects/");
    if (at) at += strspn(at, "0123456789");
    if (!at || at[-1] == '/') return false;
    at = skip(at, "/locations/global/workloadIdentityPools/");
  }
  at = at ? skip_name(at) : NULL;
  at = skip(at, "/providers/");
  at = at ? skip_name(at) : NULL;
  return at && !*at;
}

/* ---- subject tokens ---- */

/* Who signed it cannot be known here: it is the right one when it is the one that is handed out now. */
static const char *check_own(emu_exchange *exchange, const sts_question *question, char *room, size_t size) {
  char *now = emu_vault_subject(&exchange->emu->vault);
  bool same = now && strcmp(now, question->subject) == 0;
  cai_free_secret(now);
  if (same) return NULL;
  snprintf(room, size, "ID Token issued at %" PRId64 " is stale to sign-in.", emu_now_s(exchange->emu) - 7200);
  return room;
}

/* NULL when it is right; else what is wrong with it, in `room` where the words are not always the same. */
static const char *check_subject(emu_exchange *exchange, const sts_question *question, char *room, size_t size) {
  const char *type = question->type;
  if (strcmp(question->subject, "bad") == 0) return check_own(exchange, question, room, size);
  if (strcmp(type, OAUTH_TYPE "jwt") == 0 || strcmp(type, OAUTH_TYPE "id_token") == 0)
    return check_own(exchange, question, room, size);
  if (strcmp(type, "urn:ietf:params:aws:token-type:aws4_request") == 0)
    return emu_sigv4_check(exchange->emu, question->subject, question->audience);
  if (strcmp(type, OAUTH_TYPE "mtls") == 0) return emu_mtls_check(exchange, question->subject);
  return NULL;
}

static bool is_known_type(const char *type) {
  static const char *const types[] = {OAUTH_TYPE "jwt", OAUTH_TYPE "id_token", OAUTH_TYPE "saml2", OAUTH_TYPE "mtls",
                                      "urn:ietf:params:aws:token-type:aws4_request"};
  for (size_t i = 0; i < sizeof types / sizeof *types; i++)
    if (strcmp(type, types[i]) == 0) return true;
  return false;
}

static enum MHD_Result judge(emu_exchange *exchange, const sts_question *question) {
  char room[128];
  if (!question->audience || !is_provider(question->audience))
    return emu_grant_refuse(exchange, 400, "invalid_request",
                            "Invalid value for \"audience\". This value should be the full resource name of the "
                            "Identity Provider.");
  if (strstr(question->audience, "/providers/missing"))
    return emu_grant_refuse(exchange, 400, "invalid_target",
                            "The target service indicated by the \"audience\" parameters is invalid. This might either "
                            "be because the pool or provider is disabled or deleted or because it doesn't exist.");
  if (!question->subject || !*question->subject || !question->type)
    return emu_grant_refuse(exchange, 400, "invalid_request", "The subject token or its type is missing.");
  if (!is_known_type(question->type))
    return emu_grant_refuse(exchange, 400, "invalid_request", "Invalid value for \"subject_token_type\".");
  const char *wrong = check_subject(exchange, question, room, sizeof room);
  if (wrong) return emu_grant_refuse(exchange, 400, "invalid_grant", wrong);
  return emu_grant_exchanged(exchange, exchange->emu->config.sts_expires_in);
}

enum MHD_Result emu_sts(emu_exchange *exchange) {
  enum MHD_Result answered;
  const char *error, *why;
  exchange->emu->stats.token_exchanges++;
  exchange->emu->stats.sts++;
  if (emu_grant_fault(exchange, EMU_FOR_STS, &answered)) return answered;
  if (!form_is_right(exchange, &error, &why)) return emu_grant_refuse(exchange, 400, error, why);
  sts_question question = {.audience = emu_form_get(exchange, "audience"),
                           .subject = emu_form_get(exchange, "subject_token"),
                           .type = emu_form_get(exchange, "subject_token_type")};
  answered = judge(exchange, &question);
  cai_free(question.audience);
  cai_free_secret(question.subject);
  cai_free(question.type);
  return answered;
}
