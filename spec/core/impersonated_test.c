/* SPDX-License-Identifier: MIT */
#include "auth/credential/impersonated.h"

#include "base/scan.h"
#include "federation_fixture.h"

#define IAM "/v1/projects/-/serviceAccounts/robot@p.iam.gserviceaccount.com:generateAccessToken"
#define IAM_URL "https://iamcredentials.googleapis.com" IAM
#define MEMBER "\"service_account_impersonation_url\":\"" IAM_URL "\""
#define USER                                                                                             \
  "{\"type\":\"authorized_user\",\"client_id\":\"id-1\",\"client_secret\":\"hush-1\",\"refresh_token\":" \
  "\"refresh-1\",\"account\":\"ann@example.com\",\"quota_project_id\":\"payer\"}"
#define FILE_WITH(source, rest) \
  "{\"type\":\"impersonated_service_account\"," MEMBER ",\"source_credentials\":" source rest "}"
#define BODY "{\"scope\":[\"https://www.googleapis.com/auth/cloud-platform\"],\"lifetime\":\"3600s\"}"
#define IAM_REPLY "{\"accessToken\":\"imp-token\",\"expireTime\":\"2026-01-01T01:00:00Z\"}"
#define USER_URL "https://oauth2.googleapis.com/token"
#define USER_FORM "grant_type=refresh_token&client_id=id-1&client_secret=hush-1&refresh_token=refresh-1"
#define USER_REPLY "{\"access_token\":\"source-token\",\"expires_in\":3599}"

static char *pem;

static int make_pem(void **state) {
  (void)state;
  EVP_PKEY *rsa = make_key(EVP_PKEY_RSA);
  pem = pkcs8_of(rsa, NULL);
  EVP_PKEY_free(rsa);
  return 0;
}

static int free_pem(void **state) {
  (void)state;
  free(pem);
  return 0;
}

static cai_credential *parse(const char *text, cai_err *err) {
  papers p;
  papers_open(&p, text);
  cai_err_clear(err);
  cai_credential *credential = cai_credential_make(&p.document, err);
  papers_close(&p);
  return credential;
}

static cai_credential *need(const char *text) {
  cai_err err;
  cai_credential *credential = parse(text, &err);
  if (!credential) fail_msg("%s", err.message);
  assert_string_equal(credential->ops->type, "impersonated_service_account");
  assert_string_equal(credential->principal, "robot@p.iam.gserviceaccount.com");
  assert_null(credential->ops->reject);
  return credential;
}

static void expect_iam(cai_credential *credential, const char *bearer, const char *quota, const char *body) {
  trip t = ask_once(credential);
  if (t.step != CAI_STEP_ASK) fail_msg("%s", t.outcome.setback.err.message);
  check_request(&t.errand.http, "POST", IAM_URL, body);
  if (bearer) check_header(&t.errand.http, "authorization", bearer);
  check_header(&t.errand.http, "x-goog-user-project", quota);
  trip_fini(&t);
}

static void start(cai_credential *credential) {
  credential->ops->begin(credential);
  expect_request(credential, "POST", USER_URL, USER_FORM);
  expect_step(credential, 200, USER_REPLY, CAI_STEP_ASK);
  expect_iam(credential, "Bearer source-token", "payer", BODY);
}

static void test_user(void **state) {
  (void)state;
  cai_credential *credential = need(FILE_WITH(USER, ",\"quota_project_id\":\"other\""));
  assert_string_equal(credential->quota_project_id, "other");
  for (int i = 0; i < 2; i++) {
    start(credential);
    expect_token(credential, IAM_REPLY, "imp-token", 3600000);
  }
  cai_credential_free(credential);
}

static void test_settings(void **state) {
  (void)state;
  cai_credential *credential = need(FILE_WITH(USER, ",\"lifetime\":\"1200s\",\"delegates\":[\"a@x.com\"]"));
  credential->ops->begin(credential);
  expect_request(credential, "POST", USER_URL, USER_FORM);
  expect_step(credential, 200, USER_REPLY, CAI_STEP_ASK);
  expect_iam(credential, "Bearer source-token", "payer",
             "{\"delegates\":[\"projects/-/serviceAccounts/a@x.com\"],\"scope\":[\"https://www.googleapis.com/auth/"
             "cloud-platform\"],\"lifetime\":\"1200s\"}");
  cai_credential_free(credential);
}

