/* SPDX-License-Identifier: MIT
 *
 * Sources of the words compared here: the services' replies as reported in public, for they are not documented. A word
 * that Google changes costs a hint, never the error itself. */
#include "advice.h"

#include <stdio.h>
#include <string.h>

#include "../../base/utf8.h"

enum { FAR_MS = 60000 };

static bool is(const char *text, const char *word) { return strcmp(text, word) == 0; }

static bool has(const char *text, const char *part) { return text && strstr(text, part); }

static void set(cai_setback *setback, const char *text) { snprintf(setback->hint, sizeof setback->hint, "%s", text); }

static void write_clock(cai_setback *setback) {
  int64_t skew_ms = setback->skew_ms;
  if (skew_ms > -FAR_MS && skew_ms < FAR_MS) {
    set(setback, "Check this machine's clock.");
    return;
  }
  snprintf(setback->hint, sizeof setback->hint, "Your clock is %lld s %s: set it right.",
           (long long)(skew_ms < 0 ? -skew_ms : skew_ms) / 1000, skew_ms < 0 ? "ahead" : "behind");
}

/* Of the grants that OAuth and STS refuse as invalid, most say in words why. */
static void write_grant(cai_setback *setback, const cai_exchange *exchange, const char *words) {
  if (is(setback->subtype, "invalid_rapt") || is(setback->subtype, "rapt_required"))
    set(setback, "Your organisation asks for a new sign-in: run `gcloud auth application-default login`.");
  else if (setback->bad_time)
    write_clock(setback);
  else if (has(words, "stale to sign-in"))
    set(setback, "The subject token is too old: whoever issues it must renew it more often.");
  else if (exchange->stage == CAI_STAGE_STS && (has(words, "audience") || has(words, "Audience")))
    set(setback,
        "The subject token was made for another audience: have its issuer put an audience in it that the provider "
        "allows.");
  else if (has(words, "account not found"))
    set(setback, "The service account does not exist any more: choose or make another one and its key.");
  else
    set(setback, exchange->advice ? exchange->advice : "");
}

static void write_role(cai_setback *setback, const cai_exchange *exchange) {
  snprintf(setback->hint, sizeof setback->hint,
           "Grant the role roles/iam.serviceAccountTokenCreator on %.100s to %.100s (to a federated identity: "
           "roles/iam.workloadIdentityUser).",
           exchange->target ? exchange->target : "the service account",
           exchange->principal ? exchange->principal : "the credential's account");
}

static void write_disabled(cai_setback *setback, const char *service, const char *url) {
  snprintf(setback->hint, sizeof setback->hint, "Enable the API %.80s for the project%s%.200s, then wait a minute.",
           service && *service ? service : "(see the message)", url && *url ? ": " : "", url ? url : "");
}

static void write_forbidden(cai_setback *setback, const cai_exchange *exchange, const char *words) {
  if (is(setback->reason, "USER_PROJECT_DENIED"))
    set(setback,
        "Grant roles/serviceusage.serviceUsageConsumer on the quota project, or set the option quota_project to "
        "another one.");
  else if (is(setback->reason, "ACCESS_TOKEN_SCOPE_INSUFFICIENT"))
    set(setback, "The source credential's token lacks the scope cloud-platform: log in again with it.");
  else if (exchange->stage == CAI_STAGE_IMPERSONATE || has(words, "iam.serviceAccounts.getAccessToken"))
    write_role(setback, exchange);
}

static void choose(cai_setback *setback, const cai_exchange *exchange, const char *words, const char *service,
                   const char *url) {
  setback->hint[0] = '\0';
  if (is(setback->error, "invalid_grant"))
    write_grant(setback, exchange, words);
  else if (is(setback->reason, "SERVICE_DISABLED"))
    write_disabled(setback, service, url);
  else if (is(setback->error, "invalid_target"))
    set(setback,
        "\"audience\" in the credential file names a pool or provider that does not exist or is disabled: correct it, "
        "or enable the provider.");
  else if (is(setback->error, "invalid_client") || is(setback->error, "deleted_client"))
    set(setback, "The OAuth client of the credential file is not known any more: log in again and use the new file.");
  else if (setback->http_status == 403)
    write_forbidden(setback, exchange, words);
  else if (exchange->stage == CAI_STAGE_IMPERSONATE && setback->http_status == 404)
    set(setback, "The service account to impersonate does not exist: correct its email in the credential file.");
}

/* Names may have been cut within a character. */
void cai_advice_write(cai_setback *setback, const cai_exchange *exchange, const char *words, const char *service,
                      const char *url) {
  choose(setback, exchange, words, service, url);
  cai_utf8_force(setback->hint);
}
