/* SPDX-License-Identifier: MIT
 * AWS Signature Version 4 (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 * Pure functions: the same input always gives the same signature. */
#ifndef CAI_AWS_SIGNATURE_H
#define CAI_AWS_SIGNATURE_H

#include "../../base/http.h"

/* Borrowed for the call. */
typedef struct cai_aws_request {
  const char *method;
  const char *path;           /* as the request line has it */
  const char *query;          /* without '?'; may be NULL */
  const cai_headers *headers; /* all of them are signed; host and the date belong to them, a session token too */
  const char *payload;
  size_t payload_len;
  const char *region;
  const char *service;
  const char *time; /* 20110909T233600Z */
} cai_aws_request;

/* The two steps on the way. Each appends and returns out->error, or CHATABI_E_NOMEM, CHATABI_E_INTERNAL. */
int cai_aws_signature_canonical(const cai_aws_request *request, cai_buf *out);
int cai_aws_signature_text(const cai_aws_request *request, cai_buf *out);

/* Appends the value of the header Authorization. Result as above. */
int cai_aws_signature_sign(const cai_aws_request *request, const char *access_key_id, const char *secret_access_key,
                           cai_buf *out);

#endif