static void expect_failure(cai_credential *credential, int status, const char *body, cai_stage stage, bool transient,
                           const char *words) {
  trip t = feed_once(credential, status, body);
  assert_int_equal(t.step, CAI_STEP_FAILED);
  assert_int_equal(t.outcome.setback.stage, stage);
  assert_int_equal(t.outcome.setback.transient, transient);
  assert_null(t.outcome.grant.access_token);
  CONTAINS(t.outcome.setback.err.message, "/home/x.json");
  CONTAINS(t.outcome.setback.err.message, words);
  LACKS(t.outcome.setback.err.message, "source-token");
  LACKS(t.outcome.setback.err.message, "hush-1");
  LACKS(t.outcome.setback.err.message, "refresh-1");
  trip_fini(&t);
}

static void test_source_fails(void **state) {
  (void)state;
  cai_credential *credential = need(FILE_WITH(USER, ""));
  credential->ops->begin(credential);
  expect_request(credential, "POST", USER_URL, USER_FORM);
  expect_failure(credential, 400, "{\"error\":\"invalid_grant\",\"error_description\":\"refresh-1 is void\"}",
                 CAI_STAGE_OAUTH, false, "(source_credentials)");
  credential->ops->begin(credential);
  expect_request(credential, "POST", USER_URL, USER_FORM);
  expect_failure(credential, 503, "", CAI_STAGE_OAUTH, true, USER_URL);
  start(credential);
  expect_token(credential, IAM_REPLY, "imp-token", 3600000);
  cai_credential_free(credential);
}

static void test_iam_fails(void **state) {
  (void)state;
  cai_credential *credential = need(FILE_WITH(USER, ""));
  start(credential);
  expect_failure(credential, 403, "{\"error\":{\"status\":\"PERMISSION_DENIED\",\"message\":\"no source-token\"}}",
                 CAI_STAGE_IMPERSONATE, false,
                 "roles/iam.serviceAccountTokenCreator on robot@p.iam.gserviceaccount.com to ann@example.com");
  start(credential);
  expect_failure(credential, 500, "", CAI_STAGE_IMPERSONATE, true, "500");
  start(credential);
  expect_failure(credential, 200, "{\"access_token\":\"imp\"}", CAI_STAGE_IMPERSONATE, true, "expireTime");
  /* This source has nothing to put right. */
  start(credential);
  expect_failure(credential, 401, "{}", CAI_STAGE_IMPERSONATE, false, "401");
  start(credential);
  expect_token(credential, IAM_REPLY, "imp-token", 3600000);
  cai_credential_free(credential);
}

/* A run that is given up half-way leaves nothing to the next one. */
static void test_abandoned(void **state) {
  (void)state;
  cai_credential *credential = need(FILE_WITH(USER, ""));
  start(credential);
  start(credential);
  credential->ops->begin(credential);
  expect_request(credential, "POST", USER_URL, USER_FORM);
  cai_credential_free(credential);
}

/* ---- a source that signs its tokens itself ---- */

static char *file_of_robot(const char *end) {
  cai_buf out;
  cai_buf_init(&out, 1 << 16);
  cai_buf_text(&out, "{\"type\":\"impersonated_service_account\"," MEMBER
                     ",\"source_credentials\":{\"type\":\"service_account\",\"client_email\":\"src@p.iam\","
                     "\"private_key\":");
  cai_scan_quote(&out, pem, strlen(pem));
  cai_buf_text(&out, end);
  char *text = cai_buf_take(&out);
  assert_non_null(text);
  return text;
}

static cai_credential *need_robot(void) {
  char *text = file_of_robot("}}");
  cai_credential *credential = need(text);
  cai_free(text);
  return credential;
}

static char *bearer_of(cai_credential *credential) {
  trip t = ask_once(credential);
  assert_int_equal(t.step, CAI_STEP_ASK);
  check_request(&t.errand.http, "POST", IAM_URL, BODY);
  char *bearer = strdup(cai_headers_get(&t.errand.http.headers, "authorization"));
  assert_int_equal(strncmp(bearer, "Bearer ey", 9), 0);
  trip_fini(&t);
  return bearer;
}

static trip feed_401(cai_credential *credential, const char *date) {
  cai_http_reply reply;
  make_reply(&reply, 401, "{\"error\":{\"status\":\"UNAUTHENTICATED\",\"message\":\"invalid credentials\"}}");
  if (date) cai_headers_set(&reply.headers, "Date", date);
  return feed_reply(credential, &reply);
}

/* The source signs once more with the time of IAM. */
static void test_wrong_clock(void **state) {
  (void)state;
  cai_credential *credential = need_robot();
  credential->ops->begin(credential);
  char *first = bearer_of(credential);
  trip t = feed_401(credential, "Thu, 01 Jan 2026 02:00:00 GMT");
  assert_int_equal(t.step, CAI_STEP_ASK);
  assert_int_equal(t.outcome.setback.err.code, 0);
  trip_fini(&t);
  char *second = bearer_of(credential);
  assert_string_not_equal(first, second);
  expect_token(credential, IAM_REPLY, "imp-token", 3600000);
  free(first);
  free(second);
  cai_credential_free(credential);
}

