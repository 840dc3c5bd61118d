/* SPDX-License-Identifier: MIT */
#include "external_user.h"

#include <stdio.h>

#include "../../base/alloc.h"
#include "../../base/url.h"
#include "../exchange/sts.h"
#include "chatabi.h"

typedef struct external_user {
  cai_credential base;
  char *token_url;
  char *client_id;
  char *client_secret; /* secret, as the next one */
  char *refresh_token;
} external_user;

static external_user *of(cai_credential *credential) { return (external_user *)credential; }

static void begin(cai_credential *credential) { (void)credential; }

static cai_step ask(cai_credential *credential, cai_now now, cai_errand *errand, cai_outcome *outcome) {
  const external_user *user = of(credential);
  cai_http_request *request = &errand->http;
  (void)now;
  if (cai_grant_ask(request, user->token_url) || cai_basic_set(request, user->client_id, user->client_secret))
    return cai_outcome_nomem(outcome);
  cai_url_form(&request->body, "grant_type", "refresh_token");
  return cai_url_form(&request->body, "refresh_token", user->refresh_token) ? cai_outcome_nomem(outcome) : CAI_STEP_ASK;
}

static cai_step feed(cai_credential *credential, cai_now now, const cai_http_reply *reply, cai_outcome *outcome) {
  external_user *user = of(credential);
  char server[300];
  snprintf(server, sizeof server, "the token endpoint %.250s", user->token_url);
  const char *const secrets[] = {user->client_secret, user->refresh_token, NULL};
  const cai_exchange exchange = {
      .stage = CAI_STAGE_OAUTH,
      .server = server,
      .origin = credential->origin,
      .advice =
          "The login has expired or was revoked: run `gcloud auth application-default login --login-config=FILE` "
          "with the login configuration of your workforce pool.",
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
  external_user *user = of(credential);
  cai_free(user->token_url);
  cai_free(user->client_id);
  cai_free_secret(user->client_secret);
  cai_free_secret(user->refresh_token);
  cai_credential_fini(credential);
  cai_free(user);
}

static const cai_credential_ops ops = {"external_account_authorized_user", begin, ask, feed, release, NULL, 0};

static int read_file(external_user *user, const cai_document *document, cai_err *err) {
  const char *audience;
  const char *url = cai_document_need(document, "token_url", err);
  const char *id = url ? cai_document_need(document, "client_id", err) : NULL;
  const char *secret = id ? cai_document_need(document, "client_secret", err) : NULL;
  const char *refresh = secret ? cai_document_need(document, "refresh_token", err) : NULL;
  if (!refresh || cai_document_get(document, "audience", &audience, err) ||
      cai_guard_check_exchange(document->guard, CAI_GUARD_STS, url, "token_url", document->origin, err))
    return err->code;
  if (cai_credential_init(&user->base, &ops, document->origin, document->log) ||
      cai_strset(&user->base.principal, audience) || cai_strset(&user->token_url, url) ||
      cai_strset(&user->client_id, id) || cai_strset(&user->client_secret, secret) ||
      cai_strset(&user->refresh_token, refresh))
    return cai_err_nomem(err);
  return 0;
}

cai_credential *cai_external_user_new(const cai_document *document, cai_err *err) {
  external_user *user = cai_calloc(1, sizeof *user);
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
