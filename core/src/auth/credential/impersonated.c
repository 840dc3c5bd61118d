/* SPDX-License-Identifier: MIT
 *
 * A source that signs its tokens itself may have signed with a wrong clock: nobody but IAM says so, with status 401.
 * Then the source is told, and runs once more. */
#include "impersonated.h"

#include <stdio.h>
#include <string.h>

#include "../../base/alloc.h"
#include "../../base/json.h"
#include "../exchange/impersonation.h"
#include "chatabi.h"

enum { SERVER = 300, MAX_ORIGIN = 8192, UNAUTHORIZED = 401 };

typedef struct impersonated {
  cai_credential base;
  cai_credential *source;
  cai_impersonation impersonation;
  char *source_token; /* secret; there while IAM is asked */
  bool repeated;      /* the source ran again in this run */
} impersonated;

static impersonated *of(cai_credential *credential) { return (impersonated *)credential; }

static void drop_token(impersonated *account) {
  cai_free_secret(account->source_token);
  account->source_token = NULL;
}

static void begin_source(impersonated *account) {
  drop_token(account);
  account->source->ops->begin(account->source);
}

static void begin(cai_credential *credential) {
  impersonated *account = of(credential);
  account->repeated = false;
  account->source->stuck = credential->stuck;
  credential->stuck = false;
  begin_source(account);
}

/* Takes what the source made of its last step. */
static cai_step take_source(impersonated *account, cai_step step, cai_outcome *from, cai_outcome *outcome) {
  if (step == CAI_STEP_FAILED) {
    outcome->setback = from->setback;
  } else if (step == CAI_STEP_DONE) {
    account->source_token = from->grant.access_token;
    from->grant.access_token = NULL;
    step = CAI_STEP_ASK;
  }
  cai_outcome_fini(from);
  return step;
}

static cai_step ask_iam(impersonated *account, cai_errand *errand, cai_outcome *outcome) {
  if (!cai_impersonation_ask(&account->impersonation, &errand->http, account->source_token,
                             account->source->quota_project_id))
    return CAI_STEP_ASK;
  cai_outcome_nomem(outcome);
  outcome->setback.stage = CAI_STAGE_IMPERSONATE;
  drop_token(account);
  return CAI_STEP_FAILED;
}

static cai_step ask(cai_credential *credential, cai_now now, cai_errand *errand, cai_outcome *outcome) {
  impersonated *account = of(credential);
  if (!account->source_token) {
    cai_outcome got;
    cai_outcome_init(&got);
    cai_step step = account->source->ops->ask(account->source, now, errand, &got);
    step = take_source(account, step, &got, outcome);
    if (!account->source_token) return step;
  }
  return ask_iam(account, errand, outcome);
}

static cai_step feed_source(impersonated *account, cai_now now, const cai_http_reply *reply, cai_outcome *outcome) {
  cai_outcome got;
  cai_outcome_init(&got);
  cai_step step = account->source->ops->feed(account->source, now, reply, &got);
  return take_source(account, step, &got, outcome);
}

static bool can_repeat(impersonated *account, const cai_http_reply *reply, int64_t skew_ms) {
  cai_credential *source = account->source;
  if (reply->status != UNAUTHORIZED || account->repeated || !source->ops->reject) return false;
  account->repeated = true;
  return source->ops->reject(source, skew_ms) != CAI_REMEDY_NONE;
}

static cai_step feed_iam(impersonated *account, cai_now now, const cai_http_reply *reply, cai_outcome *outcome) {
  char server[SERVER];
  snprintf(server, sizeof server, "the impersonation of %.250s", account->impersonation.email);
  const char *const secrets[] = {account->source_token, NULL};
  const cai_exchange exchange = {.stage = CAI_STAGE_IMPERSONATE,
                                 .server = server,
                                 .origin = account->base.origin,
                                 .advice = "",
                                 .secrets = secrets,
                                 .principal = account->source->principal,
                                 .target = account->impersonation.email};
  int error = cai_impersonation_read(&outcome->grant, &exchange, now, reply, &outcome->setback);
  drop_token(account);
  if (!error) return CAI_STEP_DONE;
  if (!can_repeat(account, reply, outcome->setback.skew_ms)) return CAI_STEP_FAILED;
  cai_setback_clear(&outcome->setback);
  begin_source(account);
  return CAI_STEP_ASK;
}

static cai_step feed(cai_credential *credential, cai_now now, const cai_http_reply *reply, cai_outcome *outcome) {
  impersonated *account = of(credential);
  return account->source_token ? feed_iam(account, now, reply, outcome) : feed_source(account, now, reply, outcome);
}

static void release(cai_credential *credential) {
  impersonated *account = of(credential);
  cai_credential_free(account->source);
  cai_impersonation_fini(&account->impersonation);
  drop_token(account);
  cai_credential_fini(credential);
  cai_free(account);
}

static const cai_credential_ops ops = {"impersonated_service_account", begin, ask, feed, release, NULL, 0};

/* ---- the file ---- */

static int make_source(impersonated *account, const cai_document *document, cai_err *err) {
  cai_buf origin;
  cai_document nested = *document;
  nested.root = cai_json_object(document->root, "source_credentials");
  nested.depth++;
  if (!nested.root)
    return cai_err_set(err, CHATABI_E_AUTH_SOURCE,
                       "%s has no object in its member \"source_credentials\": it is not a complete credential file.",
                       document->origin);
  cai_buf_init(&origin, MAX_ORIGIN);
  int error = cai_buf_format(&origin, "%s (source_credentials)", document->origin);
  nested.origin = cai_buf_view(&origin);
  if (error)
    cai_err_nomem(err);
  else
    account->source = cai_credential_make(&nested, err);
  cai_buf_fini(&origin);
  return account->source ? 0 : err->code;
}

/* The source's token must not go to another universe's IAM. */
static int check_universe(const impersonated *account, const cai_document *document, cai_err *err) {
  const char *own, *other = account->source->universe_domain;
  if (cai_document_get(document, "universe_domain", &own, err)) return err->code;
  if (!own) own = "googleapis.com";
  if (!other) other = "googleapis.com";
  if (strcmp(own, other) == 0) return 0;
  return cai_err_set(err, CHATABI_E_AUTH_HOST,
                     "%s belongs to the universe %.100s, but its \"source_credentials\" to %.100s: they must be of the "
                     "same.",
                     document->origin, own, other);
}

static int read_file(impersonated *account, const cai_document *document, cai_err *err) {
  if (cai_credential_init(&account->base, &ops, document->origin, document->log)) return cai_err_nomem(err);
  int error = cai_impersonation_init(&account->impersonation, document, "service_account_impersonation_url", err);
  if (!error) error = make_source(account, document, err);
  if (!error) error = check_universe(account, document, err);
  if (error) return error;
  return cai_strset(&account->base.principal, account->impersonation.email) ? cai_err_nomem(err) : 0;
}

cai_credential *cai_impersonated_new(const cai_document *document, cai_err *err) {
  impersonated *account = cai_calloc(1, sizeof *account);
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
