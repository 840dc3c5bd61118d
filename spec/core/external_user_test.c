/* SPDX-License-Identifier: MIT */
#include "auth/credential/external_user.h"

#include "federation_fixture.h"

#define URL "https://sts.googleapis.com/v1/oauthtoken"
#define FILE_WITH(url, rest)                                                                             \
  "{\"type\":\"external_account_authorized_user\",\"audience\":\"//iam.googleapis.com/locations/global/" \
  "workforcePools/p/providers/q\",\"client_id\":\"id\",\"client_secret\":\"hush-1\",\"refresh_token\":"  \
  "\"refresh-1\",\"token_url\":\"" url "\"" rest "}"

static cai_credential *parse(const char *text, cai_err *err) {
  papers p;
  papers_open(&p, text);
  cai_err_clear(err);
  cai_credential *credential = cai_external_user_new(&p.document, err);
  papers_close(&p);
  return credential;
}

static cai_credential *need(const char *text) {
  cai_err err;
  cai_credential *credential = parse(text, &err);
  if (!credential) fail_msg("%s", err.message);
  assert_string_equal(credential->ops->type, "external_account_authorized_user");
  return credential;
}

static void expect_refresh(cai_credential *credential, const char *url, const char *body) {
  credential->ops->begin(credential);
  trip t = ask_once(credential);
  assert_int_equal(t.step, CAI_STEP_ASK);
  check_request(&t.errand.http, "POST", url, body);
  check_header(&t.errand.http, "authorization", "Basic aWQ6aHVzaC0x");
  check_header(&t.errand.http, "content-type", "application/x-www-form-urlencoded");
  trip_fini(&t);
}

static void test_rotation(void **state) {
  (void)state;
  cai_credential *credential = need(FILE_WITH(URL, ",\"revoke_url\":\"https://evil.com\""));
  assert_string_equal(credential->principal, "//iam.googleapis.com/locations/global/workforcePools/p/providers/q");
  expect_refresh(credential, URL, "grant_type=refresh_token&refresh_token=refresh-1");
  trip t = feed_once(credential, 200, "{\"access_token\":\"t\",\"expires_in\":60,\"refresh_token\":\"r/2&x=y\"}");
  assert_int_equal(t.step, CAI_STEP_DONE);
  assert_string_equal(t.outcome.grant.access_token, "t");
  assert_null(t.outcome.grant.refresh_token);
  trip_fini(&t);
  expect_refresh(credential, URL, "grant_type=refresh_token&refresh_token=r%2F2%26x%3Dy");
  expect_token(credential, "{\"access_token\":\"u\",\"expires_in\":60}", "u", 60000);
  expect_refresh(credential, URL, "grant_type=refresh_token&refresh_token=r%2F2%26x%3Dy");
  cai_credential_free(credential);
}

static void expect_failure(cai_credential *credential, int status, const char *body, bool transient,
                           const char *words) {
  trip t = feed_once(credential, status, body);
  assert_int_equal(t.step, CAI_STEP_FAILED);
  assert_int_equal(t.outcome.setback.stage, CAI_STAGE_OAUTH);
  assert_int_equal(t.outcome.setback.transient, transient);
  CONTAINS(t.outcome.setback.err.message, "/home/x.json");
  CONTAINS(t.outcome.setback.err.message, words);
  LACKS(t.outcome.setback.err.message, "hush-1");
  LACKS(t.outcome.setback.err.message, "refresh-1");
  trip_fini(&t);
}

static void test_failures(void **state) {
  (void)state;
  cai_credential *credential = need(FILE_WITH(URL, ""));
  expect_refresh(credential, URL, "grant_type=refresh_token&refresh_token=refresh-1");
  expect_failure(credential, 400, "{\"error\":\"invalid_grant\",\"error_description\":\"refresh-1 is gone\"}", false,
                 "--login-config");
  expect_refresh(credential, URL, "grant_type=refresh_token&refresh_token=refresh-1");
  expect_failure(credential, 401, "{\"error\":\"hush-1\"}", false, URL);
  expect_refresh(credential, URL, "grant_type=refresh_token&refresh_token=refresh-1");
  expect_failure(credential, 502, "refresh-1", true, "502");
  expect_failure(credential, 200, "<html>refresh-1</html>", true, "JSON");
  expect_refresh(credential, URL, "grant_type=refresh_token&refresh_token=refresh-1");
  expect_token(credential, "{\"access_token\":\"u\",\"expires_in\":60}", "u", 60000);
  cai_credential_free(credential);
}

