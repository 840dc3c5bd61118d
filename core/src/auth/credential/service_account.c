/* SPDX-License-Identifier: MIT
 *
 * A token that the account signs itself needs no network and no token endpoint (AIP-4111). A server that does not take
 * it gets, from then on, one that the token endpoint grants (RFC 7523). Clouds other than Google's own know only the
 * first kind.
 *
 * When a server finds the claim's time wrong and its Date header shows that our clock is off, the claim is signed once
 * more with the server's time: a wrong clock is common, and there is nothing the user could fix sooner. */
#include "service_account.h"

#include <stdio.h>
#include <string.h>

#include "../../base/alloc.h"
#include "../../base/json.h"
#include "../../base/url.h"
#include "../exchange/signer.h"
#include "chatabi.h"

/* A server that is not a token service may set our clock right by a day at the most: what is signed is good at others
 * too. */
enum { SKEW_MS = 60000, MAX_SKEW_MS = 24 * 3600 * 1000 };

static const char default_token_uri[] = "https://oauth2.googleapis.com/token";
static const char grant_type[] = "urn:ietf:params:oauth:grant-type:jwt-bearer";

typedef struct service_account {
  cai_credential base;
  cai_signer signer;
  char *token_uri;
  char *assertion;    /* secret, the last one that was sent; NULL: none yet */
  bool granted;       /* tokens come from the token endpoint: a server refused one of our own */
  bool home_universe; /* there is a token endpoint */
} service_account;

static service_account *of(cai_credential *credential) { return (service_account *)credential; }

/* Where no token comes from the endpoint, one of our own is better than none: most servers take it. */
static void begin(cai_credential *credential) {
  service_account *account = of(credential);
  account->signer.corrected = false;
  if (credential->stuck) account->granted = false;
  credential->stuck = false;
}

/* Who the token is for: the endpoint that exchanges it, or whoever knows the scope. */
static int sign(const service_account *account, cai_now now, cai_buf *jwt) {
  const char *email = account->base.principal;
  const cai_claims own = {.issuer = email, .scope = CAI_GRANT_SCOPE, .subject = email};
  const cai_claims assertion = {.issuer = email, .scope = CAI_GRANT_SCOPE, .audience = account->token_uri};
  return cai_signer_sign(&account->signer, now, account->granted ? &assertion : &own, jwt);
}

static int sign_own(const service_account *account, cai_now now, cai_grant *grant) {
  cai_buf jwt;
  cai_buf_init_secret(&jwt, CAI_SIGNER_MAX);
  int error = sign(account, now, &jwt);
  if (!error) {
    grant->life_ms = (int64_t)CAI_SIGNER_LIFE_S * 1000;
    grant->access_token = cai_buf_take(&jwt);
    if (!grant->access_token) error = CHATABI_E_NOMEM;
  }
  cai_buf_fini(&jwt);
  return error;
}

static int write_form(service_account *account, cai_now now, cai_buf *body) {
  cai_buf jwt;
  cai_buf_init_secret(&jwt, CAI_SIGNER_MAX);
  int error = sign(account, now, &jwt);
  if (!error) {
    cai_url_form(body, "grant_type", grant_type);
    error = cai_url_form(body, "assertion", jwt.data);
  }
  if (!error) {
    cai_free_secret(account->assertion);
    account->assertion = cai_buf_take(&jwt);
  }
  cai_buf_fini(&jwt);
  return error;
}

static cai_step fail_to_sign(const service_account *account, int error, cai_outcome *outcome) {
  if (error == CHATABI_E_NOMEM) return cai_outcome_nomem(outcome);
  outcome->setback.stage = CAI_STAGE_OAUTH;
  cai_err_set(&outcome->setback.err, CHATABI_E_AUTH_SOURCE, "Signing with \"private_key\" of %s failed.",
              account->base.origin);
  return CAI_STEP_FAILED;
}

