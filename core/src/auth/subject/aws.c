/* SPDX-License-Identifier: MIT
 *
 * Region and keys first, from the environment or from AWS's servers on the machine; then the token is written. */
#include "aws.h"

#include <ctype.h>
#include <string.h>

#include "../../base/alloc.h"
#include "../../base/json.h"
#include "aws_identity.h"
#include "chatabi.h"

enum { MAX_TOKEN = 512 * 1024 };

typedef enum pending { PENDING_SESSION, PENDING_REGION, PENDING_KEYS } pending;

typedef struct aws {
  cai_subject base;
  cai_aws_metadata metadata;
  cai_aws_keys keys;
  char *audience;
  char *url;        /* to be signed */
  char *region_url; /* NULL: not in the file */
  char *region;     /* NULL: not needed or not known yet; kept, for a machine does not move */
  pending pending;  /* what was asked for */
} aws;

static aws *of(cai_subject *subject) { return (aws *)subject; }

static void begin(cai_subject *subject) {
  cai_aws_metadata_drop(&of(subject)->metadata);
  cai_aws_keys_drop(&of(subject)->keys);
}

static bool wants_region(const aws *source) { return !source->region && cai_aws_identity_needs_region(source->url); }

static bool wants_metadata(const aws *source) {
  return wants_region(source) || source->keys.from == CAI_AWS_KEYS_INSTANCE;
}

static cai_step finish(aws *source, cai_now now, cai_subject_outcome *outcome) {
  cai_buf token;
  const cai_aws_identity identity = {source->url, source->region, source->audience, &source->keys, now.wall_ms};
  cai_buf_init_secret(&token, MAX_TOKEN);
  int error = cai_aws_identity_write(&identity, &token);
  if (!error) outcome->token = cai_buf_take(&token);
  cai_buf_fini(&token);
  cai_free_secret(source->base.secret);
  source->base.secret = cai_strdup(source->keys.session_token);
  if (source->keys.session_token && !source->base.secret) error = CHATABI_E_NOMEM;
  begin(&source->base);
  if (!error && outcome->token) return CAI_STEP_DONE;
  if (error == CHATABI_E_NOMEM || !error) return cai_subject_nomem(outcome);
  return cai_subject_fail(outcome, "The request to AWS that proves who %s is could not be signed: %s",
                          source->base.origin, cai_err_text(error));
}

static cai_step ask(cai_subject *subject, cai_now now, cai_errand *errand, cai_subject_outcome *outcome) {
  aws *source = of(subject);
  int error = 0;
  if (!wants_region(source) && cai_aws_keys_found(&source->keys)) return finish(source, now, outcome);
  if (wants_metadata(source) && cai_aws_metadata_wants_session(&source->metadata)) {
    source->pending = PENDING_SESSION;
    error = cai_aws_metadata_ask_session(&source->metadata, &errand->http);
  } else if (wants_region(source)) {
    source->pending = PENDING_REGION;
    error = cai_aws_metadata_ask(&source->metadata, source->region_url, &errand->http);
  } else {
    source->pending = PENDING_KEYS;
    return cai_aws_keys_ask(&source->keys, &source->metadata, &errand->http, outcome);
  }
  return error ? cai_subject_nomem(outcome) : CAI_STEP_ASK;
}

/* us-east-2b is a zone of us-east-2, and so is us-west-2-lax-1a of us-west-2: a region ends with its first number. */
static size_t region_len(const char *zone, size_t len) {
  size_t at = 0;
  while (at < len && !(zone[at] == '-' && at + 1 < len && isdigit((unsigned char)zone[at + 1]))) at++;
  if (at == len) return len;
  for (at++; at < len && isdigit((unsigned char)zone[at]);) at++;
  bool local = at < len && zone[at] == '-';
  bool letter = at + 1 == len && zone[at] >= 'a' && zone[at] <= 'z';
  return local || letter ? at : len;
}

