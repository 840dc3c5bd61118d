/* SPDX-License-Identifier: MIT
 * A credential: a small state machine that gets an access token. It says which errand it wants (ask), is fed the
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
#include "../exchange/document.h"
#include "../exchange/errand.h"
#include "../exchange/grant.h"
#include "../exchange/setback.h"

typedef struct cai_credential cai_credential;

typedef struct cai_outcome {
  cai_grant grant;
  cai_setback setback;
} cai_outcome;

void cai_outcome_init(cai_outcome *outcome);
void cai_outcome_fini(cai_outcome *outcome);
/* Out of memory: worth another try. Returns CAI_STEP_FAILED. */
cai_step cai_outcome_nomem(cai_outcome *outcome);

/* What another run of a credential can do about a token that was refused. */
typedef enum cai_remedy {
  CAI_REMEDY_NONE, /* it would bring the same token */
  CAI_REMEDY_SAME, /* a new one, made in the same way */
  CAI_REMEDY_OTHER /* one that is made differently: with the clock set right, by another service */
} cai_remedy;

enum {
  CAI_TELLS_PROJECT = 1, /* a run finds the project, if it is to be found */
  CAI_IS_LOGIN = 2,      /* a person's */
  CAI_IS_METADATA = 4,
  CAI_IS_GIVEN = 8,        /* a token as it is: nobody knows its end, nothing renews it */
  CAI_HAS_ANOTHER_WAY = 16 /* when it is stuck */
};

typedef struct cai_credential_ops {
  const char *type; /* as in the file's "type", or "metadata_server", "gcloud", "environment_token" */
  void (*begin)(cai_credential *credential);
  cai_step (*ask)(cai_credential *credential, cai_now now, cai_errand *errand, cai_outcome *outcome);
  cai_step (*feed)(cai_credential *credential, cai_now now, const cai_http_reply *reply, cai_outcome *outcome);
  void (*free)(cai_credential *credential);
  /* A server did not accept the token of the last grant; its clock was `skew_ms` ahead of ours (0: not known). NULL is
   * short for CAI_REMEDY_SAME. */
  cai_remedy (*reject)(cai_credential *credential, int64_t skew_ms);
  unsigned traits;
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
  bool doubtful; /* nothing says that there is such a credential until it has brought something */
  bool stuck;    /* its last runs failed for what may pass, and there is no token: another way is worth a try */
};

/* A credential from the JSON text of a credential file. NULL and `err`: CHATABI_E_AUTH_SOURCE, _AUTH_HOST, _UNSUPPORTED
 * or _NOMEM. `guard` is used during the call only; `places` and `log` outlive the
 * credential. */
cai_credential *cai_credential_parse(const char *text, size_t len, const char *origin, const cai_guard *guard,
                                     const cai_places *places, cai_log *log, cai_err *err);
/* The same for an object within a document: the source of an impersonation. Nested no deeper than a few levels. */
cai_credential *cai_credential_make(const cai_document *document, cai_err *err);
void cai_credential_free(cai_credential *credential);

/* For the types: fills the common part. 0 or CHATABI_E_NOMEM. */
int cai_credential_init(cai_credential *credential, const cai_credential_ops *ops, const char *origin, cai_log *log);
void cai_credential_fini(cai_credential *credential);

#endif
