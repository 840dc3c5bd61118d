/* SPDX-License-Identifier: MIT
 *
 * The program's answer is one JSON object on its standard output; with "output_file" the program keeps its last answer
 * there, and as long as that is good the program need not run. Neither is ever shown: they hold the token.
 *
 * The user's permission comes before everything, the file included: a credential file from elsewhere must not make us
 * read what it names. */
#include "executable.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../base/alloc.h"
#include "../../base/file.h"
#include "../../base/json.h"
#include "../exchange/mask.h"
#include "argv.h"
#include "chatabi.h"

enum {
  TIMEOUT_MS = 30000,
  MIN_TIMEOUT_MS = 5000,
  MAX_TIMEOUT_MS = 120000,
  MAX_ANSWER = 1024 * 1024,
  VERSION = 1,
  SHOWN = 300
};

#define GATE "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES"
#define VARIABLE "GOOGLE_EXTERNAL_ACCOUNT_"
#define TYPE "urn:ietf:params:oauth:token-type:"

typedef struct executable {
  cai_subject base;
  const cai_places *places;
  char **argv;
  char *output_file; /* may be NULL */
  char *audience;
  char *token_type;
  char *impersonated; /* may be NULL */
  int timeout_ms;
} executable;

static executable *of(cai_subject *subject) { return (executable *)subject; }

/* ---- an answer ---- */

typedef struct answer {
  const executable *source;
  const cJSON *tree;
  char name[SHOWN]; /* for messages, the beginning of a sentence */
  bool from_file;
  cai_subject_outcome *outcome;
} answer;

static const char *member_for(const char *token_type) {
  return strcmp(token_type, TYPE "saml2") == 0 ? "saml_response" : "id_token";
}

/* Many programs print a fraction. Seconds since 1970; 0: absent, -1: unusable. */
static int64_t expiry_s(const cJSON *tree) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(tree, "expiration_time");
  if (!item || cJSON_IsNull(item)) return 0;
  if (!cJSON_IsNumber(item)) return cai_json_int(tree, "expiration_time", -1);
  double number = item->valuedouble;
  return number >= 1 && number < 9007199254740992.0 ? (int64_t)number : -1;
}

static cai_step fail_exchange(cai_subject_outcome *outcome) {
  outcome->setback.err.code = CHATABI_E_AUTH_EXCHANGE;
  return CAI_STEP_FAILED;
}

/* The program's own words are meant for the user. */
static cai_step refuse(const answer *given) {
  char code[64], message[SHOWN];
  const char *code_text = cai_json_string(given->tree, "code"), *words = cai_json_string(given->tree, "message");
  if (given->from_file) return CAI_STEP_ASK;
  if (!code_text || !words)
    return cai_subject_fail(given->outcome, "%s reports a failure without the texts \"code\" and \"message\".",
                            given->name);
  cai_mask_tidy(code, sizeof code, code_text, NULL);
  cai_mask_tidy(message, sizeof message, words, NULL);
  cai_subject_fail(given->outcome, "The program \"%.200s\" gave no token: %s (code %s).", given->source->argv[0],
                   message, code);
  return fail_exchange(given->outcome);
}

static cai_step take_token(const answer *given) {
  char shown[100];
  const char *wanted = given->source->token_type, *type = cai_json_string(given->tree, "token_type");
  const char *token = cai_json_string(given->tree, member_for(wanted));
  cai_mask_tidy(shown, sizeof shown, type, NULL);
  if (!type) return cai_subject_fail(given->outcome, "%s has no text in its member \"token_type\".", given->name);
  if (strcmp(type, wanted) != 0)
    return cai_subject_fail(given->outcome,
                            "%s has the \"token_type\" \"%s\", but \"subject_token_type\" in %s is \"%s\".",
                            given->name, shown, given->source->base.origin, wanted);
  if (!token || !*token)
    return cai_subject_fail(given->outcome, "%s has no text in its member \"%s\".", given->name, member_for(wanted));
  given->outcome->token = cai_strdup(token);
  return given->outcome->token ? CAI_STEP_DONE : cai_subject_nomem(given->outcome);
}

/* The file's answer was good once: that it has expired comes before all else. */
static cai_step take(const answer *given, cai_now now) {
  int64_t until_s = expiry_s(given->tree);
  if (until_s < 0)
    return cai_subject_fail(given->outcome, "%s has no number of seconds since 1970 in its member \"expiration_time\".",
                            given->name);
  if (until_s == 0 && given->source->output_file)
    return cai_subject_fail(given->outcome,
                            "%s has no member \"expiration_time\", which is needed together with \"output_file\".",
                            given->name);
  if (until_s == 0 || until_s > now.wall_ms / 1000) return take_token(given);
  if (given->from_file) return CAI_STEP_ASK;
  cai_subject_fail(given->outcome, "%s has expired already (\"expiration_time\" %lld): check this machine's clock.",
                   given->name, (long long)until_s);
  return fail_exchange(given->outcome);
}

