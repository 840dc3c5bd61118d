/* SPDX-License-Identifier: MIT */
#include "aws_metadata.h"

#include <string.h>

#include "../../base/alloc.h"
#include "chatabi.h"

enum { MAX_SESSION = 4096 };

const char cai_aws_metadata_name[] = "the AWS instance metadata service (IMDS)";

static const char life_header[] = "X-aws-ec2-metadata-token-ttl-seconds";
static const char session_header[] = "X-aws-ec2-metadata-token";
static const char life_s[] = "300";

int cai_aws_metadata_read_url(const cai_document *source, const char *member, char **url, cai_err *err) {
  const char *text;
  if (cai_document_get(source, member, &text, err)) return err->code;
  if (!text) return 0;
  if (cai_guard_check_exchange(source->guard, CAI_GUARD_AWS_METADATA, text, member, source->origin, err))
    return err->code;
  return cai_strset(url, text) ? cai_err_nomem(err) : 0;
}

int cai_aws_metadata_init(cai_aws_metadata *metadata, const cai_document *source, cai_err *err) {
  memset(metadata, 0, sizeof *metadata);
  return cai_aws_metadata_read_url(source, "imdsv2_session_token_url", &metadata->session_url, err);
}

void cai_aws_metadata_drop(cai_aws_metadata *metadata) {
  cai_free_secret(metadata->session);
  metadata->session = NULL;
}

void cai_aws_metadata_fini(cai_aws_metadata *metadata) {
  cai_aws_metadata_drop(metadata);
  cai_free(metadata->session_url);
  metadata->session_url = NULL;
}

bool cai_aws_metadata_wants_session(const cai_aws_metadata *metadata) {
  return metadata->session_url && !metadata->session;
}

int cai_aws_metadata_ask_session(const cai_aws_metadata *metadata, cai_http_request *request) {
  int error = cai_aws_errand_get(request, metadata->session_url);
  request->method = "PUT";
  return error ? error : cai_headers_set(&request->headers, life_header, life_s);
}

/* Its replies do not travel further than one hop unless the instance says otherwise, and a container is two away. */
static const char far_advice[] =
    "This must be an EC2 instance with the service enabled; in a container on one, raise the instance's "
    "HttpPutResponseHopLimit to 2.";

cai_step cai_aws_metadata_feed_session(cai_aws_metadata *metadata, const char *origin, cai_now now,
                                       const cai_http_reply *reply, cai_subject_outcome *outcome) {
  const cai_aws_server server = {cai_aws_metadata_name, metadata->session_url, origin, false};
  if (reply->status != 200) return cai_aws_errand_refused(&server, now, reply, far_advice, outcome);
  size_t len = cai_aws_errand_word(reply);
  if (!len || len > MAX_SESSION) return cai_aws_errand_distrust(&server, "is no session token", outcome);
  metadata->session = cai_strndup(cai_buf_view(&reply->body), len);
  return metadata->session ? CAI_STEP_ASK : cai_subject_nomem(outcome);
}

int cai_aws_metadata_ask(const cai_aws_metadata *metadata, const char *url, cai_http_request *request) {
  int error = cai_aws_errand_get(request, url);
  if (!error && metadata->session) error = cai_headers_set(&request->headers, session_header, metadata->session);
  return error;
}

cai_step cai_aws_metadata_refused(const cai_aws_metadata *metadata, const cai_aws_server *server, cai_now now,
                                  const cai_http_reply *reply, const char *missing, cai_subject_outcome *outcome) {
  const char *advice = reply->status == 404 ? missing : far_advice;
  if (reply->status == 401 && !metadata->session_url)
    advice =
        "The instance wants IMDSv2: add \"imdsv2_session_token_url\" (http://169.254.169.254/latest/api/token) "
        "to \"credential_source\".";
  return cai_aws_errand_refused(server, now, reply, advice, outcome);
}