/* IAM takes no token that the source signed itself: the source gets a granted one, once in a run. */
static void test_rejected(void **state) {
  (void)state;
  cai_credential *credential = need_robot();
  credential->ops->begin(credential);
  free(bearer_of(credential));
  trip t = feed_401(credential, NULL);
  assert_int_equal(t.step, CAI_STEP_ASK);
  trip_fini(&t);
  t = ask_once(credential);
  assert_int_equal(t.step, CAI_STEP_ASK);
  assert_string_equal(t.errand.http.url, USER_URL);
  trip_fini(&t);
  expect_step(credential, 200, USER_REPLY, CAI_STEP_ASK);
  expect_iam(credential, "Bearer source-token", NULL, BODY);
  t = feed_401(credential, NULL);
  assert_int_equal(t.step, CAI_STEP_FAILED);
  assert_int_equal(t.outcome.setback.stage, CAI_STAGE_IMPERSONATE);
  assert_int_equal(t.outcome.setback.http_status, 401);
  trip_fini(&t);
  credential->ops->begin(credential);
  t = ask_once(credential);
  assert_string_equal(t.errand.http.url, USER_URL);
  trip_fini(&t);
  /* Unless nothing comes from there: then the source signs again. */
  credential->stuck = true;
  credential->ops->begin(credential);
  free(bearer_of(credential));
  cai_credential_free(credential);
}

/* ---- the file ---- */

static void check_broken(const char *text, int code, const char *words) {
  cai_err err;
  if (parse(text, &err)) fail_msg("taken: %s", text);
  if (err.code != code) fail_msg("code %d for %.300s: %s", err.code, text, err.message);
  CONTAINS(err.message, "/home/x.json");
  CONTAINS(err.message, words);
  LACKS(err.message, "hush-1");
}

#define OTHER_URL(url)                                                                      \
  "{\"type\":\"impersonated_service_account\",\"service_account_impersonation_url\":\"" url \
  "\",\"source_credentials\":" USER "}"

static void test_broken(void **state) {
  (void)state;
  static const char *const urls[] = {OTHER_URL("https://user:pass@iamcredentials.googleapis.com" IAM),
                                     OTHER_URL("http://iamcredentials.googleapis.com" IAM), OTHER_URL("file://" IAM),
                                     OTHER_URL("https://iamcredentials.googleapis.com.evil.com" IAM),
                                     OTHER_URL("https://iamcredentials.googleapis.com@evil.com" IAM)};
  for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
    check_broken(urls[i], CHATABI_E_AUTH_HOST, "\"service_account_impersonation_url\"");
  check_broken("{\"type\":\"impersonated_service_account\"}", CHATABI_E_AUTH_SOURCE,
               "\"service_account_impersonation_url\"");
  check_broken("{\"type\":\"impersonated_service_account\"," MEMBER "}", CHATABI_E_AUTH_SOURCE,
               "\"source_credentials\"");
  check_broken(FILE_WITH("\"/home/ann/adc.json\"", ""), CHATABI_E_AUTH_SOURCE, "\"source_credentials\"");
  check_broken(FILE_WITH("[" USER "]", ""), CHATABI_E_AUTH_SOURCE, "\"source_credentials\"");
  check_broken(FILE_WITH("{}", ""), CHATABI_E_AUTH_SOURCE, "(source_credentials)");
  check_broken(FILE_WITH("{\"type\":\"zebra\"}", ""), CHATABI_E_AUTH_SOURCE, "zebra");
  check_broken(FILE_WITH("{\"type\":\"authorized_user\",\"client_id\":7}", ""), CHATABI_E_AUTH_SOURCE, "\"client_id\"");
  check_broken(FILE_WITH(USER, ",\"lifetime\":\"12h\""), CHATABI_E_AUTH_SOURCE, "\"lifetime\"");
  check_broken(FILE_WITH(USER, ",\"delegates\":\"a@x.com\""), CHATABI_E_AUTH_SOURCE, "\"delegates\"");
  check_broken(FILE_WITH("{\"type\":7}", ",\"source_credentials\":" USER), CHATABI_E_AUTH_SOURCE, "\"type\"");
}

static void test_universe(void **state) {
  (void)state;
  check_broken(FILE_WITH("{\"type\":\"authorized_user\",\"client_id\":\"i\",\"client_secret\":\"hush-1\","
                         "\"refresh_token\":\"r\",\"universe_domain\":\"other.goog\"}",
                         ""),
               CHATABI_E_AUTH_HOST, "other.goog");
  check_broken(FILE_WITH(USER, ",\"universe_domain\":\"other.goog\""), CHATABI_E_AUTH_HOST, "other.goog");
  check_broken(FILE_WITH(USER, ",\"universe_domain\":7"), CHATABI_E_AUTH_SOURCE, "\"universe_domain\"");
}

