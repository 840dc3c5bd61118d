/* SPDX-License-Identifier: MIT
 *
 * Neither the subject token nor the federated one outlives the run that needs it. */
#include "external_account.h"

#include <stdio.h>
#include <string.h>

#include "../../base/alloc.h"
#include "../../base/json.h"
#include "../exchange/impersonation.h"
#include "../exchange/sts.h"
#include "../subject/subject.h"
#include "chatabi.h"

enum { MAX_TEXT = 4096, SERVER = 300 };

typedef enum leg { LEG_SUBJECT, LEG_STS, LEG_IMPERSONATE } leg;

typedef struct external_account {
  cai_credential base;
  cai_subject *subject;
  char *audience;
  char *subject_token_type;
  char *token_url;
  char *client_id;     /* NULL: STS is asked without a client */
  char *client_secret; /* secret */
  char *user_project;  /* NULL but for workforce pools */
  char *metrics;
  cai_impersonation impersonation; /* url NULL: none */
  leg leg;
  char *subject_token; /* secret; there during LEG_STS */
  char *federated;     /* secret; there during LEG_IMPERSONATE */
  int64_t skew_ms;     /* added to our clock for the source, which may sign with it; learned from STS */
  int64_t before_ms;   /* the skew before this run corrected it */
  bool corrected;      /* the skew was set in this run */
} external_account;

static external_account *of(cai_credential *credential) { return (external_account *)credential; }

static void drop(char **secret) {
  cai_free_secret(*secret);
  *secret = NULL;
}

static void restart(external_account *account) {
  account->leg = LEG_SUBJECT;
  drop(&account->subject_token);
  drop(&account->federated);
  account->subject->ops->begin(account->subject);
}

static void begin(cai_credential *credential) {
  external_account *account = of(credential);
  account->corrected = false;
  restart(account);
}

/* ---- what it asks for ---- */

/* The source's certificate is the account's at both services. */
static int show_certificate(const external_account *account, cai_http_request *request) {
  if (cai_strset(&request->client_cert, account->subject->client_cert) ||
      cai_strset(&request->client_key, account->subject->client_key))
    return CHATABI_E_NOMEM;
  return 0;
}

static int ask_sts(const external_account *account, cai_http_request *request) {
  const cai_sts sts = {.url = account->token_url,
                       .audience = account->audience,
                       .scope = CAI_GRANT_SCOPE,
                       .subject_token_type = account->subject_token_type,
                       .subject_token = account->subject_token,
                       .client_id = account->client_id,
                       .client_secret = account->client_secret,
                       .user_project = account->user_project,
                       .metrics = account->metrics};
  int error = cai_sts_ask(request, &sts);
  return error ? error : show_certificate(account, request);
}

static int ask_iam(const external_account *account, cai_http_request *request) {
  int error = cai_impersonation_ask(&account->impersonation, request, account->federated, NULL);
  return error ? error : show_certificate(account, request);
}

/* Takes what the source made of its last step. */
static cai_step take_subject(external_account *account, cai_step step, cai_subject_outcome *from,
                             cai_outcome *outcome) {
  if (step == CAI_STEP_FAILED) {
    outcome->setback = from->setback;
    outcome->setback.stage = CAI_STAGE_SUBJECT_TOKEN;
  } else if (step == CAI_STEP_DONE) {
    drop(&account->subject_token);
    account->subject_token = from->token;
    from->token = NULL;
    account->leg = LEG_STS;
    step = CAI_STEP_ASK;
  }
  cai_subject_outcome_fini(from);
  return step;
}

static cai_now time_of(const external_account *account, cai_now now) {
  return (cai_now){.boot_ms = now.boot_ms, .wall_ms = now.wall_ms + account->skew_ms};
}

static cai_step ask_subject(external_account *account, cai_now now, cai_errand *errand, cai_outcome *outcome) {
  cai_subject_outcome got;
  cai_subject_outcome_init(&got);
  cai_step step = account->subject->ops->ask(account->subject, time_of(account, now), errand, &got);
  return take_subject(account, step, &got, outcome);
}

static cai_step fail_request(external_account *account, cai_outcome *outcome) {
  cai_outcome_nomem(outcome);
  outcome->setback.stage = account->leg == LEG_STS ? CAI_STAGE_STS : CAI_STAGE_IMPERSONATE;
  drop(&account->subject_token);
  drop(&account->federated);
  return CAI_STEP_FAILED;
}

static cai_step ask(cai_credential *credential, cai_now now, cai_errand *errand, cai_outcome *outcome) {
  external_account *account = of(credential);
  if (account->leg == LEG_SUBJECT) {
    cai_step step = ask_subject(account, now, errand, outcome);
    if (account->leg == LEG_SUBJECT) return step;
  }
  int error = account->leg == LEG_STS ? ask_sts(account, &errand->http) : ask_iam(account, &errand->http);
  return error ? fail_request(account, outcome) : CAI_STEP_ASK;
}