static cai_step ask(cai_credential *credential, cai_now now, cai_errand *errand, cai_outcome *outcome) {
  service_account *account = of(credential);
  int error;
  if (account->granted) {
    error = cai_grant_ask(&errand->http, account->token_uri);
    if (!error) error = write_form(account, now, &errand->http.body);
  } else {
    error = sign_own(account, now, &outcome->grant);
  }
  if (error) return fail_to_sign(account, error, outcome);
  return account->granted ? CAI_STEP_ASK : CAI_STEP_DONE;
}

static const char advice[] =
    "The key was deleted or disabled, or the service account is gone: make a new key, or check the account in the "
    "Cloud console (IAM, Service accounts).";

static cai_step feed(cai_credential *credential, cai_now now, const cai_http_reply *reply, cai_outcome *outcome) {
  service_account *account = of(credential);
  char server[300];
  snprintf(server, sizeof server, "the token endpoint %.250s", account->token_uri);
  const char *const secrets[] = {account->assertion, NULL};
  cai_exchange exchange = {.stage = CAI_STAGE_OAUTH,
                           .server = server,
                           .origin = credential->origin,
                           .advice = advice,
                           .secrets = secrets,
                           .principal = credential->principal,
                           .dated = !account->signer.corrected,
                           .dated_skew_ms = account->signer.skew_ms};
  if (!cai_grant_read(&outcome->grant, &exchange, now, reply, &outcome->setback)) return CAI_STEP_DONE;
  return cai_signer_corrects(&account->signer, &outcome->setback, credential->log) ? CAI_STEP_ASK : CAI_STEP_FAILED;
}

/* Nobody says why a token of ours is refused: the time is the first suspect, the kind of token the second. */
static cai_remedy reject(cai_credential *credential, int64_t skew_ms) {
  service_account *account = of(credential);
  if (account->granted) return CAI_REMEDY_SAME;
  int64_t off_ms = skew_ms ? skew_ms - account->signer.skew_ms : 0;
  bool far = off_ms > SKEW_MS || off_ms < -SKEW_MS;
  if (far && skew_ms < MAX_SKEW_MS && skew_ms > -MAX_SKEW_MS) {
    cai_signer_set_clock(&account->signer, skew_ms, credential->log, "the server's");
    return CAI_REMEDY_OTHER;
  }
  if (!account->home_universe) return CAI_REMEDY_NONE;
  account->granted = true;
  cai_log_add(credential->log, CAI_LOG_INFO,
              "token: the server takes no self-signed token of %s; asking the token endpoint from now on",
              credential->origin);
  return CAI_REMEDY_OTHER;
}

static void release(cai_credential *credential) {
  service_account *account = of(credential);
  cai_signer_fini(&account->signer);
  cai_free_secret(account->assertion);
  cai_free(account->token_uri);
  cai_credential_fini(credential);
  cai_free(account);
}

static const cai_credential_ops ops = {"service_account", begin, ask, feed, release, reject, CAI_HAS_ANOTHER_WAY};

static int read_token_uri(service_account *account, const cai_document *document, cai_err *err) {
  const char *uri;
  if (cai_document_get(document, "token_uri", &uri, err)) return err->code;
  if (!uri) uri = default_token_uri;
  if (cai_guard_check_exchange(document->guard, CAI_GUARD_OAUTH, uri, "token_uri", document->origin, err))
    return err->code;
  return cai_strset(&account->token_uri, uri) ? cai_err_nomem(err) : 0;
}

static int read_file(service_account *account, const cai_document *document, cai_err *err) {
  const char *email = cai_document_need(document, "client_email", err);
  if (!email) return err->code;
  account->home_universe = strcmp(document->guard->universe_domain, "googleapis.com") == 0;
  if (cai_credential_init(&account->base, &ops, document->origin, document->log) ||
      cai_strset(&account->base.principal, email))
    return cai_err_nomem(err);
  if (read_token_uri(account, document, err)) return err->code;
  return cai_signer_init(&account->signer, CAI_JWT_RS256, document, err);
}

cai_credential *cai_service_account_new(const cai_document *document, cai_err *err) {
  service_account *account = cai_calloc(1, sizeof *account);
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
