/* SPDX-License-Identifier: MIT */
#include "credential.h"

#include <string.h>

#include "../../base/alloc.h"
#include "../../base/json.h"
#include "../../base/utf8.h"
#include "authorized_user.h"
#include "chatabi.h"
#include "external_account.h"
#include "external_user.h"
#include "gdch.h"
#include "impersonated.h"
#include "service_account.h"

enum { MAX_DEPTH = 4 };

void cai_outcome_init(cai_outcome *outcome) {
  cai_grant_init(&outcome->grant);
  cai_setback_clear(&outcome->setback);
}

void cai_outcome_fini(cai_outcome *outcome) { cai_grant_fini(&outcome->grant); }

cai_step cai_outcome_nomem(cai_outcome *outcome) {
  cai_err_nomem(&outcome->setback.err);
  outcome->setback.transient = true;
  return CAI_STEP_FAILED;
}

int cai_credential_init(cai_credential *credential, const cai_credential_ops *ops, const char *origin, cai_log *log) {
  credential->ops = ops;
  credential->log = log;
  return cai_strset(&credential->origin, origin);
}

void cai_credential_fini(cai_credential *credential) {
  cai_free(credential->origin);
  cai_free(credential->principal);
  cai_free(credential->project_id);
  cai_free(credential->quota_project_id);
  cai_free(credential->universe_domain);
}

void cai_credential_free(cai_credential *credential) {
  if (credential) credential->ops->free(credential);
}

/* ---- the types ---- */

typedef struct kind {
  const char *type;
  cai_credential *(*make)(const cai_document *document, cai_err *err);
  bool external; /* makes the process read files, ask URLs or run programs that the document names */
} kind;

static const kind kinds[] = {
    {"service_account", cai_service_account_new, false},
    {"authorized_user", cai_authorized_user_new, false},
    {"external_account", cai_external_account_new, true},
    {"external_account_authorized_user", cai_external_user_new, false},
    {"impersonated_service_account", cai_impersonated_new, false},
    {"gdch_service_account", cai_gdch_new, true},
    {"gdch_credentials", cai_gdch_new, true}, /* what Google's library for Node calls it */
};

enum { KINDS = sizeof kinds / sizeof *kinds };

#define VALID_TYPES                                                                        \
  "service_account, authorized_user, external_account, external_account_authorized_user, " \
  "impersonated_service_account, gdch_service_account"

/* An OAuth client's file is often taken for a credential: it has no login in it. */
static cai_credential *refuse_type(const cai_document *document, const char *type, cai_err *err) {
  if (type)
    cai_err_set(err, CHATABI_E_AUTH_SOURCE, "%s is a credential of the unknown type \"%.64s\". Valid are: %s.",
                document->origin, type, VALID_TYPES);
  else if (cai_json_object(document->root, "installed") || cai_json_object(document->root, "web"))
    cai_err_set(err, CHATABI_E_AUTH_SOURCE,
                "%s describes an OAuth client, not a login. Run `gcloud auth application-default login "
                "--client-id-file=FILE` with it and use the file that this writes.",
                document->origin);
  else
    cai_err_set(err, CHATABI_E_AUTH_SOURCE, "%s has no text in its member \"type\". Valid types are: %s.",
                document->origin, VALID_TYPES);
  return NULL;
}

static cai_credential *refuse_external(const cai_document *document, const char *type, cai_err *err) {
  cai_err_set(err, CHATABI_E_AUTH_SOURCE,
              "%s is of type %s, which may read files, ask URLs and run programs that it names. If you trust whoever "
              "wrote it, set the option auth_allow_external to yes, or use the source \"file\".",
              document->origin, type);
  return NULL;
}

static cai_credential *make(const cai_document *document, cai_err *err) {
  const char *type;
  if (cai_document_get(document, "type", &type, err)) return NULL;
  for (size_t i = 0; type && i < KINDS; i++) {
    if (strcmp(type, kinds[i].type) != 0) continue;
    if (kinds[i].external && !document->guard->external) return refuse_external(document, type, err);
    return kinds[i].make(document, err);
  }
  return refuse_type(document, type, err);
}

/* ---- what all types have ---- */

static int read_universe(cai_credential *credential, const cai_document *document, cai_err *err) {
  const char *text;
  if (cai_document_get(document, "universe_domain", &text, err)) return err->code;
  if (cai_strset(&credential->universe_domain, text)) return cai_err_nomem(err);
  const char *own = text ? text : "googleapis.com", *wanted = document->guard->universe_domain;
  if (strcmp(own, wanted) == 0) return 0;
  return cai_err_set(err, CHATABI_E_AUTH_HOST,
                     "%s belongs to the universe %.100s, but this client is set to %.100s. Set the option "
                     "universe_domain to %.100s, or choose another credential.",
                     credential->origin, own, wanted, own);
}

/* The quota project becomes a header's value. */
static int read_common(cai_credential *credential, const cai_document *document, cai_err *err) {
  const char *quota, *project;
  if (cai_document_get(document, "quota_project_id", &quota, err) ||
      cai_document_get(document, "project_id", &project, err))
    return err->code;
  if ((project && !credential->project_id && cai_strset(&credential->project_id, project)) ||
      (quota && cai_strset(&credential->quota_project_id, quota)))
    return cai_err_nomem(err);
  return read_universe(credential, document, err);
}

cai_credential *cai_credential_make(const cai_document *document, cai_err *err) {
  if (!cJSON_IsObject(document->root)) {
    cai_err_set(err, CHATABI_E_AUTH_SOURCE, "%s is JSON, but no object: it is not a credential file.",
                document->origin);
    return NULL;
  }
  if (document->depth > MAX_DEPTH) {
    cai_err_set(err, CHATABI_E_AUTH_SOURCE, "%s nests credentials more than %d deep.", document->origin, MAX_DEPTH);
    return NULL;
  }
  cai_credential *credential = make(document, err);
  if (credential && read_common(credential, document, err)) {
    cai_credential_free(credential);
    credential = NULL;
  }
  return credential;
}

/* Is there an escape for a NUL, at which C would cut the text? */
static bool has_nul(const char *text, size_t len) {
  for (size_t i = 0; i + 1 < len; i++) {
    if (text[i] != '\\') continue;
    if (len - i >= 6 && memcmp(text + i, "\\u0000", 6) == 0) return true;
    i++;
  }
  return false;
}

static int check_text(const char *text, size_t len, const char *origin, cai_err *err) {
  if (!cai_utf8_valid(text, len))
    return cai_err_set(err, CHATABI_E_AUTH_SOURCE, "%s is not valid JSON: its text is no UTF-8.", origin);
  if (has_nul(text, len))
    return cai_err_set(err, CHATABI_E_AUTH_SOURCE, "%s has a NUL (\\u0000) in a text, which no credential has.",
                       origin);
  return 0;
}

cai_credential *cai_credential_parse(const char *text, size_t len, const char *origin, const cai_guard *guard,
                                     const cai_places *places, cai_log *log, cai_err *err) {
  if (check_text(text, len, origin, err)) return NULL;
  cJSON *root = cai_json_parse(text, len, origin, err);
  if (!root) {
    if (err->code != CHATABI_E_NOMEM) err->code = CHATABI_E_AUTH_SOURCE;
    return NULL;
  }
  const cai_document document = {root, origin, guard, places, log, 0};
  cai_credential *credential = cai_credential_make(&document, err);
  cai_json_free_secret(root);
  return credential;
}
