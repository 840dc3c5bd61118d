/* SPDX-License-Identifier: MIT
 *
 * Plain http to a fixed address, so never through a proxy. Request and reply both carry "Metadata-Flavor: Google": a
 * captive portal that answers everything does not. */
#include "metadata.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "../../base/alloc.h"
#include "../../base/json.h"
#include "../../base/url.h"
#include "chatabi.h"

enum {
  TIMEOUT_MS = 3000,
  SHORT_TIMEOUT_MS = 1500,
  EMAIL_TIMEOUT_MS = 1000,
  MAX_URL = 2048,
  MAX_WORD = 256,
  REMEMBER_ABSENT_MS = 60000
};
enum { MAX_MISSES = 3 };

const char cai_metadata_remedy[] =
    "Run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS to a credential file.";

/* What a run asks for, in this order. Universe and email once; they may be missing. */
typedef enum stage { STAGE_PROJECT, STAGE_UNIVERSE, STAGE_EMAIL, STAGE_TOKEN } stage;

typedef struct metadata {
  cai_credential base;
  char *url;       /* http://169.254.169.254 */
  char *account;   /* in the URL: "default" or an email */
  char *absent;    /* see cai_metadata_config; NULL too once it has answered */
  unsigned misses; /* in a row that may pass */
  char *wanted_universe;
  bool want_project, patient, universe_known, email_known;
  stage stage;
} metadata;

static metadata *of(cai_credential *credential) { return (metadata *)credential; }

static bool is_needed(const metadata *server, stage at) {
  switch (at) {
    case STAGE_PROJECT: return server->want_project && !server->base.project_id;
    case STAGE_UNIVERSE: return !server->universe_known;
    case STAGE_EMAIL: return !server->email_known;
    default: return true;
  }
}

static void go_on_from(metadata *server, stage at) {
  while (!is_needed(server, at)) at++;
  server->stage = at;
}

static void begin(cai_credential *credential) { go_on_from(of(credential), STAGE_PROJECT); }

static void write_path(const metadata *server, cai_buf *url) {
  switch (server->stage) {
    case STAGE_PROJECT: cai_buf_text(url, "project/project-id"); break;
    case STAGE_UNIVERSE: cai_buf_text(url, "universe/universe-domain"); break;
    case STAGE_EMAIL: cai_buf_format(url, "instance/service-accounts/%s/email", server->account); break;
    default: cai_buf_format(url, "instance/service-accounts/%s/token?scopes=%s", server->account, CAI_GRANT_SCOPE);
  }
}

static cai_step ask(cai_credential *credential, cai_now now, cai_errand *errand, cai_outcome *outcome) {
  const metadata *server = of(credential);
  cai_http_request *request = &errand->http;
  (void)now;
  cai_buf url;
  cai_buf_init(&url, MAX_URL);
  cai_buf_format(&url, "%s/computeMetadata/v1/", server->url);
  write_path(server, &url);
  request->method = "GET";
  request->no_proxy = true;
  request->timeout_ms = server->stage == STAGE_EMAIL ? EMAIL_TIMEOUT_MS
                        : server->patient            ? TIMEOUT_MS
                                                     : SHORT_TIMEOUT_MS;
  request->url = cai_buf_take(&url);
  cai_buf_fini(&url);
  if (!request->url || cai_headers_set(&request->headers, "Metadata-Flavor", "Google"))
    return cai_outcome_nomem(outcome);
  return CAI_STEP_ASK;
}

static bool has_flavor(const cai_http_reply *reply) {
  const char *flavor = cai_headers_get(&reply->headers, "Metadata-Flavor");
  return flavor && strcasecmp(flavor, "Google") == 0;
}

static bool is_busy(int status) { return status == 429 || status >= 500; }

/* A machine that has just started answers late, or not yet. Where nothing listens, waiting would help nobody. */
static bool may_pass(const cai_http_reply *reply) {
  int code = reply->err.code;
  if (reply->status) return is_busy(reply->status);
  return code == CHATABI_E_TIMEOUT || code == CHATABI_E_DISCONNECT || code == CHATABI_E_TRUNCATED;
}

static const char *reason(const cai_http_reply *reply) {
  if (is_busy(reply->status)) return "it answered that it cannot serve now";
  if (reply->status) return "what answered is not Google's metadata server";
  return reply->err.message[0] ? reply->err.message : cai_err_text(reply->err.code);
}

/* On a machine outside of Google's cloud that is how the search for credentials ends. */
static cai_step end_search(metadata *server, const cai_http_reply *reply, cai_setback *setback) {
  setback->stage = CAI_STAGE_LOCATE;
  setback->transient = may_pass(reply) && ++server->misses < MAX_MISSES && server->patient;
  if (!setback->transient) {
    server->misses = 0;
    setback->retry_after_ms = REMEMBER_ABSENT_MS;
  }
  snprintf(setback->hint, sizeof setback->hint, "%s", cai_metadata_remedy);
  cai_err_set(&setback->err, CHATABI_E_AUTH_SOURCE,
              "No Google credentials were found. Searched: %s; the metadata server at %s (%s). %s", server->absent,
              server->url, reason(reply), cai_metadata_remedy);
  return CAI_STEP_FAILED;
}

