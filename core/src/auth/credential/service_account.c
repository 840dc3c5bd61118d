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
#include "../../base/scan.h"
#include "../../base/url.h"
#include "../exchange/jwt.h"
#include "chatabi.h"

enum { BACKDATE_S = 10, LIFE_S = 3600, MAX_JWT = 64 * 1024, SKEW_MS = 60000 };

static const char default_token_uri[] = "https://oauth2.googleapis.com/token";
static const char scope[] = "https://www.googleapis.com/auth/cloud-platform";
static const char grant_type[] = "urn:ietf:params:oauth:grant-type:jwt-bearer";

typedef struct service_account {
  cai_credential base;
  char *token_uri;
  char *key_id; /* NULL: not in the file */
  cai_jwt_key *key;
  char *assertion;    /* secret, the last one that was sent; NULL: none yet */
  int64_t skew_ms;    /* added to our clock; learned from the server */
  bool corrected;     /* the skew was set in this run */
  bool granted;       /* tokens come from the token endpoint: a server refused one of our own */
  bool home_universe; /* there is a token endpoint */
} service_account;

static service_account *of(cai_credential *credential) { return (service_account *)credential; }

static void begin(cai_credential *credential) { of(credential)->corrected = false; }

static void add_member(cai_buf *out, const char *name, const char *value) {
  cai_buf_text(out, out->len ? ",\"" : "{\"");
  cai_buf_text(out, name);
  cai_buf_text(out, "\":");
  cai_scan_quote(out, value, strlen(value));
}

static void write_header(const service_account *account, cai_buf *out) {
  add_member(out, "alg", "RS256");
  add_member(out, "typ", "JWT");
  if (account->key_id) add_member(out, "kid", account->key_id);
  cai_buf_byte(out, '}');
}

/* Who the token is for: the endpoint that exchanges it, or whoever knows the scope. */
static void write_audience(const service_account *account, cai_buf *out) {
  if (account->granted) {
    add_member(out, "aud", account->token_uri);
    return;
  }
  add_member(out, "sub", account->base.principal);
}

/* Set back a little, for a server whose clock is behind ours refuses a claim from its future. */
static void write_claims(const service_account *account, cai_now now, cai_buf *out) {
  long long iat_s = (long long)((now.wall_ms + account->skew_ms) / 1000 - BACKDATE_S);
  add_member(out, "iss", account->base.principal);
  add_member(out, "scope", scope);
  write_audience(account, out);
  cai_buf_format(out, ",\"iat\":%lld,\"exp\":%lld}", iat_s, iat_s + LIFE_S);
}

static int sign(const service_account *account, cai_now now, cai_buf *jwt) {
  cai_buf header, claims;
  cai_buf_init(&header, MAX_JWT);
  cai_buf_init(&claims, MAX_JWT);
  write_header(account, &header);
  write_claims(account, now, &claims);
  int error = header.error ? header.error : claims.error;
  if (!error) error = cai_jwt_sign(account->key, header.data, claims.data, jwt);
  cai_buf_fini(&header);
  cai_buf_fini(&claims);
  return error;
}

static int sign_own(const service_account *account, cai_now now, cai_grant *grant) {
  cai_buf jwt;
  cai_buf_init_secret(&jwt, MAX_JWT);
  int error = sign(account, now, &jwt);
  if (!error) {
    grant->life_ms = (LIFE_S - BACKDATE_S) * 1000;
    grant->access_token = cai_buf_take(&jwt);
    if (!grant->access_token) error = CHATABI_E_NOMEM;
  }
  cai_buf_fini(&jwt);
  return error;
}

static int write_form(service_account *account, cai_now now, cai_buf *body) {
  cai_buf jwt;
  cai_buf_init_secret(&jwt, MAX_JWT);
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

static void correct_clock(service_account *account, int64_t skew_ms, const char *whose) {
  account->skew_ms = skew_ms;
  cai_log_add(account->base.log, CAI_LOG_WARN, "token: this machine's clock is %lld s %s %s; signing with its time",
              (long long)(skew_ms < 0 ? -skew_ms : skew_ms) / 1000, skew_ms < 0 ? "ahead of" : "behind", whose);
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
                           .principal = credential->principal};
  if (!cai_grant_read(&outcome->grant, &exchange, now, reply, &outcome->setback)) return CAI_STEP_DONE;
  if (!outcome->setback.bad_time || !outcome->setback.skew_ms || account->corrected) return CAI_STEP_FAILED;
  account->corrected = true;
  correct_clock(account, outcome->setback.skew_ms, "the token endpoint's");
  return CAI_STEP_ASK;
}

/* Nobody says why a token of ours is refused: the time is the first suspect, the kind of token the second. */
static cai_remedy reject(cai_credential *credential, int64_t skew_ms) {
  service_account *account = of(credential);
  if (account->granted) return CAI_REMEDY_SAME;
  int64_t off_ms = skew_ms ? skew_ms - account->skew_ms : 0;
  if (off_ms > SKEW_MS || off_ms < -SKEW_MS) {
    correct_clock(account, skew_ms, "the server's");
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
  cai_jwt_key_free(account->key);
  cai_free_secret(account->assertion);
  cai_free(account->token_uri);
  cai_free(account->key_id);
  cai_credential_fini(credential);
  cai_free(account);
}

static const cai_credential_ops ops = {"service_account", begin, ask, feed, release, reject};

static int read_key(service_account *account, const cai_document *document, cai_err *err) {
  const char *pem = cai_json_string(document->root, "private_key"), *why;
  if (!pem || !*pem)
    return cai_err_set(err, CHATABI_E_AUTH_SOURCE,
                       "%s has no text in its member \"private_key\": it is not a complete credential file.",
                       document->origin);
  account->key = cai_jwt_key_new(CAI_JWT_RS256, pem, &why);
  if (account->key) return 0;
  return cai_err_set(err, CHATABI_E_AUTH_SOURCE, "\"private_key\" in %s cannot be used: %s.", document->origin, why);
}

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
  const char *key_id;
  if (!email || cai_document_get(document, "private_key_id", &key_id, err)) return err->code;
  account->home_universe = strcmp(document->guard->universe_domain, "googleapis.com") == 0;
  if (cai_credential_init(&account->base, &ops, document->origin, document->log) ||
      cai_strset(&account->base.principal, email) || cai_strset(&account->key_id, key_id))
    return cai_err_nomem(err);
  if (read_token_uri(account, document, err)) return err->code;
  return read_key(account, document, err);
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
