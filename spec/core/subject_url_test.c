/* SPDX-License-Identifier: MIT */
#include "auth/subject/url.h"

#include "subject_fixture.h"

#define AZURE                                                                                         \
  "{\"url\":\"http://169.254.169.254/metadata/identity/oauth2/token?resource=api&key=query-secret\"," \
  "\"headers\":{\"Metadata\":\"True\",\"X-Key\":\"header-secret\"},"                                  \
  "\"format\":{\"type\":\"json\",\"subject_token_field_name\":\"access_token\"}}"

static cai_subject *make(const char *source) {
  cai_err err;
  cai_subject *subject = make_subject(source, &err);
  if (!subject) fail_msg("%s", err.message);
  assert_string_equal(subject->ops->name, "url");
  return subject;
}

static void ask(cai_subject *subject, cai_errand *errand) {
  cai_subject_outcome outcome;
  cai_errand_init(errand);
  cai_subject_outcome_init(&outcome);
  subject->ops->begin(subject);
  assert_int_equal(subject->ops->ask(subject, now, errand, &outcome), CAI_STEP_ASK);
  assert_null(errand->command.argv);
  cai_subject_outcome_fini(&outcome);
}

static cai_step feed_reply_to(cai_subject *subject, cai_http_reply *reply, cai_subject_outcome *outcome) {
  cai_subject_outcome_init(outcome);
  cai_step step = subject->ops->feed(subject, now, reply, outcome);
  cai_http_reply_fini(reply);
  return step;
}

static cai_step feed(cai_subject *subject, int status, const char *body, cai_subject_outcome *outcome) {
  cai_http_reply reply;
  make_reply(&reply, status, body);
  return feed_reply_to(subject, &reply, outcome);
}

static void expect_token_of(cai_subject *subject, const char *body, const char *token) {
  cai_subject_outcome outcome;
  cai_step step = feed(subject, 200, body, &outcome);
  if (step != CAI_STEP_DONE) fail_msg("%s", outcome.setback.err.message);
  assert_string_equal(outcome.token, token);
  cai_subject_outcome_fini(&outcome);
}

static void test_request(void **state) {
  (void)state;
  cai_errand errand;
  cai_subject *subject = make(AZURE);
  for (int i = 0; i < 2; i++) {
    ask(subject, &errand);
    check_request(&errand.http, "GET",
                  "http://169.254.169.254/metadata/identity/oauth2/token?resource=api&key=query-secret", "");
    check_header(&errand.http, "metadata", "True");
    check_header(&errand.http, "x-key", "header-secret");
    assert_int_equal(errand.http.headers.count, 2);
    assert_true(errand.http.no_proxy);
    assert_int_equal(errand.http.max_reply, 1 << 20);
    assert_null(errand.http.client_cert);
    cai_errand_fini(&errand);
    expect_token_of(subject, "{\"access_token\":\"e.y.J\",\"expires_in\":\"9\"}", "e.y.J");
  }
  cai_subject_free(subject);
}

static void check_proxy(const char *source, bool no_proxy) {
  cai_errand errand;
  cai_subject *subject = make(source);
  ask(subject, &errand);
  assert_int_equal(errand.http.no_proxy, no_proxy);
  cai_errand_fini(&errand);
  cai_subject_free(subject);
}

static void test_proxy(void **state) {
  (void)state;
  check_proxy("{\"url\":\"http://localhost:8080/t\"}", true);
  check_proxy("{\"url\":\"http://127.0.0.9/t\",\"headers\":null,\"format\":null}", true);
  check_proxy("{\"url\":\"http://[::1]:1/t\"}", true);
  check_proxy("{\"url\":\"http://169.254.169.254/t\",\"headers\":{}}", true);
  check_proxy("{\"url\":\"https://[fe80::1]/t\"}", true);
  check_proxy("{\"url\":\"https://pipelines.actions.githubusercontent.com/x?y=z\"}", false);
}

static void test_text(void **state) {
  (void)state;
  cai_subject *subject = make("{\"url\":\"http://localhost/t\"}");
  expect_token_of(subject, "e.y.J\r\n", "e.y.J");
  expect_token_of(subject, "{\"access_token\":\"e.y.J\"}", "{\"access_token\":\"e.y.J\"}");
  cai_subject_free(subject);
}