/* Nothing is there, or something else. */
static cai_step miss(metadata *server, const cai_http_reply *reply, cai_outcome *outcome) {
  cai_setback *setback = &outcome->setback;
  setback->http_status = reply->status;
  if (server->absent) return end_search(server, reply, setback);
  setback->stage = CAI_STAGE_METADATA;
  setback->transient = reply->status == 0 || is_busy(reply->status);
  cai_err_set(&setback->err, reply->status ? CHATABI_E_AUTH_SOURCE : CHATABI_E_AUTH_EXCHANGE,
              "No token from the metadata server at %s: %s. It exists only on Google Cloud machines.", server->url,
              reason(reply));
  return CAI_STEP_FAILED;
}

static cai_step refuse(const metadata *server, const cai_exchange *exchange, cai_now now, const cai_http_reply *reply,
                       cai_outcome *outcome) {
  cai_setback *setback = &outcome->setback;
  cai_setback_read(setback, exchange, now, reply);
  if (reply->status == 404 && server->stage == STAGE_TOKEN)
    cai_err_set(&setback->err, CHATABI_E_AUTH_SOURCE,
                "The metadata server at %s knows no service account \"%s\": attach one to this machine or service.",
                server->url, server->account);
  else if (reply->status == 403)
    cai_err_set(&setback->err, CHATABI_E_AUTH_EXCHANGE,
                "The metadata server at %s refused a token (HTTP status 403): give the machine the access scope "
                "cloud-platform, and its service account the permission.",
                server->url);
  else if (reply->status == 404)
    cai_err_set(&setback->err, CHATABI_E_AUTH_SOURCE,
                "The metadata server at %s does not know the project: set the option project.", server->url);
  return CAI_STEP_FAILED;
}

/* It becomes part of URLs and messages. */
static bool is_visible(const char *text, size_t len) {
  for (size_t i = 0; i < len; i++)
    if (text[i] <= 0x20 || text[i] >= 0x7f) return false;
  return true;
}

/* One word of the reply, without the white space around it; NULL and a code when it is none. */
static char *read_word(const cai_http_reply *reply, int *error) {
  const char *text = cai_buf_view(&reply->body);
  size_t len = strcspn(text, " \t\r\n");
  *error = 0;
  if (len == 0 || len > MAX_WORD || !is_visible(text, len)) return NULL;
  char *word = cai_strndup(text, len);
  if (!word) *error = CHATABI_E_NOMEM;
  return word;
}

static cai_step keep_project(metadata *server, const cai_http_reply *reply, cai_outcome *outcome) {
  int error;
  server->base.project_id = read_word(reply, &error);
  if (error) return cai_outcome_nomem(outcome);
  if (!server->base.project_id) {
    outcome->setback.transient = true;
    outcome->setback.stage = CAI_STAGE_METADATA;
    cai_err_set(&outcome->setback.err, CHATABI_E_AUTH_EXCHANGE,
                "The metadata server at %s gave no usable project id: set the option project.", server->url);
    return CAI_STEP_FAILED;
  }
  go_on_from(server, STAGE_UNIVERSE);
  return CAI_STEP_ASK;
}

static cai_step refuse_universe(const metadata *server, cai_outcome *outcome) {
  const char *own = server->base.universe_domain;
  outcome->setback.stage = CAI_STAGE_METADATA;
  cai_err_set(&outcome->setback.err, CHATABI_E_AUTH_HOST,
              "The metadata server at %s belongs to the universe %.100s, but this client is set to %.100s. Set the "
              "option universe_domain to %.100s.",
              server->url, own, server->wanted_universe, own);
  return CAI_STEP_FAILED;
}

/* Google's own cloud has no such entry, or an empty one. */
static cai_step keep_universe(metadata *server, const cai_http_reply *reply, cai_outcome *outcome) {
  int error = 0;
  char *word = reply->status == 200 ? read_word(reply, &error) : NULL;
  if (!word && !error && !(word = cai_strdup("googleapis.com"))) error = CHATABI_E_NOMEM;
  if (error) return cai_outcome_nomem(outcome);
  cai_free(server->base.universe_domain);
  server->base.universe_domain = word;
  if (strcmp(word, server->wanted_universe) != 0) return refuse_universe(server, outcome);
  server->universe_known = true;
  go_on_from(server, STAGE_EMAIL);
  return CAI_STEP_ASK;
}