static cai_step judge(const answer *given, cai_now now) {
  const cJSON *success = cJSON_GetObjectItemCaseSensitive(given->tree, "success");
  int64_t version = cai_json_int(given->tree, "version", -1);
  if (!cJSON_IsObject(given->tree)) return cai_subject_fail(given->outcome, "%s is no JSON object.", given->name);
  if (version < 0)
    return cai_subject_fail(given->outcome, "%s has no whole number in its member \"version\".", given->name);
  if (version != VERSION)
    return cai_subject_fail(given->outcome, "%s is of version %lld; this chatabi knows version %d.", given->name,
                            (long long)version, VERSION);
  if (!cJSON_IsBool(success))
    return cai_subject_fail(given->outcome, "%s has neither true nor false in its member \"success\".", given->name);
  return cJSON_IsTrue(success) ? take(given, now) : refuse(given);
}

static cai_step read_answer(answer *given, const cai_buf *text, cai_now now) {
  cai_err err;
  cJSON *tree = cai_json_parse(cai_buf_view(text), text->len, given->name, &err);
  if (!tree) return cai_subject_fail(given->outcome, "%s", err.message);
  given->tree = tree;
  cai_step step = judge(given, now);
  cai_json_free_secret(tree);
  return step;
}

/* ---- the output file ---- */

static bool is_blank(const cai_buf *text) { return strspn(cai_buf_view(text), " \t\r\n") == text->len; }

/* ASK: the program must run. */
static cai_step read_file(executable *source, cai_now now, cai_subject_outcome *outcome) {
  answer given = {.source = source, .from_file = true, .outcome = outcome};
  cai_buf text;
  cai_step step = CAI_STEP_ASK;
  snprintf(given.name, sizeof given.name, "The \"output_file\" %.200s", source->output_file);
  cai_buf_init_secret(&text, MAX_ANSWER);
  char reason[128];
  int error = cai_file_read(source->output_file, &text);
  if (error == ENOMEM)
    step = cai_subject_nomem(outcome);
  else if (error && error != ENOENT)
    step =
        cai_subject_fail(outcome, "%s cannot be read: %s.", given.name, cai_file_reason(error, reason, sizeof reason));
  else if (!error && !is_blank(&text))
    step = read_answer(&given, &text, now);
  cai_buf_fini(&text);
  return step;
}

/* ---- the program ---- */

/* What it is told depends on the account. A host that is itself such a program has these set for another one. */
static void drop_stale(char **env) {
  static const char *const names[] = {VARIABLE "IMPERSONATED_EMAIL=", VARIABLE "OUTPUT_FILE="};
  char **to = env;
  for (; *env; env++) {
    if (strncmp(*env, names[0], strlen(names[0])) != 0 && strncmp(*env, names[1], strlen(names[1])) != 0)
      *to++ = *env;
    else
      cai_free_secret(*env);
  }
  *to = NULL;
}

static int set_environment(const executable *source, cai_command *command) {
  if (cai_command_env(command, source->places->environment)) return CHATABI_E_NOMEM;
  drop_stale(command->env);
  if (cai_command_setenv(command, VARIABLE "AUDIENCE", source->audience) ||
      cai_command_setenv(command, VARIABLE "TOKEN_TYPE", source->token_type) ||
      cai_command_setenv(command, VARIABLE "INTERACTIVE", "0"))
    return CHATABI_E_NOMEM;
  if (source->impersonated && cai_command_setenv(command, VARIABLE "IMPERSONATED_EMAIL", source->impersonated))
    return CHATABI_E_NOMEM;
  return source->output_file ? cai_command_setenv(command, VARIABLE "OUTPUT_FILE", source->output_file) : 0;
}

static int fill_command(const executable *source, cai_command *command) {
  for (char **word = source->argv; *word; word++)
    if (cai_command_add(command, *word)) return CHATABI_E_NOMEM;
  command->timeout_ms = source->timeout_ms;
  command->max_output = MAX_ANSWER;
  return set_environment(source, command);
}

static void begin(cai_subject *subject) { (void)subject; }

static cai_step ask(cai_subject *subject, cai_now now, cai_errand *errand, cai_subject_outcome *outcome) {
  executable *source = of(subject);
  if (!source->places->allow_executables) {
    snprintf(outcome->setback.hint, sizeof outcome->setback.hint, "Set the environment variable " GATE "=1.");
    return cai_subject_fail(
        outcome,
        "The credential in %s wants to run the program \"%.200s\": if you trust that file, allow it "
        "with the environment variable " GATE "=1.",
        subject->origin, source->argv[0]);
  }
  cai_step step = source->output_file ? read_file(source, now, outcome) : CAI_STEP_ASK;
  if (step == CAI_STEP_ASK && fill_command(source, &errand->command)) return cai_subject_nomem(outcome);
  return step;
}

