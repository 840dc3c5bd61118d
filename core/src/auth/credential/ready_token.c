/* SPDX-License-Identifier: MIT */
#include "ready_token.h"

#include <string.h>

#include "../../base/alloc.h"
#include "chatabi.h"

enum { LIFE_MS = 24 * 3600 * 1000 };

typedef struct ready_token {
  cai_credential base;
  char *token; /* secret */
  const char *name;
} ready_token;

static ready_token *of(cai_credential *credential) { return (ready_token *)credential; }

static void begin(cai_credential *credential) { (void)credential; }

static cai_step ask(cai_credential *credential, cai_now now, cai_errand *errand, cai_outcome *outcome) {
  (void)now;
  (void)errand;
  outcome->grant.life_ms = LIFE_MS;
  if (cai_strset(&outcome->grant.access_token, of(credential)->token)) return cai_outcome_nomem(outcome);
  return CAI_STEP_DONE;
}

static cai_step feed(cai_credential *credential, cai_now now, const cai_http_reply *reply, cai_outcome *outcome) {
  (void)reply;
  return ask(credential, now, NULL, outcome);
}

/* The environment was read once; it is as it was. */
static cai_remedy reject(cai_credential *credential, int64_t skew_ms) {
  (void)skew_ms;
  cai_log_add(credential->log, CAI_LOG_WARN, "token: the server did not accept the token in %s, and nothing renews it",
              of(credential)->name);
  return CAI_REMEDY_NONE;
}

static void release(cai_credential *credential) {
  cai_free_secret(of(credential)->token);
  cai_credential_fini(credential);
  cai_free(credential);
}

static const cai_credential_ops ops = {"environment_token", begin, ask, feed, release, reject, CAI_IS_GIVEN};

/* It becomes part of a header line. */
static int check(const char *token, const char *name, cai_err *err) {
  for (const char *at = token; *at; at++)
    if ((unsigned char)*at <= 0x20 || *at == 0x7f)
      return cai_err_set(err, CHATABI_E_AUTH_SOURCE,
                         "The access token in %s has a space, line break or control character in it.", name);
  return 0;
}

cai_credential *cai_ready_token_new(const char *token, const char *name, cai_log *log, cai_err *err) {
  if (check(token, name, err)) return NULL;
  ready_token *ready = cai_calloc(1, sizeof *ready);
  if (ready) ready->name = name;
  if (!ready || cai_credential_init(&ready->base, &ops, name, log) || cai_strset(&ready->token, token)) {
    if (ready) release(&ready->base);
    cai_err_nomem(err);
    return NULL;
  }
  return &ready->base;
}
