/* SPDX-License-Identifier: MIT
 *
 * Of Google Distributed Cloud, whose servers are the customer's own. */
#include "gdch.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "../../base/alloc.h"
#include "../../base/json.h"
#include "../../base/scan.h"
#include "../../base/url.h"
#include "../exchange/signer.h"
#include "chatabi.h"

enum { MAX_NAME = 1024, MAX_ORIGIN = 1024 };

static const char grant_type[] = "urn:ietf:params:oauth:token-type:token-exchange";
static const char token_type[] = "urn:ietf:params:oauth:token-type:access_token";
static const char subject_type[] = "urn:k8s:params:oauth:token-type:serviceaccount";

typedef struct gdch {
  cai_credential base;
  char *token_uri;
  char *audience;
  char *ca_file; /* NULL: as configured for the client */
  cai_signer signer;
  char *assertion; /* secret, the last one that was sent; NULL: none yet */
} gdch;

static gdch *of(cai_credential *credential) { return (gdch *)credential; }

static void begin(cai_credential *credential) { of(credential)->signer.corrected = false; }

static int write_body(gdch *account, cai_now now, cai_buf *body) {
  cai_buf jwt;
  cai_buf_init_secret(&jwt, CAI_SIGNER_MAX);
  const char *name = account->base.principal;
  const cai_claims claims = {.issuer = name, .subject = name, .audience = account->token_uri};
  int error = cai_signer_sign(&account->signer, now, &claims, &jwt);
  if (!error) {
    cai_scan_write_text(body, "grant_type", grant_type);
    cai_scan_write_text(body, "audience", account->audience);
    cai_scan_write_text(body, "requested_token_type", token_type);
    cai_scan_write_text(body, "subject_token", jwt.data);
    cai_scan_write_text(body, "subject_token_type", subject_type);
    error = cai_buf_byte(body, '}');
  }
  if (!error) {
    cai_free_secret(account->assertion);
    account->assertion = cai_buf_take(&jwt);
  }
  cai_buf_fini(&jwt);
  return error;
}

static cai_step ask(cai_credential *credential, cai_now now, cai_errand *errand, cai_outcome *outcome) {
  gdch *account = of(credential);
  cai_http_request *request = &errand->http;
  request->method = "POST";
  if (cai_strset(&request->url, account->token_uri) || cai_strset(&request->ca_file, account->ca_file) ||
      cai_headers_set(&request->headers, "Accept", "application/json") ||
      cai_headers_set(&request->headers, "Content-Type", "application/json"))
    return cai_outcome_nomem(outcome);
  int error = write_body(account, now, &request->body);
  if (!error) return CAI_STEP_ASK;
  if (error == CHATABI_E_NOMEM) return cai_outcome_nomem(outcome);
  outcome->setback.stage = CAI_STAGE_STS;
  cai_err_set(&outcome->setback.err, CHATABI_E_AUTH_SOURCE, "Signing with \"private_key\" of %s failed.",
              credential->origin);
  return CAI_STEP_FAILED;
}

static cai_step feed(cai_credential *credential, cai_now now, const cai_http_reply *reply, cai_outcome *outcome) {
  gdch *account = of(credential);
  char server[300];
  snprintf(server, sizeof server, "the token endpoint %.250s", account->token_uri);
  const char *const secrets[] = {account->assertion, NULL};
  const cai_exchange exchange = {.stage = CAI_STAGE_STS,
                                 .server = server,
                                 .origin = credential->origin,
                                 .advice =
                                     "The key was deleted, or the service identity is gone: make a new key with "
                                     "gdcloud and use its file.",
                                 .secrets = secrets,
                                 .principal = credential->principal,
                                 .dated = !account->signer.corrected,
                                 .dated_skew_ms = account->signer.skew_ms};
  if (!cai_grant_read(&outcome->grant, &exchange, now, reply, &outcome->setback)) return CAI_STEP_DONE;
  return cai_signer_corrects(&account->signer, &outcome->setback, credential->log) ? CAI_STEP_ASK : CAI_STEP_FAILED;
}

static void release(cai_credential *credential) {
  gdch *account = of(credential);
  cai_signer_fini(&account->signer);
  cai_free_secret(account->assertion);
  cai_free(account->token_uri);
  cai_free(account->audience);
  cai_free(account->ca_file);
  cai_credential_fini(credential);
  cai_free(account);
}

static const cai_credential_ops ops = {"gdch_service_account", begin, ask, feed, release, NULL, 0};

/* ---- the file ---- */

