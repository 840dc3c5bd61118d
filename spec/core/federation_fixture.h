/* SPDX-License-Identifier: MIT
 * What the tests of federated and impersonated credentials share: a document as their parsers see it, runs with made-up
 * replies, and what all requests and failures are checked for. */
#ifndef FEDERATION_FIXTURE_H
#define FEDERATION_FIXTURE_H

#include "auth/credential/credential.h"
#include "auth/subject/subject.h"
#include "auth_fixture.h"
#include "base/alloc.h"

/* 2026-01-01 00:00:00 UTC */
static const cai_now now = {.boot_ms = 1000, .wall_ms = 1767225600000};

typedef struct papers {
  cai_guard guard;
  cai_places places;
  cJSON *root;
  cai_document document;
} papers;

static inline void papers_open(papers *p, const char *text) {
  cai_err err;
  memset(p, 0, sizeof *p);
  assert_int_equal(cai_guard_init(&p->guard, NULL, NULL, "127.0.0.1:9000,[fe80::1]"), 0);
  p->root = cai_json_parse(text, strlen(text), "the test's text", &err);
  if (!p->root) fail_msg("%s", err.message);
  p->document =
      (cai_document){.root = p->root, .origin = "/home/x.json", .guard = &p->guard, .places = &p->places, .log = NULL};
}

static inline void papers_close(papers *p) {
  cai_json_free_secret(p->root);
  cai_guard_fini(&p->guard);
}

/* An errand, empty as the engine gives it to ask. */
typedef struct trip {
  cai_errand errand;
  cai_outcome outcome;
  cai_step step;
} trip;

static inline void trip_fini(trip *t) {
  cai_errand_fini(&t->errand);
  cai_outcome_fini(&t->outcome);
}

static inline trip ask_once(cai_credential *credential) {
  trip t;
  cai_errand_init(&t.errand);
  cai_outcome_init(&t.outcome);
  t.step = credential->ops->ask(credential, now, &t.errand, &t.outcome);
  return t;
}

static inline trip feed_reply(cai_credential *credential, cai_http_reply *reply) {
  trip t;
  cai_errand_init(&t.errand);
  cai_outcome_init(&t.outcome);
  t.step = credential->ops->feed(credential, now, reply, &t.outcome);
  cai_http_reply_fini(reply);
  return t;
}

static inline trip feed_once(cai_credential *credential, int status, const char *body) {
  cai_http_reply reply;
  make_reply(&reply, status, body);
  return feed_reply(credential, &reply);
}

static inline void check_header(const cai_http_request *request, const char *name, const char *value) {
  const char *found = cai_headers_get(&request->headers, name);
  if (!value)
    assert_null(found);
  else if (!found || strcmp(found, value) != 0)
    fail_msg("%s is %s, not %s", name, found ? found : "missing", value);
}

static inline void check_request(const cai_http_request *request, const char *method, const char *url,
                                 const char *body) {
  assert_string_equal(request->method, method);
  assert_string_equal(request->url, url);
  assert_string_equal(cai_buf_view(&request->body), body);
}

/* The next errand must be this request. */
static inline void expect_request(cai_credential *credential, const char *method, const char *url, const char *body) {
  trip t = ask_once(credential);
  if (t.step != CAI_STEP_ASK) fail_msg("%s", t.outcome.setback.err.message);
  check_request(&t.errand.http, method, url, body);
  trip_fini(&t);
}

static inline void expect_step(cai_credential *credential, int status, const char *body, cai_step step) {
  trip t = feed_once(credential, status, body);
  if (t.step != step) fail_msg("step %d: %s", t.step, t.outcome.setback.err.message);
  trip_fini(&t);
}

static inline void expect_token(cai_credential *credential, const char *body, const char *token, int64_t life_ms) {
  trip t = feed_once(credential, 200, body);
  if (t.step != CAI_STEP_DONE) fail_msg("step %d: %s", t.step, t.outcome.setback.err.message);
  assert_string_equal(t.outcome.grant.access_token, token);
  assert_int_equal(t.outcome.grant.life_ms, life_ms);
  trip_fini(&t);
}

/* `repeat` times `part` between `before` and `after`; free with cai_free. */
static inline char *long_text(const char *before, const char *part, size_t repeat, const char *after) {
  cai_buf out;
  cai_buf_init(&out, 1 << 24);
  cai_buf_text(&out, before);
  while (repeat--) cai_buf_text(&out, part);
  cai_buf_text(&out, after);
  char *text = cai_buf_take(&out);
  assert_non_null(text);
  return text;
}

#ifdef CAI_TEST_ALLOC
/* Lets each allocation of `live` fail once; in the end it must go well. */
static inline void starve(bool (*live)(void *world), void *world) {
  cai_alloc_fail_at(0);
  assert_true(live(world));
  size_t count = cai_alloc_count();
  assert_true(count > 3);
  for (size_t nth = 1; nth <= count; nth++) {
    cai_alloc_fail_at(nth);
    live(world);
  }
  cai_alloc_fail_at(0);
  assert_true(live(world));
}
#endif

#endif
