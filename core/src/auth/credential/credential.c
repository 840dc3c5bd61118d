/* SPDX-License-Identifier: MIT */
#include "credential.h"

#include <string.h>

#include "../../base/alloc.h"
#include "../../base/json.h"
#include "authorized_user.h"
#include "chatabi.h"
#include "service_account.h"

#define VALID_TYPES "service_account, authorized_user"

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

const char *cai_document_need(const cai_document *document, const char *member, cai_err *err) {
  const char *text = cai_json_string(document->root, member);
  if (text && *text) return text;
  cai_err_set(err, CHATABI_E_AUTH_SOURCE, "%s has no text in its member \"%s\": it is not a complete credential file.",
              document->origin, member);
  return NULL;
}

static const char *const known_types[] = {"external_account", "external_account_authorized_user",
                                          "impersonated_service_account", "gdch_service_account", "gdch_credentials"};

static bool is_known(const char *type) {
  for (size_t i = 0; i < sizeof known_types / sizeof *known_types; i++)
    if (strcmp(type, known_types[i]) == 0) return true;
  return false;
}

/* An OAuth client's file is often taken for a credential: it has no login in it. */
static cai_credential *refuse_type(const cai_document *document, const char *type, cai_err *err) {
  if (type && is_known(type))
    cai_err_set(err, CHATABI_E_UNSUPPORTED,
                "%s is a credential of type %s, which this version does not support. Supported are: %s.",
                document->origin, type, VALID_TYPES);
  else if (type)
    cai_err_set(err, CHATABI_E_AUTH_SOURCE, "%s is a credential of the unknown type \"%.64s\". Valid are: %s.",
                document->origin, type, VALID_TYPES);
  else if (cai_json_object(document->root, "installed") || cai_json_object(document->root, "web"))
    cai_err_set(err, CHATABI_E_AUTH_SOURCE,
                "%s describes an OAuth client, not a login. Run `gcloud auth application-default login "
                "--client-id-file=FILE` with it and "
                "use the file that this writes.",
                document->origin);
  else
    cai_err_set(err, CHATABI_E_AUTH_SOURCE, "%s has no text in its member \"type\". Valid types are: %s.",
                document->origin, VALID_TYPES);
  return NULL;
}

static cai_credential *make(const cai_document *document, cai_err *err) {
  if (!cJSON_IsObject(document->root)) {
    cai_err_set(err, CHATABI_E_AUTH_SOURCE, "%s is JSON, but no object: it is not a credential file.",
                document->origin);
    return NULL;
  }
  const char *type = cai_json_string(document->root, "type");
  if (type && strcmp(type, "service_account") == 0) return cai_service_account_new(document, err);
  if (type && strcmp(type, "authorized_user") == 0) return cai_authorized_user_new(document, err);
  return refuse_type(document, type, err);
}

static const char *text_or_null(const cJSON *root, const char *member) {
  const char *text = cai_json_string(root, member);
  return text && *text ? text : NULL;
}

static int read_common(cai_credential *credential, const cai_document *document, cai_err *err) {
  const cJSON *root = document->root;
  if (cai_strset(&credential->project_id, text_or_null(root, "project_id")) ||
      cai_strset(&credential->quota_project_id, text_or_null(root, "quota_project_id")) ||
      cai_strset(&credential->universe_domain, text_or_null(root, "universe_domain")))
    return cai_err_nomem(err);
  const char *own = credential->universe_domain ? credential->universe_domain : "googleapis.com";
  const char *wanted = document->guard->universe_domain;
  if (strcmp(own, wanted) == 0) return 0;
  return cai_err_set(err, CHATABI_E_AUTH_HOST,
                     "%s belongs to the universe %s, but this client is set to %s. Set the option universe_domain to "
                     "%s, or choose another "
                     "credential.",
                     credential->origin, own, wanted, own);
}

cai_credential *cai_credential_parse(const char *text, size_t len, const char *origin, const cai_guard *guard,
                                     cai_log *log, cai_err *err) {
  cJSON *root = cai_json_parse(text, len, origin, err);
  if (!root) {
    err->code = CHATABI_E_AUTH_SOURCE;
    return NULL;
  }
  cai_document document = {root, origin, guard, log};
  cai_credential *credential = make(&document, err);
  if (credential && read_common(credential, &document, err)) {
    cai_credential_free(credential);
    credential = NULL;
  }
  cai_json_free_secret(root);
  return credential;
}
