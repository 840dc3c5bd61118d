/* SPDX-License-Identifier: MIT
 * Why an exchange brought no token, whether asking again can help, and when. Reads the two shapes in which Google's
 * token services refuse: OAuth's ({"error": "invalid_grant", "error_description": ...}, RFC 6749 5.2) and Google's own
 * ({"error": {"status": ...}}). */
#ifndef CAI_SETBACK_H
#define CAI_SETBACK_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "../../base/clock.h"
#include "../../base/err.h"
#include "../../base/http.h"

/* Where on the way to a token it happened. */
typedef enum cai_stage {
  CAI_STAGE_LOCATE,        /* finding and reading the credential */
  CAI_STAGE_SUBJECT_TOKEN, /* what an external account shows to STS */
  CAI_STAGE_STS,
  CAI_STAGE_IMPERSONATE,
  CAI_STAGE_OAUTH,
  CAI_STAGE_METADATA,
  CAI_STAGE_COMMAND /* gcloud */
} cai_stage;

enum { CAI_SETBACK_WORD = 64, CAI_SETBACK_HINT = 400 };

typedef struct cai_setback {
  cai_err err; /* the whole sentence, hint included */
  cai_stage stage;
  int http_status;                /* 0: no answer, or none was asked for */
  char error[CAI_SETBACK_WORD];   /* OAuth's "error", or Google's "status" */
  char subtype[CAI_SETBACK_WORD]; /* OAuth's "error_subtype" */
  char reason[CAI_SETBACK_WORD];  /* google.rpc.ErrorInfo's "reason" */
  char hint[CAI_SETBACK_HINT];    /* what to do; "" when there is nothing to say */
  bool transient;
  bool bad_time;          /* the server did not like our clock */
  int64_t retry_after_ms; /* what the server asked for, else 0 */
  int64_t skew_ms;        /* the server's clock minus ours, 0 when it did not say */
} cai_setback;

void cai_setback_clear(cai_setback *setback);

/* What a message about an exchange needs to say. Borrowed text. */
typedef struct cai_exchange {
  cai_stage stage;
  const char *server;         /* "the token endpoint https://..." */
  const char *origin;         /* whose credential: "the file /..." */
  const char *advice;         /* what to do about invalid_grant */
  const char *const *secrets; /* what the exchange sent and no message may show, ended by NULL; may be NULL */
  const char *principal;      /* who asks, for hints about permissions; may be NULL */
  const char *target;         /* whom it asks for: the impersonated account's email; may be NULL */
  bool dated;                 /* what was sent was signed with our clock: a wrong one may be what was minded */
  int64_t dated_skew_ms;      /* by how much that clock was set right already */
} cai_exchange;

/* Fills `setback` from a reply that is no success: none at all, or a status other than 200. */
void cai_setback_read(cai_setback *setback, const cai_exchange *exchange, cai_now now, const cai_http_reply *reply);

/* "sts", "oauth" ... */
const char *cai_stage_name(cai_stage stage);

/* Adds stage, http_status, error, error_subtype, reason, transient, hint: what is known. False when out of memory. */
bool cai_setback_describe(const cai_setback *setback, cJSON *object);

#endif
