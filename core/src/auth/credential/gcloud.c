/* SPDX-License-Identifier: MIT
 *
 * `gcloud config config-helper` prints the token with its end, which `gcloud auth print-access-token` does not. gcloud
 * keeps its token and gives the same one until shortly before its end, unless it is told how long it must be good for
 * (--min-expiry), or to get another one (--force-auth-refresh). Source: gcloud config config-helper --help. */
#include "gcloud.h"

#include <stdio.h>
#include <string.h>

#include "../../base/alloc.h"
#include "../../base/json.h"
#include "../../base/timestamp.h"
#include "../../base/utf8.h"
#include "chatabi.h"

enum { TIMEOUT_MS = 60000, MAX_ACCOUNT = 254, MAX_LIFE_MS = 24 * 3600 * 1000, UNKNOWN_LIFE_MS = 300000 };

typedef struct gcloud {
  cai_credential base;
  const cai_places *places;
  char *account; /* NULL: gcloud's active one */
  bool forced;   /* the token that gcloud keeps was refused */
} gcloud;

static gcloud *of(cai_credential *credential) { return (gcloud *)credential; }

static void begin(cai_credential *credential) { (void)credential; }

static int add_words(const gcloud *source, cai_command *command) {
  static const char *const words[] = {"gcloud", "config", "config-helper", "--format=json"};
  char account[MAX_ACCOUNT + sizeof "--account="];
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (cai_command_add(command, words[i])) return CHATABI_E_NOMEM;
  if (cai_command_add(command, source->forced ? "--force-auth-refresh" : "--min-expiry=5m")) return CHATABI_E_NOMEM;
  if (!source->account) return 0;
  snprintf(account, sizeof account, "--account=%s", source->account);
  return cai_command_add(command, account);
}

static cai_step ask(cai_credential *credential, cai_now now, cai_errand *errand, cai_outcome *outcome) {
  const gcloud *source = of(credential);
  cai_command *command = &errand->command;
  (void)now;
  command->timeout_ms = TIMEOUT_MS;
  if (add_words(source, command) || cai_command_env(command, source->places->environment) ||
      cai_command_setenv(command, "CLOUDSDK_CORE_DISABLE_PROMPTS", "1"))
    return cai_outcome_nomem(outcome);
  return CAI_STEP_ASK;
}

/* ---- failures ---- */

#define HINT_INSTALL "Install the Google Cloud CLI or use auth \"adc\"."
#define HINT_LOGIN "Run `gcloud auth login`."

static cai_step fail(cai_outcome *outcome, int code, const char *hint, const char *what) {
  cai_setback *setback = &outcome->setback;
  setback->stage = CAI_STAGE_COMMAND;
  snprintf(setback->hint, sizeof setback->hint, "%s", hint);
  cai_err_set(&setback->err, code, "%s%s%s", what, *hint ? " " : "", hint);
  return CAI_STEP_FAILED;
}

/* It may be right next time. */
static cai_step distrust(cai_outcome *outcome, const char *hint, const char *what) {
  outcome->setback.transient = true;
  return fail(outcome, CHATABI_E_AUTH_EXCHANGE, hint, what);
}

static cai_step miss(const gcloud *source, const cai_http_reply *reply, cai_outcome *outcome) {
  char what[CAI_ERR_MESSAGE];
  const char *words = reply->err.message[0] ? reply->err.message : cai_err_text(reply->err.code);
  if (reply->err.code == CHATABI_E_NOT_FOUND)
    return fail(outcome, CHATABI_E_AUTH_SOURCE, HINT_INSTALL, "gcloud was not found in PATH.");
  if (reply->err.code == CHATABI_E_AUTH_EXCHANGE) {
    snprintf(what, sizeof what, "%.300s It has no usable sign-in%s%s, or no network.", words,
             source->account ? " of " : "", source->account ? source->account : "");
    return fail(outcome, CHATABI_E_AUTH_EXCHANGE, HINT_LOGIN, what);
  }
  bool later = reply->err.code == CHATABI_E_NOMEM;
  bool ran = reply->err.code == CHATABI_E_TIMEOUT || reply->err.code == CHATABI_E_TOO_LARGE;
  outcome->setback.transient = later;
  return fail(outcome, ran || later ? CHATABI_E_AUTH_EXCHANGE : CHATABI_E_AUTH_SOURCE, "", words);
}

/* ---- what it printed ---- */

/* "" is how gcloud prints what is not set. */
static int keep(char **slot, const cJSON *core, const char *member) {
  const char *text = core ? cai_json_string(core, member) : NULL;
  bool usable = text && *text && cai_header_is_word(text) && cai_utf8_valid(text, strlen(text));
  return usable ? cai_strset(slot, text) : 0;
}

