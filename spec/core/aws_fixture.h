/* SPDX-License-Identifier: MIT
 * What the tests of the AWS source share: a source from its JSON, requests checked and replies fed in. */
#ifndef AWS_FIXTURE_H
#define AWS_FIXTURE_H

#include "auth/subject/aws.h"
#include "auth_fixture.h"
#include "base/alloc.h"
#include "base/file.h"

#define AUDIENCE \
  "//iam.googleapis.com/projects/123456/locations/global/workloadIdentityPools/POOL_ID/providers/PROVIDER_ID"
#define KEYS \
  "{\"Code\":\"Success\",\"AccessKeyId\":\"AKIDEXAMPLE\",\"SecretAccessKey\":\"hush-1\",\"Token\":\"hush-2\"}"
#define METADATA "\"url\":\"http://169.254.169.254/latest/meta-data/iam/security-credentials\""
#define REGION_URL "\"region_url\":\"http://169.254.169.254/latest/meta-data/placement/availability-zone\""
#define SESSION_URL "\"imdsv2_session_token_url\":\"http://169.254.169.254/latest/api/token\""

/* 2020-08-11 06:55:22 UTC */
static const cai_now now = {.boot_ms = 1000, .wall_ms = 1597128922000};

/* `rest` goes on after environment_id. */
static inline cai_subject *make_aws_of(const char *id, const char *rest, const cai_places *places, cai_err *err) {
  char text[8192];
  cai_guard guard;
  snprintf(text, sizeof text, "{\"environment_id\":%s%s%s}", id, *rest ? "," : "", rest);
  cJSON *source = cJSON_Parse(text);
  assert_non_null(source);
  cai_err_clear(err);
  assert_int_equal(cai_guard_init(&guard, NULL, NULL, "127.0.0.1:9000"), 0);
  const cai_document document = {.root = source, .origin = "/home/aws.json", .guard = &guard, .places = places};
  const cai_subject_plan plan = {.document = &document, .source = source, .audience = AUDIENCE};
  cai_subject *subject = cai_subject_aws_new(&plan, err);
  cai_guard_fini(&guard);
  cJSON_Delete(source);
  return subject;
}

static inline cai_subject *make_aws(const char *rest, const cai_places *places) {
  cai_err err;
  cai_subject *subject = make_aws_of("\"aws1\"", rest, places, &err);
  if (!subject) fail_msg("%s", err.message);
  subject->ops->begin(subject);
  return subject;
}

/* What it asks for: method, URL and one header that must be there (may be NULL). */
static inline void expect_request(cai_subject *subject, const char *method, const char *url, const char *header,
                                  const char *value) {
  cai_errand errand;
  cai_subject_outcome outcome;
  cai_errand_init(&errand);
  cai_subject_outcome_init(&outcome);
  assert_int_equal(subject->ops->ask(subject, now, &errand, &outcome), CAI_STEP_ASK);
  assert_false(cai_errand_is_command(&errand));
  assert_string_equal(errand.http.method, method);
  assert_string_equal(errand.http.url, url);
  assert_true(errand.http.no_proxy);
  assert_true(errand.http.timeout_ms > 0 && errand.http.timeout_ms <= 5000);
  assert_int_equal(errand.http.body.len, 0);
  if (header) {
    const char *found = cai_headers_get(&errand.http.headers, header);
    assert_non_null(found);
    assert_string_equal(found, value);
  }
  assert_null(outcome.token);
  cai_subject_outcome_fini(&outcome);
  cai_errand_fini(&errand);
}

static inline cai_step feed_aws(cai_subject *subject, int status, const char *body, cai_subject_outcome *outcome) {
  cai_http_reply reply;
  cai_subject_outcome_init(outcome);
  make_reply(&reply, status, body);
  cai_step step = subject->ops->feed(subject, now, &reply, outcome);
  cai_http_reply_fini(&reply);
  return step;
}

static inline void feed_well(cai_subject *subject, const char *body) {
  cai_subject_outcome outcome;
  cai_step step = feed_aws(subject, 200, body, &outcome);
  if (step != CAI_STEP_ASK) fail_msg("%s", outcome.setback.err.message);
  cai_subject_outcome_fini(&outcome);
}

/* The token, percent-decoded. */
static inline void expect_token(cai_subject *subject, char *json, size_t size) {
  cai_errand errand;
  cai_subject_outcome outcome;
  cai_buf form;
  cai_errand_init(&errand);
  cai_subject_outcome_init(&outcome);
  cai_step step = subject->ops->ask(subject, now, &errand, &outcome);
  if (step != CAI_STEP_DONE) fail_msg("%s", outcome.setback.err.message);
  assert_null(errand.http.url);
  assert_null(strpbrk(outcome.token, "{}\"&+= \n"));
  cai_buf_init(&form, 1 << 16);
  cai_buf_format(&form, "t=%s", outcome.token);
  assert_true(form_field(&form, "t", json, size));
  cai_buf_fini(&form);
  cai_subject_outcome_fini(&outcome);
  cai_errand_fini(&errand);
}

/* A reply that ends the run. */
static inline void expect_failure(cai_subject *subject, int status, const char *body, bool transient,
                                  const char *words) {
  cai_subject_outcome outcome;
  assert_int_equal(feed_aws(subject, status, body, &outcome), CAI_STEP_FAILED);
  CONTAINS(outcome.setback.err.message, words);
  CONTAINS(outcome.setback.err.message, "/home/aws.json");
  LACKS(outcome.setback.err.message, "hush");
  LACKS(outcome.setback.hint, "hush");
  assert_int_equal(outcome.setback.stage, CAI_STAGE_SUBJECT_TOKEN);
  assert_int_equal(outcome.setback.transient, transient);
  assert_int_equal(outcome.setback.http_status, status);
  cai_subject_outcome_fini(&outcome);
  subject->ops->begin(subject);
}

static inline void check_refused(const char *rest, const cai_places *places, int code, const char *words) {
  cai_err err;
  cai_subject *subject = make_aws_of("\"aws1\"", rest, places, &err);
  if (subject) fail_msg("%s was accepted", rest);
  if (err.code != code || !strstr(err.message, words)) fail_msg("%s: %d %s", rest, err.code, err.message);
  LACKS(err.message, "hush");
}

#endif