/* Only for the status. */
static cai_step keep_email(metadata *server, const cai_http_reply *reply, cai_outcome *outcome) {
  int error = 0;
  char *word = reply->status == 200 ? read_word(reply, &error) : NULL;
  if (error) return cai_outcome_nomem(outcome);
  if (word) {
    cai_free(server->base.principal);
    server->base.principal = word;
  }
  server->email_known = true;
  go_on_from(server, STAGE_TOKEN);
  return CAI_STEP_ASK;
}

static cai_step keep_needed(metadata *server, cai_now now, const cai_http_reply *reply, cai_outcome *outcome) {
  char who[300];
  snprintf(who, sizeof who, "the metadata server at %.250s", server->url);
  cai_exchange exchange = {.stage = CAI_STAGE_METADATA,
                           .server = who,
                           .origin = server->base.origin,
                           .advice = "",
                           .principal = server->base.principal};
  if (reply->status != 200) return refuse(server, &exchange, now, reply, outcome);
  if (server->stage == STAGE_PROJECT) return keep_project(server, reply, outcome);
  return cai_grant_read(&outcome->grant, &exchange, now, reply, &outcome->setback) ? CAI_STEP_FAILED : CAI_STEP_DONE;
}

/* What is only good to know must not keep the token waiting, now or another time. */
static cai_step skip(metadata *server) {
  server->email_known = true;
  go_on_from(server, server->stage + 1);
  return CAI_STEP_ASK;
}

static cai_step feed(cai_credential *credential, cai_now now, const cai_http_reply *reply, cai_outcome *outcome) {
  metadata *server = of(credential);
  if (!has_flavor(reply)) return server->stage == STAGE_EMAIL ? skip(server) : miss(server, reply, outcome);
  cai_free(server->absent);
  server->absent = NULL;
  server->base.doubtful = false;
  if (is_busy(reply->status) && server->stage == STAGE_EMAIL) return skip(server);
  if (!is_busy(reply->status) && server->stage == STAGE_EMAIL) return keep_email(server, reply, outcome);
  if (!is_busy(reply->status) && server->stage == STAGE_UNIVERSE) return keep_universe(server, reply, outcome);
  return keep_needed(server, now, reply, outcome);
}

static void release(cai_credential *credential) {
  metadata *server = of(credential);
  cai_free(server->url);
  cai_free(server->account);
  cai_free(server->absent);
  cai_free(server->wanted_universe);
  cai_credential_fini(credential);
  cai_free(server);
}

static const cai_credential_ops ops = {
    "metadata_server", begin, ask, feed, release, NULL, CAI_TELLS_PROJECT | CAI_IS_METADATA};

char *cai_metadata_base(const char *host) {
  cai_buf url;
  cai_buf_init(&url, MAX_URL);
  if (!host) host = "169.254.169.254";
  size_t skip = strncmp(host, "http://", 7) == 0 ? 7 : 0;
  cai_buf_format(&url, "http://%s", host + skip);
  if (!url.error && url.data[url.len - 1] == '/') url.data[url.len - 1] = '\0';
  char *text = cai_buf_take(&url);
  cai_buf_fini(&url);
  return text;
}

/* It becomes part of the URL as it is. */
static bool is_account(const char *text) {
  static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.@+:";
  return strspn(text, allowed) == strlen(text) && !strstr(text, "..");
}

static int check(const metadata *server, const char *account, cai_err *err) {
  cai_url parts;
  bool usable = cai_url_parse(server->url, &parts) && strcmp(parts.path, "/") == 0 && !parts.query;
  cai_url_fini(&parts);
  if (!usable)
    return cai_err_set(err, CHATABI_E_AUTH_SOURCE,
                       "GCE_METADATA_HOST must be host or host:port; it makes the address \"%.200s\".", server->url);
  if (!is_account(account))
    return cai_err_set(err, CHATABI_E_AUTH_SOURCE,
                       "The value of the credential source \"metadata\" is no service account's email.");
  return 0;
}

static int fill(metadata *server, const cai_metadata_config *config, cai_log *log, cai_err *err) {
  const char *account = config->account && *config->account ? config->account : "default";
  server->want_project = config->want_project;
  server->patient = config->patient;
  server->base.doubtful = config->absent != NULL;
  server->email_known = config->account && *config->account;
  server->url = cai_metadata_base(config->host);
  if (!server->url || cai_credential_init(&server->base, &ops, "the metadata server", log) ||
      cai_strset(&server->base.principal, account) || cai_strset(&server->account, account) ||
      cai_strset(&server->absent, config->absent) || cai_strset(&server->wanted_universe, config->universe_domain))
    return cai_err_nomem(err);
  return check(server, account, err);
}

cai_credential *cai_metadata_new(const cai_metadata_config *config, cai_log *log, cai_err *err) {
  metadata *server = cai_calloc(1, sizeof *server);
  if (!server) {
    cai_err_nomem(err);
    return NULL;
  }
  if (fill(server, config, log, err)) {
    release(&server->base);
    return NULL;
  }
  return &server->base;
}
