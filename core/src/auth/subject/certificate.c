/* SPDX-License-Identifier: MIT
 *
 * Everything is read anew for each token: certificates are replaced while we run. */
#include "certificate.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#include "../../base/alloc.h"
#include "../../base/file.h"
#include "../../base/json.h"
#include "../../base/utf8.h"
#include "../exchange/pem.h"
#include "certificate_chain.h"
#include "chatabi.h"

enum { MAX_PATH = 4096, MAX_FILE = 256 * 1024, MAX_TOKEN = 1024 * 1024, REREAD_MS = 5000 };

typedef struct certificate {
  cai_subject base;
  char *config_path; /* names the certificate and its key */
  char *chain_path;  /* NULL: only the certificate itself is shown */
  char *cert_path;   /* these two are read from the config */
  char *key_path;
} certificate;

static certificate *of(cai_subject *subject) { return (certificate *)subject; }

static void begin(cai_subject *subject) {
  certificate *source = of(subject);
  subject->client_cert = subject->client_key = NULL;
  cai_free(source->cert_path);
  cai_free(source->key_path);
  source->cert_path = source->key_path = NULL;
}

/* ---- files ---- */

/* `what` begins the sentence: "The certificate file". */
static cai_step read_file(const certificate *source, const char *what, const char *path, cai_buf *out,
                          cai_subject_outcome *outcome) {
  char reason[128];
  int error = cai_file_read(path, out);
  if (out->error == CHATABI_E_NOMEM) return cai_subject_nomem(outcome);
  if (error)
    return cai_subject_fail(outcome, "%s %s, for the credential of %s, cannot be read: %s.", what, path,
                            source->base.origin, cai_file_reason(error, reason, sizeof reason));
  return CAI_STEP_DONE;
}

static cai_step keep_path(const certificate *source, const cJSON *workload, const char *member, char **slot,
                          cai_subject_outcome *outcome) {
  const char *path = cai_json_string(workload, member);
  bool shown = path && *path && cai_utf8_valid(path, strlen(path));
  for (const char *at = path; shown && *at; at++) shown = (unsigned char)*at >= 0x20 && *at != 0x7f;
  if (!shown)
    return cai_subject_fail(outcome,
                            "The certificate config %s has no path in \"cert_configs\", \"workload\", \"%s\": it names "
                            "no certificate for workloads.",
                            source->config_path, member);
  return cai_strset(slot, path) ? cai_subject_nomem(outcome) : CAI_STEP_DONE;
}

static cai_step read_paths(certificate *source, const cai_buf *text, cai_subject_outcome *outcome) {
  cJSON *tree = cai_json_parse(cai_buf_view(text), text->len, "the config", NULL);
  if (!tree)
    return cai_subject_fail(outcome, "The certificate config %s is not valid JSON. Write it anew.",
                            source->config_path);
  const cJSON *configs = cai_json_object(tree, "cert_configs");
  const cJSON *workload = configs ? cai_json_object(configs, "workload") : NULL;
  cai_step step = keep_path(source, workload, "cert_path", &source->cert_path, outcome);
  if (step == CAI_STEP_DONE) step = keep_path(source, workload, "key_path", &source->key_path, outcome);
  cJSON_Delete(tree);
  return step;
}

static cai_step read_config(certificate *source, cai_subject_outcome *outcome) {
  cai_buf text;
  cai_buf_init(&text, MAX_FILE);
  cai_step step = read_file(source, "The certificate config", source->config_path, &text, outcome);
  if (step == CAI_STEP_DONE) step = read_paths(source, &text, outcome);
  cai_buf_fini(&text);
  return step;
}

/* ---- certificates ---- */

static cai_step load(const certificate *source, const char *what, const char *path, size_t max,
                     cai_certificate_chain *chain, cai_subject_outcome *outcome) {
  cai_buf text;
  cai_buf_init_secret(&text, MAX_FILE); /* some keep the key in the same file */
  cai_step step = read_file(source, what, path, &text, outcome);
  const char *why = step == CAI_STEP_DONE ? cai_certificate_chain_read(chain, &text, max) : NULL;
  cai_buf_fini(&text);
  if (why)
    return cai_subject_fail(outcome, "%s %s, for the credential of %s, cannot be used: %s.", what, path,
                            source->base.origin, why);
  return step;
}

/* Whoever replaces the pair writes one file after the other: between the two it is our turn to wait. */
static cai_step mismatch(const certificate *source, cai_subject_outcome *outcome) {
  cai_subject_fail(outcome,
                   "The certificate in %s does not belong to the key in %s, for the credential of %s: if they are not "
                   "being replaced right now, correct %s.",
                   source->cert_path, source->key_path, source->base.origin, source->config_path);
  outcome->setback.transient = true;
  outcome->setback.retry_after_ms = REREAD_MS;
  return CAI_STEP_FAILED;
}

static cai_step check_key(const certificate *source, X509 *cert, cai_subject_outcome *outcome) {
  cai_buf text;
  cai_buf_init_secret(&text, MAX_FILE);
  cai_step step = read_file(source, "The key file", source->key_path, &text, outcome);
  if (step == CAI_STEP_DONE) {
    const char *why;
    EVP_PKEY *key = cai_pem_private_key(cai_buf_view(&text), &why);
    if (!key)
      step = cai_subject_fail(outcome, "The key file %s, for the credential of %s, cannot be used: %s.",
                              source->key_path, source->base.origin, why);
    else if (X509_check_private_key(cert, key) != 1)
      step = mismatch(source, outcome);
    EVP_PKEY_free(key);
    ERR_clear_error();
  }
  cai_buf_fini(&text);
  return step;
}

