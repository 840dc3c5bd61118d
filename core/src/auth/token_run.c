/* SPDX-License-Identifier: MIT
 *
 * An exchange is prepared as soon as a lease finds that it must wait, not when it is asked for: whatever fails without
 * the network (a file that changed and is broken now) then fails that lease, which would otherwise wait for a reply
 * that never comes. */
#include <string.h>

#include "../base/alloc.h"
#include "chatabi.h"
#include "token_state.h"

enum { MIN_LIFE_MS = 1000 };

cai_freshness cai_token_phase(const cai_token *token, cai_now now) {
  if (!token->header || token->rejected) return CAI_FRESHNESS_OVER;
  return cai_expiry_freshness(&token->expiry, now);
}

/* 0: not usable. */
static int64_t left_ms(const cai_token *token, cai_now now) {
  return cai_token_phase(token, now) == CAI_FRESHNESS_OVER ? 0 : cai_expiry_left_ms(&token->expiry, now);
}

static void drop_prepared(cai_token *token) {
  cai_errand_fini(&token->prepared);
  cai_errand_init(&token->prepared);
  token->has_prepared = false;
}

/* What can be done without the service that is out need not wait for it. */
static void note_stuck(cai_token *token, bool stuck) {
  cai_credential *credential = token->wallet.credential;
  if (!credential) return;
  credential->stuck = stuck;
  if (stuck && (credential->ops->traits & CAI_HAS_ANOTHER_WAY)) cai_renewal_forgive(&token->renewal);
}

static void fail(cai_token *token, cai_now now, const cai_setback *setback) {
  /* What one server refused may still do for all others, and there is nothing better now. */
  token->rejected = false;
  int64_t usable_ms = left_ms(token, now);
  token->running = false;
  token->failures++;
  cai_renewal_failed(&token->renewal, now, setback, usable_ms);
  cai_log_add(token->log, usable_ms ? CAI_LOG_INFO : CAI_LOG_WARN, "token: renewal failed%s, next try in %lld ms: %s",
              usable_ms ? ", the old one is still good" : "", (long long)(token->renewal.next_boot_ms - now.boot_ms),
              setback->err.message);
  note_stuck(token, setback->transient && token->renewal.verdict);
}

static char *bearer(const char *access_token) {
  cai_buf text;
  cai_buf_init_secret(&text, CAI_GRANT_MAX_TOKEN + sizeof "Bearer ");
  cai_buf_text(&text, "Bearer ");
  cai_buf_text(&text, access_token);
  char *header = cai_buf_take(&text);
  cai_buf_fini(&text);
  return header;
}

/* Else each request would begin another exchange, and none would come of it. */
static bool is_over_already(cai_outcome *outcome) {
  if (outcome->grant.life_ms >= MIN_LIFE_MS) return false;
  outcome->setback.transient = true;
  cai_err_set(&outcome->setback.err, CHATABI_E_AUTH_EXCHANGE,
              "The access token that came was over within a second: check the clock of this machine and of the token "
              "service.");
  return true;
}

static void accept(cai_token *token, cai_now now, cai_outcome *outcome) {
  if (is_over_already(outcome)) {
    fail(token, now, &outcome->setback);
    return;
  }
  char *header = bearer(outcome->grant.access_token);
  if (!header) {
    cai_outcome_nomem(outcome);
    fail(token, now, &outcome->setback);
    return;
  }
  cai_expiry expiry = cai_expiry_in(now, outcome->grant.life_ms);
  bool unchanged = token->header && strcmp(token->header, header) == 0;
  /* The metadata server may hand out again what it gave before: its window stays where it was. */
  if (unchanged) expiry.life_ms = token->expiry.life_ms;
  cai_free_secret(token->header);
  token->header = header;
  token->expiry = expiry;
  token->generation++;
  token->rejected = token->running = false;
  cai_renewal_done(&token->renewal, now, unchanged, outcome->grant.life_ms);
  if (token->wallet.credential->ops->traits & CAI_IS_GIVEN) return;
  token->renewals++;
  token->renewed_wall_ms = now.wall_ms;
  cai_log_add(token->log, CAI_LOG_INFO, "token: renewed, expires in %lld s",
              (long long)(outcome->grant.life_ms / 1000));
}

/* Prepares what the credential wants next. */
static void ask(cai_token *token, cai_now now) {
  cai_credential *credential = token->wallet.credential;
  cai_outcome outcome;
  cai_outcome_init(&outcome);
  drop_prepared(token);
  cai_step step = credential->ops->ask(credential, now, &token->prepared, &outcome);
  token->has_prepared = step == CAI_STEP_ASK;
  if (step == CAI_STEP_DONE) accept(token, now, &outcome);
  if (step == CAI_STEP_FAILED) fail(token, now, &outcome.setback);
  cai_outcome_fini(&outcome);
}

/* The file may have changed since: after a failure that is what everybody hopes for, and a key is rotated in its file
 * first. */
static bool reopen(cai_token *token, cai_now now) {
  cai_setback setback;
  cai_setback_clear(&setback);
  setback.transient = true; /* it may be half written */
  int changed = cai_wallet_reopen(&token->wallet, &setback.err);
  if (changed > 0) cai_renewal_forgive(&token->renewal);
  bool hopeless = changed < 0 && token->renewal.failures > 0;
  if (hopeless) fail(token, now, &setback);
  return !hopeless;
}

int cai_token_open(cai_token *token, cai_err *err) {
  if (token->wallet.credential) return 0;
  int error = cai_wallet_open(&token->wallet, err);
  if (error) return error;
  cai_renewal_forgive(&token->renewal);
  cai_setback_clear(&token->renewal.last);
  return 0;
}

void cai_token_run(cai_token *token, cai_now now) {
  cai_setback setback;
  cai_setback_clear(&setback);
  cai_renewal_begin(&token->renewal);
  if (cai_token_open(token, &setback.err)) {
    fail(token, now, &setback);
    return;
  }
  if (!reopen(token, now)) return;
  cai_renewal_begin(&token->renewal);
  token->running = true;
  token->wallet.credential->ops->begin(token->wallet.credential);
  ask(token, now);
}

bool cai_token_want(cai_token *token, cai_now now, cai_errand *errand) {
  if (!token->has_prepared && cai_renewal_due(&token->renewal, now)) cai_token_run(token, now);
  if (!token->has_prepared) return false;
  cai_errand_fini(errand);
  *errand = token->prepared;
  cai_errand_init(&token->prepared);
  token->has_prepared = false;
  return true;
}

void cai_token_reply(cai_token *token, cai_now now, const cai_http_reply *reply) {
  if (!token->running || token->has_prepared) return;
  cai_credential *credential = token->wallet.credential;
  cai_outcome outcome;
  cai_outcome_init(&outcome);
  switch (credential->ops->feed(credential, now, reply, &outcome)) {
    case CAI_STEP_ASK: ask(token, now); break;
    case CAI_STEP_DONE: accept(token, now, &outcome); break;
    case CAI_STEP_FAILED: fail(token, now, &outcome.setback); break;
  }
  cai_outcome_fini(&outcome);
}

int64_t cai_token_due_ms(const cai_token *token, cai_now now) {
  return token->has_prepared ? 0 : cai_renewal_due_ms(&token->renewal, now);
}

void cai_token_prefetch(cai_token *token, cai_now now) {
  if (!cai_wallet_exchanges(&token->wallet)) return;
  if (cai_token_phase(token, now) != CAI_FRESHNESS_FRESH) cai_renewal_want(&token->renewal, now);
}