static void check_broken(const char *text, int code, const char *words) {
  cai_err err;
  if (parse(text, &err)) fail_msg("taken: %s", text);
  if (err.code != code) fail_msg("code %d for %s: %s", err.code, text, err.message);
  CONTAINS(err.message, "/home/x.json");
  CONTAINS(err.message, words);
  LACKS(err.message, "hush-1");
  LACKS(err.message, "pass");
}

static void test_hosts(void **state) {
  (void)state;
  static const char *const files[] = {FILE_WITH("https://user:pass@sts.googleapis.com/t", ""),
                                      FILE_WITH("http://sts.googleapis.com/t", ""),
                                      FILE_WITH("file:///etc/passwd", ""),
                                      FILE_WITH("https://sts.googleapis.com.evil.com/t", ""),
                                      FILE_WITH("https://sts.googleapis.com@evil.com/t", ""),
                                      FILE_WITH("https://oauth2.googleapis.com/token", ""),
                                      FILE_WITH("http://127.0.0.1:9001/t", ""),
                                      FILE_WITH("https://evil.com", ",\"token_url\":\"" URL "\"")};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++)
    check_broken(files[i], CHATABI_E_AUTH_HOST, "\"token_url\"");
  cai_credential *credential = need(FILE_WITH("http://127.0.0.1:9000/t", ",\"token_url\":\"https://evil.com\""));
  expect_refresh(credential, "http://127.0.0.1:9000/t", "grant_type=refresh_token&refresh_token=refresh-1");
  cai_credential_free(credential);
}

static void test_members(void **state) {
  (void)state;
  check_broken("{}", CHATABI_E_AUTH_SOURCE, "\"token_url\"");
  check_broken("{\"token_url\":\"" URL "\"}", CHATABI_E_AUTH_SOURCE, "\"client_id\"");
  check_broken("{\"token_url\":\"" URL "\",\"client_id\":\"i\"}", CHATABI_E_AUTH_SOURCE, "\"client_secret\"");
  check_broken("{\"token_url\":\"" URL "\",\"client_id\":\"i\",\"client_secret\":\"hush-1\"}", CHATABI_E_AUTH_SOURCE,
               "\"refresh_token\"");
  check_broken("{\"token_url\":\"" URL "\",\"client_id\":7}", CHATABI_E_AUTH_SOURCE, "\"client_id\"");
  check_broken("{\"token_url\":\"" URL "\",\"client_id\":\"i\",\"client_secret\":[\"hush-1\"]}", CHATABI_E_AUTH_SOURCE,
               "\"client_secret\"");
  check_broken("{\"token_url\":\"" URL "\",\"client_id\":\"i\\r\\nX: y\"}", CHATABI_E_AUTH_SOURCE, "control character");
  check_broken("{\"token_url\":\"" URL "\\r\\nX: y\"}", CHATABI_E_AUTH_SOURCE, "control character");
  check_broken("{\"token_url\":{\"url\":\"" URL "\"}}", CHATABI_E_AUTH_SOURCE, "\"token_url\"");
}

#ifdef CAI_TEST_ALLOC
static bool live(void *world) {
  const papers *p = world;
  cai_err err;
  cai_err_clear(&err);
  cai_credential *credential = cai_external_user_new(&p->document, &err);
  if (!credential) {
    assert_true(err.code != 0);
    return false;
  }
  credential->ops->begin(credential);
  trip t = ask_once(credential);
  bool done = t.step == CAI_STEP_ASK;
  assert_true(done || t.outcome.setback.transient);
  trip_fini(&t);
  if (done) {
    t = feed_once(credential, 200, "{\"access_token\":\"t\",\"expires_in\":60,\"refresh_token\":\"r\"}");
    done = t.step == CAI_STEP_DONE;
    assert_true(done || t.outcome.setback.transient);
    trip_fini(&t);
  }
  cai_credential_free(credential);
  return done;
}

static void test_allocations(void **state) {
  (void)state;
  papers p;
  papers_open(&p, FILE_WITH(URL, ""));
  starve(live, &p);
  papers_close(&p);
}
#endif

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_rotation),    cmocka_unit_test(test_failures),
      cmocka_unit_test(test_hosts),       cmocka_unit_test(test_members),
#ifdef CAI_TEST_ALLOC
      cmocka_unit_test(test_allocations),
#endif
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