static void expect_failure(cai_subject *subject, int status, const char *body, bool transient, const char *words) {
  cai_subject_outcome outcome;
  cai_step step = feed(subject, status, body, &outcome);
  LACKS(outcome.setback.err.message, "e.y.J");
  LACKS(outcome.setback.err.message, "-secret");
  check_failure(step, &outcome, transient, words);
}

static void test_wrong_replies(void **state) {
  (void)state;
  cai_subject *subject = make(AZURE);
  static const char *const wrong[] = {"{\"token\":\"e.y.J\"}", "{\"access_token\":7}", "{\"access_token\":null}",
                                      "{\"Access_Token\":\"e.y.J\"}", "{\"access_token\":{\"t\":\"e.y.J\"}}"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    expect_failure(subject, 200, wrong[i], false, "\"access_token\"");
  static const char *const passing[] = {
      "", "<html>e.y.J</html>", "e.y.J", "[\"e.y.J\"]", "{\"access_token\":\"e.y.J\"", "{\"access_token\":\" \"}"};
  for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
    expect_failure(subject, 200, passing[i], true, "http://169.254.169.254/metadata/identity/oauth2/token");
  expect_failure(subject, 200, "{\"access_token\":\"e.y.J\\u0000x\"}", false, "control character");
  expect_failure(subject, 200, "{\"access_token\":\"e.y.J\\r\\nHost: evil.com\"}", false, "control character");
  char *deep = long_text("{\"access_token\":\"e.y.J\",\"x\":", "{\"a\":", 100000, "");
  expect_failure(subject, 200, deep, true, "is no JSON object");
  cai_free(deep);
  expect_token_of(subject, "{\"access_token\":\"e.y.J\"}", "e.y.J");
  cai_subject_free(subject);
}

static void test_refusals(void **state) {
  (void)state;
  cai_subject *subject = make(AZURE);
  expect_failure(subject, 400, "{\"error\":\"invalid_request\",\"error_description\":\"Identity not found\"}", false,
                 "invalid_request: Identity not found");
  expect_failure(subject, 401,
                 "{\"error\":\"bad header-secret\",\"error_description\":\"resource=api&key=query-secret\"}", false,
                 "401");
  expect_failure(subject, 302, "{\"access_token\":\"e.y.J\"}", false, "HTTP status 302");
  expect_failure(subject, 503, "e.y.J", true, "503");
  expect_failure(subject, 429, "", true, "http://169.254.169.254/metadata/identity/oauth2/token");
  cai_http_reply reply;
  cai_subject_outcome outcome;
  make_no_reply(&reply, CHATABI_E_CONNECT, "connection refused");
  cai_step step = feed_reply_to(subject, &reply, &outcome);
  check_failure(step, &outcome, true, "connection refused");
  make_no_reply(&reply, CHATABI_E_TOO_LARGE, "more than 1 MiB");
  step = feed_reply_to(subject, &reply, &outcome);
  check_failure(step, &outcome, false, "more than 1 MiB");
  expect_token_of(subject, "{\"access_token\":\"e.y.J\"}", "e.y.J");
  cai_subject_free(subject);
}

static void test_hosts(void **state) {
  (void)state;
  static const char *const urls[] = {"https://user:pass@127.0.0.1/t",
                                     "http://user@localhost/t",
                                     "http://evil.com/t",
                                     "https://evil.com/t",
                                     "file:///etc/passwd",
                                     "gopher://127.0.0.1/t",
                                     "http://169.254.169.254.evil.com/t",
                                     "http://169.254.169.254@evil.com/t",
                                     "http://169.254.169.254:22/t",
                                     "http://169.254.170.2/t",
                                     "http://localhost.evil.com/t",
                                     "http://10.0.0.1/t",
                                     "https://sts.googleapis.com.evil.com/t",
                                     "https://actions.githubusercontent.com.evil.com/t",
                                     "http://actions.githubusercontent.com/t",
                                     "/etc/passwd",
                                     "http://"};
  for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
    char source[256];
    snprintf(source, sizeof source, "{\"url\":\"%s\"}", urls[i]);
    refuse_subject(source, CHATABI_E_AUTH_HOST, "\"url\"");
  }
  refuse_subject("{\"url\":7}", CHATABI_E_AUTH_SOURCE, "\"url\"");
  refuse_subject("{\"url\":\"\"}", CHATABI_E_AUTH_SOURCE, "\"url\"");
  refuse_subject("{\"url\":\"http://localhost/\\r\\nHost: evil.com\"}", CHATABI_E_AUTH_SOURCE, "control character");
  refuse_subject("{\"url\":\"https://evil.com/\",\"url\":\"http://localhost/\"}", CHATABI_E_AUTH_HOST, "evil.com");
}