/* It did not run, or not to a good end. */
static cai_step miss(const cai_http_reply *reply, cai_subject_outcome *outcome) {
  int code = reply->err.code;
  bool ran = code == CHATABI_E_AUTH_EXCHANGE;
  bool configured = code == CHATABI_E_NOT_FOUND || code == CHATABI_E_AUTH_SOURCE || code == CHATABI_E_UNSUPPORTED;
  if (ran) snprintf(outcome->setback.hint, sizeof outcome->setback.hint, "Run it by hand to see why.");
  cai_subject_fail(outcome, "%s%s%s", reply->err.message[0] ? reply->err.message : cai_err_text(code), ran ? " " : "",
                   outcome->setback.hint);
  outcome->setback.transient = code == CHATABI_E_NOMEM;
  return configured ? CAI_STEP_FAILED : fail_exchange(outcome);
}

static cai_step feed(cai_subject *subject, cai_now now, const cai_http_reply *reply, cai_subject_outcome *outcome) {
  executable *source = of(subject);
  answer given = {.source = source, .outcome = outcome};
  if (reply->status != 200) return miss(reply, outcome);
  if (is_blank(&reply->body))
    return cai_subject_fail(outcome, "The program \"%.200s\" printed nothing.", source->argv[0]);
  snprintf(given.name, sizeof given.name, "What the program \"%.200s\" printed", source->argv[0]);
  return read_answer(&given, &reply->body, now);
}

/* ---- making it ---- */

static void release(cai_subject *subject) {
  executable *source = of(subject);
  cai_texts_free_secret(source->argv);
  cai_free(source->output_file);
  cai_free(source->audience);
  cai_free(source->token_type);
  cai_free(source->impersonated);
  cai_subject_fini(subject);
  cai_free(source);
}

static const cai_subject_ops ops = {"executable", begin, ask, feed, release};

static int set_command(executable *source, const cai_document *document, cai_err *err) {
  cai_command command;
  const char *text = cai_document_need(document, "command", err);
  if (!text) return CHATABI_E_AUTH_SOURCE;
  cai_command_init(&command);
  int error = cai_argv_split(text, &command);
  source->argv = command.argv;
  if (error == CHATABI_E_NOMEM) return cai_err_nomem(err);
  if (error || !source->argv[0][0])
    return cai_err_set(err, CHATABI_E_AUTH_SOURCE,
                       "\"command\" in %s is no command: it names no program, or a quote is not closed.",
                       document->origin);
  return 0;
}

static int set_timeout(executable *source, const cai_document *document, cai_err *err) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(document->root, "timeout_millis");
  int64_t ms = item && !cJSON_IsNull(item) ? cai_json_int(document->root, "timeout_millis", -1) : TIMEOUT_MS;
  source->timeout_ms = (int)ms;
  if (ms >= MIN_TIMEOUT_MS && ms <= MAX_TIMEOUT_MS) return 0;
  return cai_err_set(err, CHATABI_E_AUTH_SOURCE, "\"timeout_millis\" in %s must be a number from %d to %d.",
                     document->origin, MIN_TIMEOUT_MS, MAX_TIMEOUT_MS);
}

static bool is_known(const char *token_type) {
  return strcmp(token_type, TYPE "jwt") == 0 || strcmp(token_type, TYPE "id_token") == 0 ||
         strcmp(token_type, TYPE "saml2") == 0;
}

static int fill(executable *source, const cai_subject_plan *plan, cai_err *err) {
  const char *output_file;
  cai_document document = *plan->document;
  document.root = cJSON_GetObjectItemCaseSensitive(plan->source, "executable");
  if (cai_subject_init(&source->base, &ops, plan) || cai_strset(&source->audience, plan->audience) ||
      cai_strset(&source->token_type, plan->token_type) || cai_strset(&source->impersonated, plan->impersonated))
    return cai_err_nomem(err);
  source->places = plan->document->places;
  if (!is_known(plan->token_type))
    return cai_err_set(err, CHATABI_E_AUTH_SOURCE,
                       "\"subject_token_type\" in %s must be " TYPE "jwt, " TYPE "id_token or " TYPE
                       "saml2 for a program's token.",
                       document.origin);
  if (set_command(source, &document, err) || set_timeout(source, &document, err) ||
      cai_document_get(&document, "output_file", &output_file, err))
    return CHATABI_E_AUTH_SOURCE;
  return cai_strset(&source->output_file, output_file) ? cai_err_nomem(err) : 0;
}

cai_subject *cai_subject_executable_new(const cai_subject_plan *plan, cai_err *err) {
  executable *source = cai_calloc(1, sizeof *source);
  if (!source) {
    cai_err_nomem(err);
    return NULL;
  }
  if (fill(source, plan, err)) {
    release(&source->base);
    return NULL;
  }
  return &source->base;
}
