/* SPDX-License-Identifier: MIT
 * A credential: a small state machine that gets an access token. It says which HTTP exchange it wants (ask), is fed the
 * reply, and ends a run with a grant or a setback. Several exchanges may make one run. Each type is one file that fills
 * in the ops. */
#ifndef CAI_CREDENTIAL_H
#define CAI_CREDENTIAL_H

#include <cjson/cJSON.h>

#include <stdbool.h>
#include <stddef.h>

#include "../../base/clock.h"
#include "../../base/err.h"
#include "../../base/http.h"
#include "../../base/log.h"
#include "../exchange/grant.h"
#include "../exchange/guard.h"
#include "../exchange/setback.h"

typedef struct cai_credential cai_credential;

typedef enum cai_step {
  CAI_STEP_ASK,   /* an exchange is wanted; after feed: call ask for the next */
  CAI_STEP_DONE,  /* outcome->grant is the result */
  CAI_STEP_FAILED /* outcome->setback says why */
} cai_step;

typedef struct cai_outcome {
  cai_grant grant;
  cai_setback setback;
} cai_outcome;

void cai_outcome_init(cai_outcome *outcome);
void cai_outcome_fini(cai_outcome *outcome);
/* Out of memory: worth another try. Returns CAI_STEP_FAILED. */
cai_step cai_outcome_nomem(cai_outcome *outcome);

typedef struct cai_credential_ops {
  const char *type; /* as in the file's "type", or "metadata_server" */
  void (*begin)(cai_credential *credential);
  cai_step (*ask)(cai_credential *credential, cai_now now, cai_http_request *request, cai_outcome *outcome);
  cai_step (*feed)(cai_credential *credential, cai_now now, const cai_http_reply *reply, cai_outcome *outcome);
  void (*free)(cai_credential *credential);
} cai_credential_ops;

/* What every type has; the first member of each type's struct. Owned text, NULL when not known. */
struct cai_credential {
  const cai_credential_ops *ops;
  cai_log *log; /* borrowed; may be NULL */
  char *origin; /* for messages: "the file /home/..." */
  char *principal;
  char *project_id;
  char *quota_project_id;
  char *universe_domain;
};

/* How the parsers of the types see the document that they are made from. */
typedef struct cai_document {
  const cJSON *root;
  const char *origin;
  const cai_guard *guard;
  cai_log *log;
} cai_document;

/* A credential from the JSON text of a credential file. NULL and `err`: CHATABI_E_AUTH_SOURCE, _AUTH_HOST, _UNSUPPORTED
 * or _NOMEM. `guard` is used during the call only. */
cai_credential *cai_credential_parse(const char *text, size_t len, const char *origin, const cai_guard *guard,
                                     cai_log *log, cai_err *err);
void cai_credential_free(cai_credential *credential);

/* For the types: fills the common part. 0 or CHATABI_E_NOMEM. */
int cai_credential_init(cai_credential *credential, const cai_credential_ops *ops, const char *origin, cai_log *log);
void cai_credential_fini(cai_credential *credential);

/* For the types: a member that must be text. NULL and `err` when it is missing. */
const char *cai_document_need(const cai_document *document, const char *member, cai_err *err);

#endif