/* ---- the token ---- */

/* The leaf first, once: the chain's file may begin with it. */
static cai_step write_token(const certificate *source, X509 *leaf, const cai_certificate_chain *chain,
                            cai_subject_outcome *outcome) {
  cai_buf token;
  cai_buf_init_secret(&token, MAX_TOKEN);
  cai_certificate_chain_append(leaf, &token);
  for (size_t i = 0; i < chain->count; i++) {
    bool same = X509_cmp(leaf, chain->certs[i]) == 0;
    if (same && i > 0) {
      cai_buf_fini(&token);
      return cai_subject_fail(
          outcome,
          "The trust chain %s, for the credential of %s, has the certificate of %s in place %zu: it "
          "must come first or not at all.",
          source->chain_path, source->base.origin, source->cert_path, i + 1);
    }
    if (!same) cai_certificate_chain_append(chain->certs[i], &token);
  }
  cai_buf_byte(&token, ']');
  outcome->token = cai_buf_take(&token);
  cai_buf_fini(&token);
  return outcome->token ? CAI_STEP_DONE : cai_subject_nomem(outcome);
}

static cai_step show(const certificate *source, cai_certificate_chain *leaf, cai_certificate_chain *others,
                     cai_subject_outcome *outcome) {
  cai_step step = load(source, "The certificate file", source->cert_path, 1, leaf, outcome);
  if (step == CAI_STEP_DONE) step = check_key(source, leaf->certs[0], outcome);
  if (step == CAI_STEP_DONE && source->chain_path)
    step = load(source, "The trust chain", source->chain_path, CAI_CERTIFICATE_CHAIN_MAX, others, outcome);
  return step == CAI_STEP_DONE ? write_token(source, leaf->certs[0], others, outcome) : step;
}

static cai_step ask(cai_subject *subject, cai_now now, cai_errand *errand, cai_subject_outcome *outcome) {
  certificate *source = of(subject);
  cai_certificate_chain leaf, others;
  (void)now;
  (void)errand;
  begin(subject);
  cai_certificate_chain_init(&leaf);
  cai_certificate_chain_init(&others);
  cai_step step = read_config(source, outcome);
  if (step == CAI_STEP_DONE) step = show(source, &leaf, &others, outcome);
  cai_certificate_chain_fini(&leaf);
  cai_certificate_chain_fini(&others);
  if (step != CAI_STEP_DONE) return step;
  subject->client_cert = source->cert_path;
  subject->client_key = source->key_path;
  return step;
}

/* There is no errand that could have a reply. */
static cai_step feed(cai_subject *subject, cai_now now, const cai_http_reply *reply, cai_subject_outcome *outcome) {
  (void)now;
  (void)reply;
  return cai_subject_fail(outcome, "A reply came that the credential of %s did not ask for.", subject->origin);
}

static void release(cai_subject *subject) {
  certificate *source = of(subject);
  begin(subject);
  cai_free(source->config_path);
  cai_free(source->chain_path);
  cai_subject_fini(subject);
  cai_free(source);
}

static const cai_subject_ops ops = {"x509", begin, ask, feed, release};

static int use_default(certificate *source, const cai_document *document, cai_err *err) {
  const cai_places *places = document->places;
  cai_buf path;
  if (places->certificate_config)
    return cai_strset(&source->config_path, places->certificate_config) ? cai_err_nomem(err) : 0;
  if (!places->gcloud_dir)
    return cai_err_set(err, CHATABI_E_AUTH_SOURCE,
                       "%s asks for the default certificate config, but there is no home directory to look in: set "
                       "GOOGLE_API_CERTIFICATE_CONFIG to its path.",
                       document->origin);
  cai_buf_init(&path, MAX_PATH);
  cai_buf_text(&path, places->gcloud_dir);
  cai_buf_text(&path, "/certificate_config.json");
  source->config_path = cai_buf_take(&path);
  cai_buf_fini(&path);
  return source->config_path ? 0 : cai_err_nomem(err);
}

static int fill(certificate *source, const cai_subject_plan *plan, cai_err *err) {
  cai_document document = *plan->document;
  document.root = cai_json_object(plan->source, "certificate");
  const cJSON *flag = cJSON_GetObjectItemCaseSensitive(document.root, "use_default_certificate_config");
  const char *location, *chain_path;
  if (cai_subject_init(&source->base, &ops, plan)) return cai_err_nomem(err);
  if (!document.root)
    return cai_err_set(err, CHATABI_E_AUTH_SOURCE, "\"certificate\" in %s is no JSON object.", document.origin);
  if (cai_document_get(&document, "certificate_config_location", &location, err) ||
      cai_document_get(&document, "trust_chain_path", &chain_path, err))
    return err->code;
  if (flag && !cJSON_IsBool(flag) && !cJSON_IsNull(flag))
    return cai_err_set(err, CHATABI_E_AUTH_SOURCE,
                       "\"use_default_certificate_config\" in %s is neither true nor false.", document.origin);
  if (cJSON_IsTrue(flag) == (location != NULL))
    return cai_err_set(err, CHATABI_E_AUTH_SOURCE,
                       "\"certificate\" in %s must have either \"use_default_certificate_config\": true or "
                       "\"certificate_config_location\", and has %s.",
                       document.origin, location ? "both" : "neither");
  if (cai_strset(&source->chain_path, chain_path) || cai_strset(&source->config_path, location))
    return cai_err_nomem(err);
  return location ? 0 : use_default(source, &document, err);
}

cai_subject *cai_subject_certificate_new(const cai_subject_plan *plan, cai_err *err) {
  certificate *source = cai_calloc(1, sizeof *source);
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
