/* SPDX-License-Identifier: MIT
 * One model of failure for everything that can end a request: errors of the transport, of HTTP, of OpenAI, of Google
 * (object or array), of other servers, HTML pages, and errors inside a stream. */
#ifndef CAI_FAILURE_H
#define CAI_FAILURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../base/buf.h"
#include "../../base/err.h"
#include "../../base/http.h"

typedef struct cai_failure {
  cai_err err;            /* code, and the whole sentence for the user: what failed, what the server said, what to do */
  int http_status;        /* 0 when no response came */
  char *provider_code;    /* "insufficient_quota", "429" ... */
  char *provider_status;  /* Google's "RESOURCE_EXHAUSTED" */
  char *provider_type;    /* OpenAI's "invalid_request_error" */
  char *provider_reason;  /* google.rpc.ErrorInfo reason, "ACCESS_TOKEN_EXPIRED" */
  char *provider_message; /* the server's own words */
  char *param;
  char *quota; /* which quota ran out, by the server's name: "GenerateRequestsPerDay...", "tokens" */
  char *request_id;
  const char *limit; /* the option whose limit ended the request; static text or NULL */
  const char *hint;  /* what to do; static text or NULL */
  char *advice;      /* the same, made for this failure; "" or NULL: none */
  char *details;     /* a JSON object that says more about a failure of the credential; NULL: none */
  char *body;        /* the error body, bounded */
  bool retryable;
  bool terminal;          /* looks retryable but is not: a daily quota, no credit left */
  int status_told;        /* an HTTP status that the body names (errors inside a stream); 0: none */
  int64_t retry_after_ms; /* -1: the server did not say */
} cai_failure;

/* Init before anything else; the cai_failure_from_ functions replace what was there before. */
void cai_failure_init(cai_failure *failure);
void cai_failure_fini(cai_failure *failure);

/* A failure below HTTP, or our own. */
void cai_failure_from_err(cai_failure *failure, const cai_err *err);

/* From an HTTP response of an error status, or a body that holds an error whatever the status (in-stream error:
 * `headers` may be NULL). `wall_ms` is now, for Retry-After dates. */
void cai_failure_from_reply(cai_failure *failure, int status, const cai_headers *headers, const char *body, size_t len,
                            int64_t wall_ms);

/* After cai_failure_from_err: more about it, copied (see details, advice). False when out of memory. */
bool cai_failure_detail(cai_failure *failure, const char *json, const char *hint, bool retryable);

/* After cai_failure_from_reply: advice that fits better than the general one, copied into the message and the JSON.
 * False when out of memory. */
bool cai_failure_advise(cai_failure *failure, const char *advice);

/* The request ended because of the limit that this option sets. `option` is static text. */
void cai_failure_limit(cai_failure *failure, const char *option);

/* The request's id, from whichever header has it (may be NULL); one that is there already stays. */
void cai_failure_identify(cai_failure *failure, const cai_headers *headers);

/* Strikes a secret out of all that the server said. */
void cai_failure_hide(cai_failure *failure, const char *secret);

/* Does the server say this word in its complaint, or name it as the parameter that it is about? */
bool cai_failure_names(const cai_failure *failure, const char *word);

/* Is this JSON text an error ({"error":...}, [{"error":...}], {"object":"error",...}) and no chunk or completion?
 * {"error":null} is none, nor is an empty one beside "choices". */
bool cai_failure_is_error(const char *json, size_t len);

/* Appends the JSON object of chatabi_request_error_json. Returns out->error. */
int cai_failure_json(const cai_failure *failure, cai_buf *out);

#endif