static int check_version(const cai_document *document, cai_err *err) {
  const char *version = cai_document_need(document, "format_version", err);
  if (!version) return err->code;
  if (strcmp(version, "1") == 0) return 0;
  return cai_err_set(err, CHATABI_E_UNSUPPORTED,
                     "\"format_version\" in %s is \"%.32s\": this version of chatabi knows \"1\".", document->origin,
                     version);
}

static int read_token_uri(gdch *account, const cai_document *document, cai_err *err) {
  const char *uri = cai_document_need(document, "token_uri", err);
  if (!uri) return err->code;
  if (cai_guard_check_exchange(document->guard, CAI_GUARD_HTTPS, uri, "token_uri", document->origin, err))
    return err->code;
  return cai_strset(&account->token_uri, uri) ? cai_err_nomem(err) : 0;
}

static int read_ca_file(gdch *account, const cai_document *document, cai_err *err) {
  const char *path;
  struct stat info;
  if (cai_document_get(document, "ca_cert_path", &path, err)) return err->code;
  if (path && (stat(path, &info) != 0 || !S_ISREG(info.st_mode)))
    return cai_err_set(err, CHATABI_E_AUTH_SOURCE,
                       "\"ca_cert_path\" in %s names %s, and there is no such regular file: put the CA's certificate "
                       "there.",
                       document->origin, path);
  return cai_strset(&account->ca_file, path) ? cai_err_nomem(err) : 0;
}

static int take_origin(gdch *account, const char *base_url, cai_err *err) {
  cai_url parts;
  cai_buf out;
  if (!cai_url_parse(base_url, &parts))
    return cai_err_set(err, CHATABI_E_AUTH_SOURCE, "The option base_url is no http or https URL: set it right.");
  bool usual = strcmp(parts.port, strcmp(parts.scheme, "https") == 0 ? "443" : "80") == 0;
  cai_buf_init(&out, MAX_ORIGIN);
  cai_buf_format(&out, "%s://%s%s%s", parts.scheme, parts.host, usual ? "" : ":", usual ? "" : parts.port);
  account->audience = cai_buf_take(&out);
  cai_buf_fini(&out);
  cai_url_fini(&parts);
  return account->audience ? 0 : cai_err_nomem(err);
}

/* The file has no member for it by design: it is where the token will be used. */
static int read_audience(gdch *account, const cai_document *document, cai_err *err) {
  const char *audience, *base_url = document->guard->base_url;
  if (cai_document_get(document, "audience", &audience, err)) return err->code;
  if (audience) return cai_strset(&account->audience, audience) ? cai_err_nomem(err) : 0;
  if (base_url) return take_origin(account, base_url, err);
  return cai_err_set(err, CHATABI_E_AUTH_SOURCE,
                     "%s does not say whom its token is for: set the option base_url to the server's URL.",
                     document->origin);
}

static int read_names(gdch *account, const cai_document *document, cai_err *err) {
  const char *project = cai_document_need(document, "project", err);
  const char *name = project ? cai_document_need(document, "name", err) : NULL;
  const char *key_id = name ? cai_document_need(document, "private_key_id", err) : NULL;
  if (!key_id) return err->code;
  cai_buf principal;
  cai_buf_init(&principal, MAX_NAME);
  int error = cai_buf_format(&principal, "system:serviceaccount:%s:%s", project, name);
  account->base.principal = cai_buf_take(&principal);
  cai_buf_fini(&principal);
  if (error == CHATABI_E_TOO_LARGE)
    return cai_err_set(err, CHATABI_E_AUTH_SOURCE, "\"project\" and \"name\" in %s are too long.", document->origin);
  if (!account->base.principal || cai_strset(&account->base.project_id, project)) return cai_err_nomem(err);
  return 0;
}

static int read_file(gdch *account, const cai_document *document, cai_err *err) {
  if (cai_credential_init(&account->base, &ops, document->origin, document->log)) return cai_err_nomem(err);
  if (check_version(document, err) || read_names(account, document, err) || read_token_uri(account, document, err) ||
      read_ca_file(account, document, err) || read_audience(account, document, err))
    return err->code;
  return cai_signer_init(&account->signer, CAI_JWT_ES256, document, err);
}

cai_credential *cai_gdch_new(const cai_document *document, cai_err *err) {
  gdch *account = cai_calloc(1, sizeof *account);
  if (!account) {
    cai_err_nomem(err);
    return NULL;
  }
  if (read_file(account, document, err)) {
    release(&account->base);
    return NULL;
  }
  return &account->base;
}
