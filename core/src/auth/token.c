/* SPDX-License-Identifier: MIT
 *
 * An exchange is prepared as soon as a lease finds that it must wait, not when it is asked for: whatever fails without
 * the network (a file that changed and is broken now) then fails that lease, which would otherwise wait for a reply
 * that never comes. */
#include "token.h"

#include <string.h>

#include "../base/alloc.h"
#include "../base/timestamp.h"
#include "chatabi.h"
#include "token_state.h"

enum { MAX_FORCED = 5, FORGET_FORCED_MS = 10000, MIN_LIFE_MS = 1000 };

static void init_fixed(cai_token *token, const cai_auth *auth) {
  if (auth->source == CAI_SOURCE_API_KEY && auth->key_style == CAI_KEY_GOOGLE)
    cai_fixed_init(&token->fixed, "API key", "x-goog-api-key", "");
  else
    cai_fixed_init(&token->fixed, auth->source == CAI_SOURCE_API_KEY ? "API key" : "access token", "Authorization",
                   "Bearer ");
  token->fixed.variables = auth->key_variables;
}

cai_token *cai_token_new(const cai_auth *auth, const cai_places *places, cai_log *log) {
  cai_token *token = cai_calloc(1, sizeof *token);
  if (!token) return NULL;
  token->log = log;
  token->key_style = auth->key_style;
  token->generation = 1;
  token->remedy = CAI_REMEDY_SAME;
  cai_renewal_init(&token->renewal, (uint32_t)((uintptr_t)token >> 4) ^ (uint32_t)cai_clock_now().wall_ms);
  cai_errand_init(&token->prepared);
  init_fixed(token, auth);
  bool fixed = auth->source == CAI_SOURCE_TOKEN || auth->source == CAI_SOURCE_API_KEY;
  if (cai_wallet_init(&token->wallet, auth, places, log) || (fixed && cai_fixed_set(&token->fixed, auth->value))) {
    cai_token_free(token);
    return NULL;
  }
  return token;
}

void cai_token_free(cai_token *token) {
  if (!token) return;
  cai_wallet_fini(&token->wallet);
  cai_fixed_fini(&token->fixed);
  cai_errand_fini(&token->prepared);
  cai_free_secret(token->header);
  cai_free(token);
}

static cai_freshness phase_of(const cai_token *token, cai_now now) {
  if (!token->header || token->rejected) return CAI_FRESHNESS_OVER;
  return cai_expiry_freshness(&token->expiry, now);
}

/* 0: not usable. */
static int64_t left_ms(const cai_token *token, cai_now now) {
  return phase_of(token, now) == CAI_FRESHNESS_OVER ? 0 : cai_expiry_left_ms(&token->expiry, now);
}

/* ---- an exchange, from its beginning to its end ---- */

static void drop_prepared(cai_token *token) {
  cai_errand_fini(&token->prepared);
  cai_errand_init(&token->prepared);
  token->has_prepared = false;
}

