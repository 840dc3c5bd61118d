/* SPDX-License-Identifier: MIT
 * The instance metadata service of EC2 (IMDS): version 2, which wants a session token with each request, where the
 * credential file names the URL of those, else version 1. */
#ifndef CAI_AWS_METADATA_H
#define CAI_AWS_METADATA_H

#include "aws_errand.h"

typedef struct cai_aws_metadata {
  char *session_url; /* imdsv2_session_token_url; NULL: version 1 */
  char *session;     /* secret; NULL: none yet */
} cai_aws_metadata;

/* `source` is credential_source. 0 or CHATABI_E_AUTH_SOURCE, _AUTH_HOST, _NOMEM. To be finished in any case. */
int cai_aws_metadata_init(cai_aws_metadata *metadata, const cai_document *source, cai_err *err);
void cai_aws_metadata_fini(cai_aws_metadata *metadata);

/* Forgets the session token. */
void cai_aws_metadata_drop(cai_aws_metadata *metadata);

/* Must a session token be asked for first? */
bool cai_aws_metadata_wants_session(const cai_aws_metadata *metadata);
int cai_aws_metadata_ask_session(const cai_aws_metadata *metadata, cai_http_request *request);
cai_step cai_aws_metadata_feed_session(cai_aws_metadata *metadata, const char *origin, cai_now now,
                                       const cai_http_reply *reply, cai_subject_outcome *outcome);

/* 0 or CHATABI_E_NOMEM. */
int cai_aws_metadata_ask(const cai_aws_metadata *metadata, const char *url, cai_http_request *request);

/* See cai_aws_errand_refused; `missing` says what to do where there is no such thing (404). */
cai_step cai_aws_metadata_refused(const cai_aws_metadata *metadata, const cai_aws_server *server, cai_now now,
                                  const cai_http_reply *reply, const char *missing, cai_subject_outcome *outcome);

/* A URL of credential_source that points to IMDS. `*url` NULL when it is not there; else owned. Result as above. */
int cai_aws_metadata_read_url(const cai_document *source, const char *member, char **url, cai_err *err);

extern const char cai_aws_metadata_name[];

#endif
