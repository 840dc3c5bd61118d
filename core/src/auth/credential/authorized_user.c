/* SPDX-License-Identifier: MIT */
#include "authorized_user.h"

#include <stdio.h>

#include "../../base/alloc.h"
#include "../../base/json.h"
#include "../../base/url.h"
#include "chatabi.h"

static const char default_token_uri[] = "https://oauth2.googleapis.com/token";

typedef struct authorized_user {
  cai_credential base;
  char *token_uri;
  char *client_id;
  char *client_secret; /* secret, as the next two */
  char *refresh_token;
  char *rapt_token; /* proof of a recent sign-in; NULL: not in the file */
} authorized_user;

static authorized_user *of(cai_credential *credential) { return (authorized_user *)credential; }

static void begin(cai_credential *credential) { (void)credential; }

/* No scope: the ones of the login apply. */
static cai_step ask(cai_credential *credential, cai_now now, cai_errand *errand, cai_outcome *outcome) {
  const authorized_user *user = of(credential);
  cai_http_request *request = &errand->http;
  (void)now;
  if (cai_grant_ask(request, user->token_uri)) return cai_outcome_nomem(outcome);
  cai_url_form(&request->body, "grant_type", "refresh_token");
  cai_url_form(&request->body, "client_id", user->client_id);
  cai_url_form(&request->body, "client_secret", user->client_secret);
  cai_url_form(&request->body, "refresh_token", user->refresh_token);
  if (user->rapt_token) cai_url_form(&request->body, "rapt", user->rapt_token);
  return request->body.error ? cai_outcome_nomem(outcome) : CAI_STEP_ASK;
}

static cai_step feed(cai_credential *credential, cai_now now, const cai_http_reply *reply, cai_outcome *outcome) {
  authorized_user *user = of(credential);
  char server[300];
  snprintf(server, sizeof server, "the token endpoint %.250s", user->token_uri);
  const char *const secrets[] = {user->client_secret, user->refresh_token, user->rapt_token, NULL};
  cai_exchange exchange = {
      .stage = CAI_STAGE_OAUTH,
      .server = server,
      .origin = credential->origin,
      .advice = "The login has expired or was revoked: run `gcloud auth application-default login`.",
      .secrets = secrets,
      .principal = credential->principal};
  if (cai_grant_read(&outcome->grant, &exchange, now, reply, &outcome->setback)) return CAI_STEP_FAILED;
  if (!outcome->grant.refresh_token) return CAI_STEP_DONE;
  /* The old one may be void from now on. gcloud's file stays as it is: it is not ours. */
  cai_free_secret(user->refresh_token);
  user->refresh_token = outcome->grant.refresh_token;
  outcome->grant.refresh_token = NULL;
  return CAI_STEP_DONE;
}

static void release(cai_credential *credential) {
  authorized_user *user = of(credential);
  cai_free(user->token_uri);
  cai_free(user->client_id);
  cai_free_secret(user->client_secret);
  cai_free_secret(user->refresh_token);
  cai_free_secret(user->rapt_token);
  cai_credential_fini(credential);
  cai_free(user);
}

static const cai_credential_ops ops = {"authorized_user", begin, ask, feed, release, NULL, CAI_IS_LOGIN};

/* gcloud writes no token_uri of its own; what stands there otherwise counts only where the user allowed it. */
static const char *choose_token_uri(const cai_document *document) {
  const char *uri = cai_json_string(document->root, "token_uri");
  if (!uri || !*uri) return default_token_uri;
  if (!cai_guard_check_exchange(document->guard, CAI_GUARD_OAUTH, uri, "token_uri", document->origin, NULL)) return uri;
  cai_log_add(document->log, CAI_LOG_WARN,
              "token: \"token_uri\" of %s is not Google's and not in auth_allow_hosts; using %s", document->origin,
              default_token_uri);
  return default_token_uri;
}

static int read_file(authorized_user *user, const cai_document *document, cai_err *err) {
  const char *id = cai_document_need(document, "client_id", err);
  const char *secret = id ? cai_document_need(document, "client_secret", err) : NULL;
  const char *refresh = secret ? cai_document_need(document, "refresh_token", err) : NULL;
  if (!refresh) return err->code;
  const char *account, *rapt;
  if (cai_document_get(document, "account", &account, err) || cai_document_get(document, "rapt_token", &rapt, err))
    return err->code;
  if (cai_credential_init(&user->base, &ops, document->origin, document->log) ||
      cai_strset(&user->base.principal, account) || cai_strset(&user->token_uri, choose_token_uri(document)) ||
      cai_strset(&user->client_id, id) || cai_strset(&user->client_secret, secret) ||
      cai_strset(&user->refresh_token, refresh) || cai_strset(&user->rapt_token, rapt))
    return cai_err_nomem(err);
  return 0;
}

cai_credential *cai_authorized_user_new(const cai_document *document, cai_err *err) {
  authorized_user *user = cai_calloc(1, sizeof *user);
  if (!user) {
    cai_err_nomem(err);
    return NULL;
  }
  if (read_file(user, document, err)) {
    release(&user->base);
    return NULL;
  }
  return &user->base;
}