static void fail(cai_token *token, cai_now now, const cai_setback *setback) {
  /* What one server refused may still do for all others, and there is nothing better now. */
  if (setback->transient) token->rejected = false;
  int64_t usable_ms = left_ms(token, now);
  token->running = false;
  token->failures++;
  cai_renewal_failed(&token->renewal, now, setback, usable_ms);
  cai_log_add(token->log, usable_ms ? CAI_LOG_INFO : CAI_LOG_WARN, "token: renewal failed%s, next try in %lld ms: %s",
              usable_ms ? ", the old one is still good" : "", (long long)(token->renewal.next_boot_ms - now.boot_ms),
              setback->err.message);
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

static void start(cai_token *token, cai_now now) {
  cai_setback setback;
  cai_setback_clear(&setback);
  cai_renewal_begin(&token->renewal);
  if (cai_wallet_open(&token->wallet, &setback.err)) {
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
  if (!token->has_prepared && cai_renewal_due(&token->renewal, now)) start(token, now);
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
  if (phase_of(token, now) != CAI_FRESHNESS_FRESH) cai_renewal_want(&token->renewal, now);
}

/* ---- leases ---- */

/* Messages may begin with the name of what went wrong: "the token endpoint ...". */
static cai_lease_state refuse_with(const cai_err *from, cai_err *err) {
  if (!err) return CAI_LEASE_FAILED;
  *err = *from;
  if (strncmp(err->message, "the ", 4) == 0) err->message[0] = 'T';
  return CAI_LEASE_FAILED;
}

/* The same with all that is known about it. */
static cai_lease_state refuse(cai_token *token, const cai_setback *setback, cai_err *err) {
  token->refusal = *setback;
  return refuse_with(&setback->err, err);
}

static cai_lease_state refuse_source(cai_token *token, const cai_err *from, cai_err *err) {
  cai_setback_clear(&token->refusal);
  token->refusal.stage = CAI_STAGE_LOCATE;
  token->refusal.err = *from;
  return refuse_with(from, err);
}

/* For the status; the next lease looks again. */
static cai_lease_state refuse_search(cai_token *token, const cai_err *from, cai_err *err) {
  cai_lease_state state = refuse_source(token, from, err);
  token->renewal.last = token->refusal;
  token->failures++;
  return state;
}

static void describe(cai_token *token, cai_lease *lease) {
  lease->project = cai_wallet_project(&token->wallet);
  lease->location = cai_wallet_location(&token->wallet);
  lease->quota_project = cai_wallet_quota_project(&token->wallet);
  lease->generation = token->generation;
}

static cai_lease_state hand_out(cai_token *token, cai_lease *lease) {
  lease->header = "Authorization";
  lease->value = token->header;
  describe(token, lease);
  return CAI_LEASE_READY;
}

static int check_host(const cai_token *token, const char *url, cai_err *err) {
  cai_source source = token->wallet.source;
  if (source == CAI_SOURCE_NONE) return 0;
  if (source == CAI_SOURCE_API_KEY && token->key_style == CAI_KEY_BEARER)
    return cai_guard_check_key(&token->wallet.guard, url, err);
  return cai_guard_check_google(&token->wallet.guard, url, err);
}

static cai_lease_state lease_fixed(cai_token *token, bool with_value, cai_lease *lease, cai_err *err) {
  describe(token, lease);
  if (token->wallet.source == CAI_SOURCE_NONE) return CAI_LEASE_READY;
  cai_err own;
  if (cai_fixed_check(&token->fixed, &own)) return refuse_source(token, &own, err);
  if (!with_value) return CAI_LEASE_READY;
  lease->header = token->fixed.header;
  lease->value = token->fixed.value;
  return CAI_LEASE_READY;
}

/* One whose server refused the token does not see the end of an outage in which all others go on. */
static bool is_refused(const cai_token *token, cai_now now, bool again) {
  return cai_renewal_refused(&token->renewal, now) || (again && cai_renewal_spent(&token->renewal));
}

/* Does a failure that everybody was told stand, even after a look at the file? */
static bool stands(cai_token *token, cai_now now, bool again) {
  if (!is_refused(token, now, again)) return false;
  cai_err err;
  cai_err_clear(&err);
  int changed = cai_wallet_reopen(&token->wallet, &err);
  if (changed > 0) cai_renewal_forgive(&token->renewal);
  if (changed < 0) {
    cai_setback_clear(&token->renewal.last);
    token->renewal.last.err = err;
  }
  return changed <= 0;
}

/* Nothing can be sent before an exchange: begin it, or wait for the one under way. */
static cai_lease_state wait_for_run(cai_token *token, cai_now now, bool again, cai_err *err) {
  if (stands(token, now, again)) return refuse(token, &token->renewal.last, err);
  cai_renewal_want(&token->renewal, now);
  if (cai_renewal_due(&token->renewal, now)) start(token, now);
  if (is_refused(token, now, again)) return refuse(token, &token->renewal.last, err);
  return CAI_LEASE_WAIT;
}

/* A run that ended without telling the project will not tell it the next time. */
static cai_lease_state lease_project(cai_token *token, cai_now now, cai_lease *lease, cai_err *err) {
  if (cai_wallet_project_pending(&token->wallet) && (!token->header || token->rejected)) {
    cai_lease_state state = wait_for_run(token, now, false, err);
    if (phase_of(token, now) == CAI_FRESHNESS_OVER && cai_wallet_project_pending(&token->wallet)) return state;
  }
  describe(token, lease);
  return CAI_LEASE_READY;
}

/* Good for seconds: worth waiting for a new one only while one is on its way. */
static cai_lease_state lease_last(cai_token *token, cai_now now, cai_lease *lease) {
  cai_renewal_want(&token->renewal, now);
  if (cai_renewal_due(&token->renewal, now)) start(token, now);
  return token->renewal.flying ? CAI_LEASE_WAIT : hand_out(token, lease);
}

static cai_freshness phase_for(const cai_token *token, cai_now now, unsigned refused) {
  return token->generation == refused ? CAI_FRESHNESS_OVER : phase_of(token, now);
}

static cai_lease_state lease_token(cai_token *token, cai_now now, unsigned refused, cai_lease *lease, cai_err *err) {
  switch (phase_for(token, now, refused)) {
    case CAI_FRESHNESS_FRESH: return hand_out(token, lease);
    case CAI_FRESHNESS_STALE: cai_renewal_want(&token->renewal, now); return hand_out(token, lease);
    case CAI_FRESHNESS_LAST: return lease_last(token, now, lease);
    case CAI_FRESHNESS_OVER: break;
  }
  cai_lease_state state = wait_for_run(token, now, token->generation == refused, err);
  /* A credential that needs no network has its token by now. */
  return phase_for(token, now, refused) == CAI_FRESHNESS_OVER ? state : hand_out(token, lease);
}

cai_lease_state cai_token_lease(cai_token *token, cai_now now, const char *url, unsigned refused, cai_lease *lease,
                                cai_err *err) {
  cai_err own;
  memset(lease, 0, sizeof *lease);
  cai_setback_clear(&token->refusal);
  if (url && check_host(token, url, &own)) return refuse_with(&own, err);
  if (!cai_wallet_exchanges(&token->wallet)) return lease_fixed(token, url != NULL, lease, err);
  bool found_before = token->wallet.credential != NULL;
  if (cai_wallet_open(&token->wallet, &own)) return refuse_search(token, &own, err);
  if (!found_before) cai_renewal_forgive(&token->renewal);
  return url ? lease_token(token, now, refused, lease, err) : lease_project(token, now, lease, err);
}

/* The server's clock minus ours; 0 when it did not say. */
static int64_t skew_of(const char *date, cai_now now) {
  int64_t server_ms = cai_timestamp_http(date);
  return server_ms < 0 ? 0 : server_ms - now.wall_ms;
}

static cai_remedy ask_remedy(cai_credential *credential, int64_t skew_ms) {
  return credential && credential->ops->reject ? credential->ops->reject(credential, skew_ms) : CAI_REMEDY_SAME;
}

/* Somebody else was told before, or the token was renewed meanwhile: then what helps them helps this one. */
static bool is_news(const cai_token *token, unsigned generation) {
  return generation == token->generation && token->header && !token->rejected;
}

/* A token that is the only one to be had, or follows several that were just refused, is not what the server minds. One
 * request that nobody wants must not cost all others their token. */
static bool is_in_vain(cai_token *token, cai_now now) {
  bool unchanged = !token->renewal.last.err.code && now.boot_ms < token->renewal.next_boot_ms;
  int64_t forgotten = (now.boot_ms - token->forced_boot_ms) / FORGET_FORCED_MS;
  token->forced = forgotten < token->forced ? token->forced - forgotten : 0;
  if (unchanged || token->forced >= MAX_FORCED) return true;
  token->forced++;
  token->forced_boot_ms = now.boot_ms;
  return false;
}

cai_remedy cai_token_reject(cai_token *token, unsigned generation, cai_now now, const char *date) {
  cai_source source = token->wallet.source;
  if (source == CAI_SOURCE_NONE || source == CAI_SOURCE_API_KEY) return CAI_REMEDY_NONE;
  if (!cai_wallet_exchanges(&token->wallet)) return generation == token->generation ? CAI_REMEDY_NONE : CAI_REMEDY_SAME;
  if (!is_news(token, generation)) return token->remedy;
  token->rejections++;
  cai_remedy remedy = ask_remedy(token->wallet.credential, skew_of(date, now));
  if (remedy == CAI_REMEDY_NONE || (remedy == CAI_REMEDY_SAME && is_in_vain(token, now))) return CAI_REMEDY_NONE;
  token->remedy = remedy;
  token->rejected = true;
  cai_log_add(token->log, CAI_LOG_INFO, "token: the server did not accept it; renewing");
  return remedy;
}

const cai_setback *cai_token_setback(const cai_token *token) {
  return token->refusal.err.code ? &token->refusal : NULL;
}

const cai_setback *cai_token_trouble(const cai_token *token) {
  return token->renewal.last.err.code ? &token->renewal.last : NULL;
}

int cai_token_replace(cai_token *token, const char *value) {
  int error = cai_fixed_set(&token->fixed, value);
  if (!error) token->generation++;
  return error;
}
