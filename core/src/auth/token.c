/* SPDX-License-Identifier: MIT */
#include "token.h"

#include <string.h>

#include "../base/alloc.h"
#include "../base/timestamp.h"
#include "chatabi.h"
#include "token_state.h"

enum { MAX_FORCED = 5, FORGET_FORCED_MS = 10000 };

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
  if (cai_wallet_init(&token->wallet, auth, places, log) ||
      (fixed && cai_fixed_set(&token->fixed, auth->value, NULL))) {
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

/* `again`: its server refused the token with which all others go on. */
static bool is_refused(const cai_token *token, cai_now now, bool again) {
  return cai_renewal_refused(&token->renewal, now) || (again && cai_renewal_spent(&token->renewal, now));
}

/* Does a failure that everybody was told stand, even after a look at the file? */
static bool stands(cai_token *token, cai_now now, bool again) {
  if (!is_refused(token, now, again)) return false;
  cai_err err;
  cai_err_clear(&err);
  int changed = token->running ? 0 : cai_wallet_reopen(&token->wallet, &err);
  if (changed > 0) cai_renewal_forgive(&token->renewal);
  if (changed < 0) {
    cai_setback_clear(&token->renewal.last);
    token->renewal.last.err = err;
    token->renewal.last.transient = true; /* it may be half written */
  }
  return changed <= 0;
}

/* Nothing can be sent before an exchange: begin it, or wait for the one under way. */
static cai_lease_state wait_for_run(cai_token *token, cai_now now, bool again, cai_err *err) {
  if (stands(token, now, again)) return refuse(token, &token->renewal.last, err);
  cai_renewal_await(&token->renewal, now);
  if (cai_renewal_due(&token->renewal, now)) cai_token_run(token, now);
  if (is_refused(token, now, again)) return refuse(token, &token->renewal.last, err);
  return CAI_LEASE_WAIT;
}

/* A run that ended without telling the project will not tell it the next time. */
static cai_lease_state lease_project(cai_token *token, cai_now now, cai_lease *lease, cai_err *err) {
  if (cai_wallet_project_pending(&token->wallet) && (!token->header || token->rejected)) {
    cai_lease_state state = wait_for_run(token, now, false, err);
    if (cai_token_phase(token, now) == CAI_FRESHNESS_OVER && cai_wallet_project_pending(&token->wallet)) return state;
  }
  describe(token, lease);
  return CAI_LEASE_READY;
}

/* Good for seconds: worth waiting for a new one only while one is on its way. */
static cai_lease_state lease_last(cai_token *token, cai_now now, cai_lease *lease) {
  cai_renewal_want(&token->renewal, now);
  if (cai_renewal_due(&token->renewal, now)) cai_token_run(token, now);
  return token->renewal.flying ? CAI_LEASE_WAIT : hand_out(token, lease);
}

static cai_freshness phase_for(const cai_token *token, cai_now now, unsigned refused) {
  return token->generation == refused ? CAI_FRESHNESS_OVER : cai_token_phase(token, now);
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
  if (cai_token_open(token, &own)) return refuse_search(token, &own, err);
  return url ? lease_token(token, now, refused, lease, err) : lease_project(token, now, lease, err);
}

/* The server's clock minus ours; 0 when it did not say. */
static int64_t skew_of(const char *date, cai_now now) {
  int64_t server_ms = cai_timestamp_http(date);
  return server_ms < 0 ? 0 : server_ms - now.wall_ms;
}

/* What was done once for a token (the clock set right) helps all whose servers refused it. */
static cai_remedy ask_remedy(cai_token *token, int64_t skew_ms) {
  cai_credential *credential = token->wallet.credential;
  if (token->asked_generation == token->generation && token->remedy == CAI_REMEDY_OTHER) return token->remedy;
  token->asked_generation = token->generation;
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

/* Nothing better is to be had for now: what one server refused may still do for all others, who shall not wait. */
static bool is_the_best(const cai_token *token) { return token->renewal.last.err.code != 0; }

cai_remedy cai_token_reject(cai_token *token, unsigned generation, cai_now now, const char *date) {
  cai_source source = token->wallet.source;
  if (source == CAI_SOURCE_NONE || source == CAI_SOURCE_API_KEY) return CAI_REMEDY_NONE;
  if (!cai_wallet_exchanges(&token->wallet)) return generation == token->generation ? CAI_REMEDY_NONE : CAI_REMEDY_SAME;
  if (!is_news(token, generation)) return token->remedy;
  token->rejections++;
  cai_remedy remedy = ask_remedy(token, skew_of(date, now));
  if (remedy == CAI_REMEDY_NONE) return remedy;
  if (is_the_best(token)) return token->remedy = remedy;
  if (remedy == CAI_REMEDY_SAME && is_in_vain(token, now)) return CAI_REMEDY_NONE;
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
  bool changed;
  int error = cai_fixed_set(&token->fixed, value, &changed);
  if (!error && changed) token->generation++;
  return error;
}
