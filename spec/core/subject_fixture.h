/* SPDX-License-Identifier: MIT
 * What the tests of the sources of subject tokens share. */
#ifndef SUBJECT_FIXTURE_H
#define SUBJECT_FIXTURE_H

#include "federation_fixture.h"

/* A source for this credential_source, by way of cai_subject_new. */
static inline cai_subject *make_subject(const char *source, cai_err *err) {
  papers p;
  cai_err_clear(err);
  papers_open(&p, source);
  const cai_subject_plan plan = {
      .document = &p.document, .source = p.root, .audience = "//iam", .token_type = "urn:jwt", .impersonated = NULL};
  cai_subject *subject = cai_subject_new(&plan, err);
  papers_close(&p);
  assert_true(subject ? !err->code : err->code);
  return subject;
}

static inline void refuse_subject(const char *source, int code, const char *words) {
  cai_err err;
  if (make_subject(source, &err)) fail_msg("taken: %s", source);
  if (err.code != code) fail_msg("code %d for %s: %s", err.code, source, err.message);
  CONTAINS(err.message, "/home/x.json");
  CONTAINS(err.message, words);
}

/* The outcome of a step must be this failure. */
static inline void check_failure(cai_step step, cai_subject_outcome *outcome, bool transient, const char *words) {
  assert_int_equal(step, CAI_STEP_FAILED);
  assert_null(outcome->token);
  assert_int_equal(outcome->setback.stage, CAI_STAGE_SUBJECT_TOKEN);
  assert_true(outcome->setback.err.code != 0);
  assert_int_equal(outcome->setback.transient, transient);
  CONTAINS(outcome->setback.err.message, "/home/x.json");
  CONTAINS(outcome->setback.err.message, words);
  cai_subject_outcome_fini(outcome);
}

#endif