static void test_headers(void **state) {
  (void)state;
  static const char *const members[] = {"\"Host\":\"evil.com\"",
                                        "\"hOST\":\"evil.com\"",
                                        "\"Content-Length\":\"9\"",
                                        "\"transfer-encoding\":\"chunked\"",
                                        "\"Connection\":\"close\"",
                                        "\"Proxy-Authorization\":\"x\"",
                                        "\"Expect\":\"100-continue\"",
                                        "\"A\":\"b\\r\\nHost: evil.com\"",
                                        "\"A\":\"b\\u0001\"",
                                        "\"A\\r\\nB\":\"b\"",
                                        "\"A B\":\"b\"",
                                        "\"A:\":\"b\"",
                                        "\"\":\"b\"",
                                        "\"A\":7",
                                        "\"A\":null",
                                        "\"A\":[\"b\"]",
                                        "\"A\":{}"};
  for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
    char source[256];
    snprintf(source, sizeof source, "{\"url\":\"http://localhost/\",\"headers\":{%s}}", members[i]);
    refuse_subject(source, CHATABI_E_AUTH_SOURCE, "\"headers\"");
  }
  refuse_subject("{\"url\":\"http://localhost/\",\"headers\":[]}", CHATABI_E_AUTH_SOURCE, "\"headers\"");
  refuse_subject("{\"url\":\"http://localhost/\",\"headers\":\"A: b\"}", CHATABI_E_AUTH_SOURCE, "\"headers\"");
  cai_buf many;
  cai_buf_init(&many, 1 << 16);
  cai_buf_text(&many, "{\"url\":\"http://localhost/\",\"headers\":{\"A\":\"\"");
  for (int i = 0; i < 64; i++) cai_buf_format(&many, ",\"A%d\":\"b\"", i);
  cai_buf_text(&many, "}}");
  refuse_subject(cai_buf_view(&many), CHATABI_E_AUTH_SOURCE, "at most 64");
  cai_buf_fini(&many);
}

#ifdef CAI_TEST_ALLOC
static bool live(void *world) {
  const papers *p = world;
  cai_err err;
  cai_errand errand;
  cai_subject_outcome outcome;
  const cai_subject_plan plan = {.document = &p->document, .source = p->root};
  cai_err_clear(&err);
  cai_subject *subject = cai_subject_new(&plan, &err);
  if (!subject) {
    assert_true(err.code != 0);
    return false;
  }
  cai_errand_init(&errand);
  cai_subject_outcome_init(&outcome);
  subject->ops->begin(subject);
  cai_step step = subject->ops->ask(subject, now, &errand, &outcome);
  assert_true(step == CAI_STEP_ASK || outcome.setback.transient);
  bool done = step == CAI_STEP_ASK;
  if (done) done = feed(subject, 200, "{\"access_token\":\"e.y.J\"}", &outcome) == CAI_STEP_DONE;
  assert_true(done || outcome.setback.transient);
  cai_subject_outcome_fini(&outcome);
  cai_errand_fini(&errand);
  cai_subject_free(subject);
  return done;
}

static void test_allocations(void **state) {
  (void)state;
  papers p;
  papers_open(&p, AZURE);
  starve(live, &p);
  papers_close(&p);
}
#endif

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_request),       cmocka_unit_test(test_proxy),    cmocka_unit_test(test_text),
      cmocka_unit_test(test_wrong_replies), cmocka_unit_test(test_refusals), cmocka_unit_test(test_hosts),
      cmocka_unit_test(test_headers),
#ifdef CAI_TEST_ALLOC
      cmocka_unit_test(test_allocations),
#endif
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