static cai_step keep_region(aws *source, cai_now now, const cai_http_reply *reply, cai_subject_outcome *outcome) {
  const cai_aws_server server = {cai_aws_metadata_name, source->region_url, source->base.origin, false};
  if (reply->status != 200)
    return cai_aws_metadata_refused(&source->metadata, &server, now, reply,
                                    "Check \"region_url\" of \"credential_source\", or set AWS_REGION.", outcome);
  const char *text = cai_buf_view(&reply->body);
  size_t len = cai_aws_errand_word(reply);
  if (!cai_aws_identity_is_region(text, len))
    return cai_aws_errand_distrust(&server, "is no region or availability zone (set AWS_REGION to the region)",
                                   outcome);
  source->region = cai_strndup(text, region_len(text, len));
  return source->region ? CAI_STEP_ASK : cai_subject_nomem(outcome);
}

static cai_step feed(cai_subject *subject, cai_now now, const cai_http_reply *reply, cai_subject_outcome *outcome) {
  aws *source = of(subject);
  switch (source->pending) {
    case PENDING_SESSION: return cai_aws_metadata_feed_session(&source->metadata, subject->origin, now, reply, outcome);
    case PENDING_REGION: return keep_region(source, now, reply, outcome);
    case PENDING_KEYS: break;
  }
  return cai_aws_keys_feed(&source->keys, &source->metadata, now, reply, outcome);
}

static void release(cai_subject *subject) {
  aws *source = of(subject);
  cai_aws_metadata_fini(&source->metadata);
  cai_aws_keys_fini(&source->keys);
  cai_free(source->audience);
  cai_free(source->url);
  cai_free(source->region_url);
  cai_free(source->region);
  cai_subject_fini(subject);
  cai_free(source);
}

static const cai_subject_ops ops = {"aws", begin, ask, feed, release};

static int check_version(const cai_document *source, cai_err *err) {
  const char *id = cai_document_need(source, "environment_id", err);
  if (!id) return err->code;
  if (strcmp(id, "aws1") == 0) return 0;
  if (strncmp(id, "aws", 3) == 0 && id[3] && strspn(id + 3, "0123456789") == strlen(id + 3))
    return cai_err_set(err, CHATABI_E_UNSUPPORTED,
                       "\"environment_id\" in %s is \"%.32s\": it needs a newer chatabi, this one knows \"aws1\".",
                       source->origin, id);
  return cai_err_set(err, CHATABI_E_AUTH_SOURCE, "\"environment_id\" in %s is \"%.32s\": only \"aws1\" is known.",
                     source->origin, id);
}

static int read_url(aws *source, const cai_document *document, cai_err *err) {
  const char *url;
  if (cai_document_get(document, "regional_cred_verification_url", &url, err)) return err->code;
  if (!url) url = cai_aws_identity_default_url;
  if (cai_aws_identity_check(url, document->origin, err)) return err->code;
  return cai_strset(&source->url, url) ? cai_err_nomem(err) : 0;
}

static int read_region(aws *source, const cai_document *document, cai_err *err) {
  const char *region = document->places->aws_region;
  if (cai_aws_metadata_read_url(document, "region_url", &source->region_url, err)) return err->code;
  if (!wants_region(source)) return 0;
  if (region && !cai_aws_identity_is_region(region, strlen(region)))
    return cai_err_set(err, CHATABI_E_AUTH_SOURCE,
                       "AWS_REGION (or AWS_DEFAULT_REGION) is no region's name, as us-east-1 is one: set it right.");
  if (!region && !source->region_url)
    return cai_err_set(
        err, CHATABI_E_AUTH_SOURCE,
        "The AWS region for %s is not known: set AWS_REGION, or \"region_url\" in \"credential_source\".",
        document->origin);
  return cai_strset(&source->region, region) ? cai_err_nomem(err) : 0;
}

static int fill(aws *source, const cai_subject_plan *plan, cai_err *err) {
  cai_document document = *plan->document;
  document.root = plan->source;
  if (cai_subject_init(&source->base, &ops, plan) || cai_strset(&source->audience, plan->audience))
    return cai_err_nomem(err);
  if (check_version(&document, err) || read_url(source, &document, err) || read_region(source, &document, err) ||
      cai_aws_metadata_init(&source->metadata, &document, err))
    return err->code;
  return cai_aws_keys_init(&source->keys, &document, err);
}

cai_subject *cai_subject_aws_new(const cai_subject_plan *plan, cai_err *err) {
  aws *source = cai_calloc(1, sizeof *source);
  if (!source) {
    cai_err_nomem(err);
    return NULL;
  }
  if (fill(source, plan, err)) {
    release(&source->base);
    return NULL;
  }
  return &source->base;
}