static cai_step keep_all(gcloud *source, const cJSON *tree, int64_t life_ms, cai_outcome *outcome) {
  cai_credential *credential = &source->base;
  const cJSON *core = cai_json_object(tree, "configuration");
  core = core ? cai_json_object(core, "properties") : NULL;
  core = core ? cai_json_object(core, "core") : NULL;
  const char *token = cai_json_string(cai_json_object(tree, "credential"), "access_token");
  outcome->grant.life_ms = life_ms > MAX_LIFE_MS ? MAX_LIFE_MS : life_ms;
  if (keep(&credential->project_id, core, "project") ||
      (!source->account && keep(&credential->principal, core, "account")) ||
      cai_strset(&outcome->grant.access_token, token))
    return cai_outcome_nomem(outcome);
  return CAI_STEP_DONE;
}

static cai_step read_tree(gcloud *source, const cJSON *tree, cai_now now, cai_outcome *outcome) {
  const cJSON *object = cai_json_object(tree, "credential");
  const char *token = object ? cai_json_string(object, "access_token") : NULL;
  const char *expiry = object ? cai_json_string(object, "token_expiry") : NULL;
  if (!token || !*token)
    return fail(outcome, CHATABI_E_AUTH_EXCHANGE, HINT_LOGIN, "gcloud printed no \"access_token\".");
  if (!cai_header_is_word(token))
    return fail(outcome, CHATABI_E_AUTH_EXCHANGE, "",
                "gcloud printed an \"access_token\" that cannot be a header's value.");
  /* Of some credentials gcloud does not know the end. */
  if (!expiry || !*expiry) return keep_all(source, tree, UNKNOWN_LIFE_MS, outcome);
  int64_t until_ms = cai_timestamp_parse(expiry);
  if (until_ms < 0)
    return fail(outcome, CHATABI_E_AUTH_EXCHANGE, "Update the Google Cloud CLI.",
                "gcloud printed no moment in \"token_expiry\".");
  if (until_ms <= now.wall_ms)
    return distrust(outcome, "Check this machine's clock.", "gcloud printed a token that has expired.");
  return keep_all(source, tree, until_ms - now.wall_ms, outcome);
}

static cai_step feed(cai_credential *credential, cai_now now, const cai_http_reply *reply, cai_outcome *outcome) {
  gcloud *source = of(credential);
  cai_err err;
  source->forced = false;
  if (reply->status != 200) return miss(source, reply, outcome);
  cJSON *tree = cai_json_parse(cai_buf_view(&reply->body), reply->body.len, "What gcloud printed", &err);
  if (!tree) return distrust(outcome, "", err.message);
  cai_step step = read_tree(source, tree, now, outcome);
  cai_json_free_secret(tree);
  return step;
}

/* ---- making it ---- */

static void release(cai_credential *credential) {
  gcloud *source = of(credential);
  cai_free(source->account);
  cai_credential_fini(credential);
  cai_free(source);
}

static cai_remedy reject(cai_credential *credential, int64_t skew_ms) {
  (void)skew_ms;
  of(credential)->forced = true;
  return CAI_REMEDY_SAME;
}

static const cai_credential_ops ops = {"gcloud", begin, ask, feed, release, reject, CAI_TELLS_PROJECT};

static bool is_email(const char *text) {
  static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.@+";
  const char *at = strchr(text, '@');
  return at && at != text && at[1] && !strchr(at + 1, '@') && strspn(text, allowed) == strlen(text) &&
         strlen(text) <= MAX_ACCOUNT;
}

static int fill(gcloud *source, const char *account, cai_log *log, cai_err *err) {
  if (account && !*account) account = NULL;
  if (account && !is_email(account))
    return cai_err_set(err, CHATABI_E_AUTH_SOURCE,
                       "The value of the credential source \"gcloud\" is no account's email.");
  if (cai_credential_init(&source->base, &ops, "gcloud", log) || cai_strset(&source->base.principal, account) ||
      cai_strset(&source->account, account))
    return cai_err_nomem(err);
  return 0;
}

cai_credential *cai_gcloud_new(const cai_places *places, const char *account, cai_log *log, cai_err *err) {
  gcloud *source = cai_calloc(1, sizeof *source);
  if (!source) {
    cai_err_nomem(err);
    return NULL;
  }
  source->places = places;
  if (fill(source, account, log, err)) {
    release(&source->base);
    return NULL;
  }
  return &source->base;
}