/* An account in an account: the inner run ends before the outer one asks IAM. */
static void test_nested(void **state) {
  (void)state;
  cai_credential *credential = need(FILE_WITH(FILE_WITH(USER, ""), ""));
  credential->ops->begin(credential);
  expect_request(credential, "POST", USER_URL, USER_FORM);
  expect_step(credential, 200, USER_REPLY, CAI_STEP_ASK);
  expect_iam(credential, "Bearer source-token", "payer", BODY);
  expect_step(credential, 200, "{\"accessToken\":\"inner-token\",\"expireTime\":\"2026-01-01T01:00:00Z\"}",
              CAI_STEP_ASK);
  expect_iam(credential, "Bearer inner-token", NULL, BODY);
  expect_token(credential, IAM_REPLY, "imp-token", 3600000);
  cai_credential_free(credential);
}

static void test_too_deep(void **state) {
  (void)state;
  char *begin =
      long_text("", "{\"type\":\"impersonated_service_account\"," MEMBER ",\"source_credentials\":", 40, USER);
  char *text = long_text(begin, "}", 40, "");
  check_broken(text, CHATABI_E_AUTH_SOURCE, "deep");
  cai_free(begin);
  cai_free(text);
}

/* A source that reads files needs the same leave as a whole file of that type. */
static void test_external(void **state) {
  (void)state;
  papers p;
  cai_err err;
  papers_open(&p, FILE_WITH("{\"type\":\"external_account\",\"audience\":\"a\",\"subject_token_type\":\"t\","
                            "\"credential_source\":{\"file\":\"/etc/shadow\"}}",
                            ""));
  p.guard.external = false;
  assert_null(cai_credential_make(&p.document, &err));
  assert_int_equal(err.code, CHATABI_E_AUTH_SOURCE);
  CONTAINS(err.message, "auth_allow_external");
  p.guard.external = true;
  cai_credential *credential = cai_credential_make(&p.document, &err);
  assert_non_null(credential);
  cai_credential_free(credential);
  papers_close(&p);
}

#ifdef CAI_TEST_ALLOC
static bool go(cai_credential *credential, int status, const char *body, cai_step wanted, cai_outcome *outcome) {
  cai_errand errand;
  cai_http_reply reply;
  cai_errand_init(&errand);
  cai_step step = credential->ops->ask(credential, now, &errand, outcome);
  cai_errand_fini(&errand);
  if (step == CAI_STEP_ASK) {
    make_reply(&reply, status, body);
    step = credential->ops->feed(credential, now, &reply, outcome);
    cai_http_reply_fini(&reply);
  }
  if (step == CAI_STEP_FAILED) assert_true(outcome->setback.err.code != 0);
  return step == wanted;
}

static bool run(cai_credential *credential) {
  cai_outcome outcome;
  cai_outcome_init(&outcome);
  credential->ops->begin(credential);
  bool done = go(credential, 200, USER_REPLY, CAI_STEP_ASK, &outcome) &&
              go(credential, 200, IAM_REPLY, CAI_STEP_DONE, &outcome);
  cai_outcome_fini(&outcome);
  return done;
}

static bool live(void *world) {
  const papers *p = world;
  cai_err err;
  cai_err_clear(&err);
  cai_credential *credential = cai_credential_make(&p->document, &err);
  if (!credential) {
    assert_true(err.code != 0);
    return false;
  }
  bool done = run(credential);
  /* What failed for want of memory works in the next run. */
  if (!done) assert_true(run(credential));
  cai_credential_free(credential);
  return done;
}

static void test_allocations(void **state) {
  (void)state;
  papers p;
  papers_open(&p, FILE_WITH(USER, ",\"delegates\":[\"a\"]"));
  starve(live, &p);
  papers_close(&p);
}
#endif

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_user),        cmocka_unit_test(test_settings),  cmocka_unit_test(test_source_fails),
      cmocka_unit_test(test_iam_fails),   cmocka_unit_test(test_abandoned), cmocka_unit_test(test_wrong_clock),
      cmocka_unit_test(test_rejected),    cmocka_unit_test(test_broken),    cmocka_unit_test(test_universe),
      cmocka_unit_test(test_nested),      cmocka_unit_test(test_too_deep),  cmocka_unit_test(test_external),
#ifdef CAI_TEST_ALLOC
      cmocka_unit_test(test_allocations),
#endif
  };
  return cmocka_run_group_tests(tests, make_pem, free_pem);
}