/* ---- what it is fed ---- */

static cai_step feed_subject(external_account *account, cai_now now, const cai_http_reply *reply,
                             cai_outcome *outcome) {
  cai_subject_outcome got;
  cai_subject_outcome_init(&got);
  cai_step step = account->subject->ops->feed(account->subject, time_of(account, now), reply, &got);
  return take_subject(account, step, &got, outcome);
}

/* What is signed with a wrong clock is refused, and made once more with the right one. */
static bool corrects_clock(external_account *account, const cai_setback *setback) {
  if (account->corrected) account->skew_ms = account->before_ms;
  if (!setback->bad_time || !setback->skew_ms || account->corrected) return false;
  account->corrected = true;
  account->before_ms = account->skew_ms;
  account->skew_ms = setback->skew_ms;
  restart(account);
  return true;
}

static cai_step feed_sts(external_account *account, cai_now now, const cai_http_reply *reply, cai_outcome *outcome) {
  char server[SERVER];
  snprintf(server, sizeof server, "the token endpoint %.250s", account->token_url);
  const char *const secrets[] = {account->subject_token, account->client_secret ? account->client_secret : "",
                                 account->subject->secret, NULL};
  bool signs = strcmp(account->subject->ops->name, "aws") == 0;
  const cai_exchange exchange = {
      .stage = CAI_STAGE_STS,
      .server = server,
      .origin = account->base.origin,
      .advice =
          "The identity provider's token was not accepted: compare its issuer, audience and age with what the "
          "workload identity pool's provider is set to.",
      .secrets = secrets,
      .principal = account->audience,
      .target = account->impersonation.email,
      .dated = signs && !account->corrected,
      .dated_skew_ms = account->skew_ms};
  int error = cai_sts_read(&outcome->grant, &exchange, now, reply, &outcome->setback);
  drop(&account->subject_token);
  if (error && corrects_clock(account, &outcome->setback)) return CAI_STEP_ASK;
  if (error) return CAI_STEP_FAILED;
  if (!account->impersonation.url) return CAI_STEP_DONE;
  account->federated = outcome->grant.access_token;
  outcome->grant.access_token = NULL;
  cai_grant_fini(&outcome->grant);
  account->leg = LEG_IMPERSONATE;
  return CAI_STEP_ASK;
}

static cai_step feed_iam(external_account *account, cai_now now, const cai_http_reply *reply, cai_outcome *outcome) {
  char server[SERVER];
  snprintf(server, sizeof server, "the impersonation of %.250s", account->impersonation.email);
  const char *const secrets[] = {account->federated, NULL};
  const cai_exchange exchange = {.stage = CAI_STAGE_IMPERSONATE,
                                 .server = server,
                                 .origin = account->base.origin,
                                 .advice = "",
                                 .secrets = secrets,
                                 .principal = account->audience,
                                 .target = account->impersonation.email};
  int error = cai_impersonation_read(&outcome->grant, &exchange, now, reply, &outcome->setback);
  drop(&account->federated);
  return error ? CAI_STEP_FAILED : CAI_STEP_DONE;
}

static cai_step feed(cai_credential *credential, cai_now now, const cai_http_reply *reply, cai_outcome *outcome) {
  external_account *account = of(credential);
  switch (account->leg) {
    case LEG_SUBJECT: return feed_subject(account, now, reply, outcome);
    case LEG_STS: return feed_sts(account, now, reply, outcome);
    default: return feed_iam(account, now, reply, outcome);
  }
}

static void release(cai_credential *credential) {
  external_account *account = of(credential);
  cai_subject_free(account->subject);
  cai_free(account->audience);
  cai_free(account->subject_token_type);
  cai_free(account->token_url);
  cai_free(account->client_id);
  cai_free_secret(account->client_secret);
  cai_free(account->user_project);
  cai_free(account->metrics);
  cai_impersonation_fini(&account->impersonation);
  drop(&account->subject_token);
  drop(&account->federated);
  cai_credential_fini(credential);
  cai_free(account);
}

static const cai_credential_ops ops = {"external_account", begin, ask, feed, release, NULL, 0};

/* ---- the file ---- */

static int read_token_url(external_account *account, const cai_document *document, cai_err *err) {
  const char *url;
  char standard[SERVER];
  if (cai_document_get(document, "token_url", &url, err)) return err->code;
  bool mutual = cai_json_object(cai_json_object(document->root, "credential_source"), "certificate") != NULL;
  snprintf(standard, sizeof standard, "https://sts.%s%.250s/v1/token", mutual ? "mtls." : "",
           document->guard->universe_domain);
  if (!url) url = standard;
  if (cai_guard_check_exchange(document->guard, CAI_GUARD_STS, url, "token_url", document->origin, err))
    return err->code;
  return cai_strset(&account->token_url, url) ? cai_err_nomem(err) : 0;
}

