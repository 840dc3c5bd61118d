/* SPDX-License-Identifier: MIT
 * Where an external account's subject token comes from: a file, a URL, a program, AWS, a certificate. Each source is
 * one file that fills in the ops; it says which errands it needs, as a credential does. The token is fetched anew for
 * every exchange and never kept: whoever issues it replaces it at will. */
#ifndef CAI_SUBJECT_H
#define CAI_SUBJECT_H

#include "../../base/clock.h"
#include "../exchange/document.h"
#include "../exchange/errand.h"
#include "../exchange/setback.h"

typedef struct cai_subject cai_subject;

typedef struct cai_subject_outcome {
  char *token; /* owned, secret */
  cai_setback setback;
} cai_subject_outcome;

void cai_subject_outcome_init(cai_subject_outcome *outcome);
void cai_subject_outcome_fini(cai_subject_outcome *outcome);
cai_step cai_subject_nomem(cai_subject_outcome *outcome);
/* Sets a permanent setback of stage CAI_STAGE_SUBJECT_TOKEN and CHATABI_E_AUTH_SOURCE. Returns CAI_STEP_FAILED. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
cai_step
cai_subject_fail(cai_subject_outcome *outcome, const char *format, ...);

typedef struct cai_subject_ops {
  const char *name; /* as in Google's metrics header: file, url, executable, aws, x509 */
  void (*begin)(cai_subject *subject);
  cai_step (*ask)(cai_subject *subject, cai_now now, cai_errand *errand, cai_subject_outcome *outcome);
  cai_step (*feed)(cai_subject *subject, cai_now now, const cai_http_reply *reply, cai_subject_outcome *outcome);
  void (*free)(cai_subject *subject);
} cai_subject_ops;

/* What every source has; the first member of each source's struct. */
struct cai_subject {
  const cai_subject_ops *ops;
  cai_log *log;                         /* borrowed; may be NULL */
  char *origin;                         /* owned; the credential file's name */
  char *secret;                         /* owned; what else the token holds that no message may show; NULL: nothing */
  const char *client_cert, *client_key; /* PEM files for mutual TLS with STS and IAM; NULL but for x509; borrowed from
                                           the source, good after begin and ask */
};

/* What the parsers of the sources see besides the document: its credential_source, and what belongs to the account. */
typedef struct cai_subject_plan {
  const cai_document *document;
  const cJSON *source;      /* credential_source */
  const char *audience;     /* of the account */
  const char *token_type;   /* subject_token_type */
  const char *impersonated; /* service account's email; NULL without impersonation */
} cai_subject_plan;

/* By the member that credential_source has (certificate, environment_id, executable, file, url). NULL and `err`:
 * CHATABI_E_AUTH_SOURCE, _AUTH_HOST, _UNSUPPORTED or _NOMEM. */
cai_subject *cai_subject_new(const cai_subject_plan *plan, cai_err *err);
void cai_subject_free(cai_subject *subject);

/* For the sources. */
int cai_subject_init(cai_subject *subject, const cai_subject_ops *ops, const cai_subject_plan *plan);
void cai_subject_fini(cai_subject *subject);

#endif