/* //iam.googleapis.com/locations/LOCATION/workforcePools/... */
static bool is_workforce(const char *audience, const char *universe_domain) {
  static const char begin_iam[] = "//iam.", locations[] = "/locations/", pools[] = "/workforcePools/";
  size_t domain_len = strlen(universe_domain);
  if (strncmp(audience, begin_iam, sizeof begin_iam - 1) != 0) return false;
  audience += sizeof begin_iam - 1;
  if (strncmp(audience, universe_domain, domain_len) != 0) return false;
  audience += domain_len;
  if (strncmp(audience, locations, sizeof locations - 1) != 0) return false;
  audience += sizeof locations - 1;
  size_t location = strcspn(audience, "/");
  return location && strncmp(audience + location, pools, sizeof pools - 1) == 0;
}

static int read_user_project(external_account *account, const cai_document *document, cai_err *err) {
  const char *project;
  if (cai_document_get(document, "workforce_pool_user_project", &project, err)) return err->code;
  if (project && !is_workforce(account->audience, "googleapis.com") &&
      !is_workforce(account->audience, document->guard->universe_domain))
    return cai_err_set(err, CHATABI_E_AUTH_SOURCE,
                       "\"workforce_pool_user_project\" in %s goes with the \"audience\" of a workforce pool only.",
                       document->origin);
  return cai_strset(&account->user_project, project) ? cai_err_nomem(err) : 0;
}

static int read_client(external_account *account, const cai_document *document, cai_err *err) {
  const char *id, *secret;
  if (cai_document_get(document, "client_id", &id, err) || cai_document_get(document, "client_secret", &secret, err))
    return err->code;
  if (cai_strset(&account->client_id, id) || cai_strset(&account->client_secret, secret)) return cai_err_nomem(err);
  return 0;
}

static int read_impersonation(external_account *account, const cai_document *document, cai_err *err) {
  static const char member[] = "service_account_impersonation_url";
  const char *url;
  if (cai_document_get(document, member, &url, err)) return err->code;
  return url ? cai_impersonation_init(&account->impersonation, document, member, err) : 0;
}

static int make_subject(external_account *account, const cai_document *document, cai_err *err) {
  const cai_subject_plan plan = {.document = document,
                                 .source = cJSON_GetObjectItemCaseSensitive(document->root, "credential_source"),
                                 .audience = account->audience,
                                 .token_type = account->subject_token_type,
                                 .impersonated = account->impersonation.email};
  account->subject = cai_subject_new(&plan, err);
  return account->subject ? 0 : err->code;
}

/* Google asks its client libraries for these words. */
static int write_metrics(external_account *account, const cai_document *document) {
  const cJSON *section = cai_json_object(document->root, "service_account_impersonation");
  const cJSON *lifetime = cJSON_GetObjectItemCaseSensitive(section, "token_lifetime_seconds");
  bool impersonates = account->impersonation.url != NULL;
  bool configured = impersonates && lifetime && !cJSON_IsNull(lifetime);
  cai_buf text;
  cai_buf_init(&text, MAX_TEXT);
  cai_buf_format(&text,
                 "gl-c/" CHATABI_VERSION " auth/" CHATABI_VERSION
                 " google-byoid-sdk source/%s sa-impersonation/%s config-lifetime/%s",
                 account->subject->ops->name, impersonates ? "true" : "false", configured ? "true" : "false");
  account->metrics = cai_buf_take(&text);
  cai_buf_fini(&text);
  return account->metrics ? 0 : CHATABI_E_NOMEM;
}

/* A project number in the audience is no project id, and whose project it is nobody says. */
static int read_file(external_account *account, const cai_document *document, cai_err *err) {
  const char *audience = cai_document_need(document, "audience", err);
  const char *type = audience ? cai_document_need(document, "subject_token_type", err) : NULL;
  if (!type) return err->code;
  if (cai_credential_init(&account->base, &ops, document->origin, document->log) ||
      cai_strset(&account->audience, audience) || cai_strset(&account->subject_token_type, type))
    return cai_err_nomem(err);
  int error = read_token_url(account, document, err);
  if (!error) error = read_client(account, document, err);
  if (!error) error = read_user_project(account, document, err);
  if (!error) error = read_impersonation(account, document, err);
  if (!error) error = make_subject(account, document, err);
  if (error) return error;
  const char *email = account->impersonation.email;
  if (cai_strset(&account->base.principal, email ? email : audience) || write_metrics(account, document))
    return cai_err_nomem(err);
  return 0;
}

cai_credential *cai_external_account_new(const cai_document *document, cai_err *err) {
  external_account *account = cai_calloc(1, sizeof *account);
  if (!account) {
    cai_err_nomem(err);
    return NULL;
  }
  if (read_file(account, document, err)) {
    release(&account->base);
    return NULL;
  }
  return &account->base;
}
