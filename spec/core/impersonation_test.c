/* SPDX-License-Identifier: MIT */
#include "auth/exchange/impersonation.h"

#include "federation_fixture.h"

#define HOST "https://iamcredentials.googleapis.com"
#define PATH "/v1/projects/-/serviceAccounts/robot@p.iam.gserviceaccount.com:generateAccessToken"
#define FILE_WITH(rest) "{\"url\":\"" HOST PATH "\"" rest "}"
#define BODY_END "\"scope\":[\"https://www.googleapis.com/auth/cloud-platform\"],\"lifetime\":\"3600s\"}"

static int init(const char *text, cai_impersonation *impersonation, cai_err *err) {
  papers p;
  papers_open(&p, text);
  cai_err_clear(err);
  int error = cai_impersonation_init(impersonation, &p.document, "url", err);
  assert_int_equal(error, err->code);
  papers_close(&p);
  return error;
}

static void check_body(const char *text, const char *quota, const char *body) {
  cai_impersonation impersonation;
  cai_http_request request;
  cai_err err;
  if (init(text, &impersonation, &err)) fail_msg("%s", err.message);
  assert_string_equal(impersonation.email, "robot@p.iam.gserviceaccount.com");
  cai_http_request_init(&request);
  assert_int_equal(cai_impersonation_ask(&impersonation, &request, "source-token", quota), 0);
  check_request(&request, "POST", HOST PATH, body);
  check_header(&request, "content-type", "application/json");
  check_header(&request, "accept", "application/json");
  check_header(&request, "authorization", "Bearer source-token");
  check_header(&request, "x-goog-user-project", quota);
  cai_http_request_fini(&request);
  cai_impersonation_fini(&impersonation);
}

static void test_request(void **state) {
  (void)state;
  check_body(FILE_WITH(), NULL, "{" BODY_END);
  check_body(FILE_WITH(), "payer", "{" BODY_END);
  check_body(FILE_WITH(",\"delegates\":[],\"lifetime\":null"), NULL, "{" BODY_END);
  check_body(FILE_WITH(",\"delegates\":null"), NULL, "{" BODY_END);
  check_body(FILE_WITH(",\"delegates\":[\"a@x.com\",\"projects/-/serviceAccounts/b@x.com\",\"1234\"]"), NULL,
             "{\"delegates\":[\"projects/-/serviceAccounts/a@x.com\",\"projects/-/serviceAccounts/b@x.com\","
             "\"projects/-/serviceAccounts/1234\"]," BODY_END);
}

static void check_lifetime(const char *text, int64_t lifetime_s) {
  cai_impersonation impersonation;
  cai_err err;
  int error = init(text, &impersonation, &err);
  if (lifetime_s) {
    if (error) fail_msg("%s", err.message);
    assert_int_equal(impersonation.lifetime_s, lifetime_s);
  } else {
    if (error != CHATABI_E_AUTH_SOURCE) fail_msg("taken: %s", text);
    CONTAINS(err.message, "lifetime");
    CONTAINS(err.message, "600 to 43200");
  }
  cai_impersonation_fini(&impersonation);
}

#define SECTION(value) FILE_WITH(",\"service_account_impersonation\":{\"token_lifetime_seconds\":" value "}")

static void test_lifetime(void **state) {
  (void)state;
  check_lifetime(FILE_WITH(), 3600);
  check_lifetime(FILE_WITH(",\"lifetime\":\"1800s\""), 1800);
  check_lifetime(FILE_WITH(",\"lifetime\":\"1800\""), 1800);
  check_lifetime(FILE_WITH(",\"lifetime\":1800"), 1800);
  check_lifetime(FILE_WITH(",\"service_account_impersonation\":{}"), 3600);
  check_lifetime(FILE_WITH(",\"service_account_impersonation\":null"), 3600);
  check_lifetime(SECTION("600"), 600);
  check_lifetime(SECTION("43200"), 43200);
  check_lifetime(SECTION("\"601\""), 601);
  check_lifetime(SECTION("null"), 3600);
  check_lifetime(SECTION("599"), 0);
  check_lifetime(SECTION("43201"), 0);
  check_lifetime(SECTION("0"), 0);
  check_lifetime(SECTION("-3600"), 0);
  check_lifetime(SECTION("3600.5"), 0);
  check_lifetime(SECTION("1e300"), 0);
  check_lifetime(SECTION("true"), 0);
  check_lifetime(SECTION("[3600]"), 0);
  check_lifetime(FILE_WITH(",\"lifetime\":\"1h\""), 0);
  check_lifetime(FILE_WITH(",\"lifetime\":\"3600ss\""), 0);
  check_lifetime(FILE_WITH(",\"lifetime\":\"s\""), 0);
  check_lifetime(FILE_WITH(",\"lifetime\":\"\""), 0);
  check_lifetime(FILE_WITH(",\"lifetime\":\"-3600s\""), 0);
  check_lifetime(FILE_WITH(",\"lifetime\":\"99999999999999999999s\""), 0);
  check_lifetime(FILE_WITH(",\"lifetime\":\"3600s\\\",\\\"x\\\":\\\"\""), 0);
}

static void check_broken(const char *text, int code, const char *words) {
  cai_impersonation impersonation;
  cai_err err;
  if (init(text, &impersonation, &err) != code) fail_msg("code %d for %s: %s", err.code, text, err.message);
  CONTAINS(err.message, "/home/x.json");
  CONTAINS(err.message, words);
  cai_impersonation_fini(&impersonation);
}

#define URL(text) "{\"url\":\"" text "\"}"

static void test_hosts(void **state) {
  (void)state;
  static const char *const urls[] = {URL("https://user:pass@iamcredentials.googleapis.com" PATH),
                                     URL("http://iamcredentials.googleapis.com" PATH),
                                     URL("file:///etc/passwd"),
                                     URL("https://iamcredentials.googleapis.com.evil.com" PATH),
                                     URL("https://iamcredentials.googleapis.com@evil.com" PATH),
                                     URL("https://evil.com/iamcredentials.googleapis.com" PATH),
                                     URL("https://evil.com#iamcredentials.googleapis.com" PATH),
                                     URL("https://sts.googleapis.com" PATH),
                                     URL("https://storage.googleapis.com" PATH),
                                     URL("https://iamcredentials.googleapis.com:444" PATH),
                                     URL("http://127.0.0.1:9001" PATH),
                                     URL("http://169.254.169.254" PATH),
                                     URL("//iamcredentials.googleapis.com" PATH),
                                     URL("robot@p.iam.gserviceaccount.com")};
  for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) check_broken(urls[i], CHATABI_E_AUTH_HOST, "\"url\"");
}

static void test_paths(void **state) {
  (void)state;
  static const char *const urls[] = {URL(HOST),
                                     URL(HOST "/"),
                                     URL(HOST "/v1/projects/-/serviceAccounts/:generateAccessToken"),
                                     URL(HOST "/v1/projects/p/serviceAccounts/a@b.c:generateAccessToken"),
                                     URL(HOST "/v1/projects/-/serviceAccounts/a@b.c:generateIdToken"),
                                     URL(HOST "/v1/projects/-/serviceAccounts/a@b.c:generateAccessToken/"),
                                     URL(HOST PATH "?x=y"),
                                     URL(HOST PATH "?x=" PATH),
                                     URL(HOST PATH "#x"),
                                     URL(HOST PATH "#" PATH),
                                     URL(HOST "/v2" PATH),
                                     URL(HOST "/v1/projects/-/serviceAccounts/a/b:generateAccessToken"),
                                     URL(HOST "/v1/projects/-/serviceAccounts/..:generateAccessToken/.." PATH),
                                     URL(HOST "/x/.." PATH),
                                     URL(HOST "/v1/projects/-/serviceAccounts/a%40b.c:generateAccessToken"),
                                     URL(HOST "/v1/projects/-/serviceAccounts/a%0d%0ab:generateAccessToken"),
                                     URL(HOST "/v1/projects/-/serviceAccounts/a b:generateAccessToken"),
                                     URL(HOST "/v1/projects/-/serviceAccounts/a:b:generateAccessToken"),
                                     URL(HOST "/v1/projects/-/serviceAccounts/a\xc3\xa4@b.c:generateAccessToken"),
                                     URL(HOST "/V1/projects/-/serviceAccounts/a@b.c:generateAccessToken")};
  for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
    cai_impersonation impersonation;
    cai_err err;
    if (!init(urls[i], &impersonation, &err)) fail_msg("taken: %s", urls[i]);
    CONTAINS(err.message, "\"url\" in /home/x.json");
    assert_null(impersonation.url);
    cai_impersonation_fini(&impersonation);
  }
}

static void test_texts(void **state) {
  (void)state;
  check_broken("{}", CHATABI_E_AUTH_SOURCE, "\"url\"");
  check_broken("{\"url\":7}", CHATABI_E_AUTH_SOURCE, "\"url\"");
  check_broken("{\"url\":null}", CHATABI_E_AUTH_SOURCE, "\"url\"");
  check_broken("{\"url\":[\"" HOST PATH "\"]}", CHATABI_E_AUTH_SOURCE, "\"url\"");
  check_broken("{\"URL\":\"" HOST PATH "\"}", CHATABI_E_AUTH_SOURCE, "\"url\"");
  check_broken(URL(HOST PATH "\\r\\nHost: evil.com"), CHATABI_E_AUTH_SOURCE, "control character");
  check_broken(FILE_WITH(",\"service_account_impersonation\":\"3600\""), CHATABI_E_AUTH_SOURCE, "is no object");
  char *email = long_text(HOST "/v1/projects/-/serviceAccounts/", "a", 10240, "@x.com:generateAccessToken");
  char *text = long_text("{\"url\":\"", email, 1, "\"}");
  check_broken(text, CHATABI_E_AUTH_SOURCE, "too long");
  cai_free(text);
  cai_free(email);
}

/* What is checked is what is used. */
static void test_duplicates(void **state) {
  (void)state;
  cai_impersonation impersonation;
  cai_err err;
  check_broken("{\"url\":\"https://evil.com" PATH "\",\"url\":\"" HOST PATH "\"}", CHATABI_E_AUTH_HOST, "evil.com");
  assert_int_equal(init("{\"url\":\"" HOST PATH "\",\"url\":\"https://evil.com" PATH "\"}", &impersonation, &err), 0);
  assert_string_equal(impersonation.url, HOST PATH);
  cai_impersonation_fini(&impersonation);
}

static void test_allowed_hosts(void **state) {
  (void)state;
  cai_impersonation impersonation;
  cai_err err;
  static const char *const urls[] = {URL("http://127.0.0.1:9000" PATH),
                                     URL("https://iamcredentials.mtls.googleapis.com" PATH),
                                     URL("https://us-east1.iamcredentials.googleapis.com" PATH)};
  for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
    if (init(urls[i], &impersonation, &err)) fail_msg("%s", err.message);
    assert_string_equal(impersonation.email, "robot@p.iam.gserviceaccount.com");
    cai_impersonation_fini(&impersonation);
  }
}

static void test_delegates(void **state) {
  (void)state;
  static const char *const lists[] = {"{}",
                                      "\"a@x.com\"",
                                      "7",
                                      "[7]",
                                      "[null]",
                                      "[\"\"]",
                                      "[\"a@x.com\",{}]",
                                      "[[\"a@x.com\"]]",
                                      "[\"a@x.com\\r\\n\"]",
                                      "[\"a@x.com%0d%0a\"]",
                                      "[\"a\\\"b\"]",
                                      "[\"projects/p/serviceAccounts/a@x.com\"]",
                                      "[\"projects/-/serviceAccounts/\"]",
                                      "[\"projects/-/serviceAccounts/a/b\"]",
                                      "[\"/\"]"};
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
    char text[512];
    snprintf(text, sizeof text, "{\"url\":\"%s\",\"delegates\":%s}", HOST PATH, lists[i]);
    check_broken(text, CHATABI_E_AUTH_SOURCE, "\"delegates\"");
  }
  char *text = long_text("{\"url\":\"" HOST PATH "\",\"delegates\":[\"a\"", ",\"a\"", 64, "]}");
  check_broken(text, CHATABI_E_AUTH_SOURCE, "at most 64");
  cai_free(text);
}

/* ---- the reply ---- */

static int read_reply(cai_http_reply *reply, cai_grant *grant, cai_setback *setback) {
  static const char *const secrets[] = {"source-token", NULL};
  const cai_exchange exchange = {.stage = CAI_STAGE_IMPERSONATE,
                                 .server = "the impersonation of robot@p",
                                 .origin = "/home/x.json",
                                 .advice = "",
                                 .secrets = secrets,
                                 .principal = "ann@example.com",
                                 .target = "robot@p"};
  cai_grant_init(grant);
  int error = cai_impersonation_read(grant, &exchange, now, reply, setback);
  cai_http_reply_fini(reply);
  return error;
}

static int read_dated(int status, const char *body, const char *date, cai_grant *grant, cai_setback *setback) {
  cai_http_reply reply;
  make_reply(&reply, status, body);
  if (date) cai_headers_set(&reply.headers, "Date", date);
  return read_reply(&reply, grant, setback);
}

#define TOKEN(expires) "{\"accessToken\":\"imp\",\"expireTime\":\"" expires "\"}"

static void check_life(const char *body, const char *date, int64_t life_ms) {
  cai_grant grant;
  cai_setback setback;
  if (read_dated(200, body, date, &grant, &setback)) fail_msg("%s", setback.err.message);
  assert_string_equal(grant.access_token, "imp");
  assert_int_equal(grant.life_ms, life_ms);
  cai_grant_fini(&grant);
}

static void test_life(void **state) {
  (void)state;
  check_life(TOKEN("2026-01-01T01:00:00Z"), NULL, 3600000);
  check_life(TOKEN("2026-01-01T01:00:00.250Z"), NULL, 3600250);
  check_life(TOKEN("2026-01-01T02:00:00+01:00"), NULL, 3600000);
  check_life(TOKEN("2026-01-01T01:00:00Z"), "no date", 3600000);
  /* Our clock is two days behind or ahead; the server's own tells how long it is. */
  check_life(TOKEN("2026-01-03T01:00:00Z"), "Sat, 03 Jan 2026 00:00:00 GMT", 3600000);
  check_life(TOKEN("2025-12-30T00:10:00Z"), "Tue, 30 Dec 2025 00:00:00 GMT", 600000);
  check_life(TOKEN("9999-12-31T23:59:59Z"), NULL, INT64_C(43200000));
}

static void test_odd(void **state) {
  (void)state;
  static const char *const bodies[] = {"",
                                       "<html>imp</html>",
                                       "[]",
                                       "{\"accessToken\":\"imp\"}",
                                       "{\"accessToken\":\"imp\",\"expireTime\":1767229200}",
                                       TOKEN("soon"),
                                       TOKEN(""),
                                       TOKEN("2025-12-31T23:59:59Z"),
                                       TOKEN("2026-01-01T00:00:00Z"),
                                       "{\"expireTime\":\"2026-01-01T01:00:00Z\"}",
                                       "{\"access_token\":\"imp\",\"expireTime\":\"2026-01-01T01:00:00Z\"}",
                                       "{\"accessToken\":7,\"expireTime\":\"2026-01-01T01:00:00Z\"}",
                                       "{\"accessToken\":\"imp\\n\",\"expireTime\":\"2026-01-01T01:00:00Z\"}"};
  for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
    cai_grant grant;
    cai_setback setback;
    if (!read_dated(200, bodies[i], NULL, &grant, &setback)) fail_msg("taken: %s", bodies[i]);
    assert_int_equal(setback.err.code, CHATABI_E_AUTH_EXCHANGE);
    assert_int_equal(setback.stage, CAI_STAGE_IMPERSONATE);
    assert_true(setback.transient);
    assert_null(grant.access_token);
    LACKS(setback.err.message, "imp\"");
  }
}

static void test_refused(void **state) {
  (void)state;
  cai_grant grant;
  cai_setback setback;
  read_dated(403,
             "{\"error\":{\"code\":403,\"message\":\"Permission 'iam.serviceAccounts.getAccessToken' denied for "
             "source-token\",\"status\":\"PERMISSION_DENIED\"}}",
             NULL, &grant, &setback);
  assert_false(setback.transient);
  assert_int_equal(setback.http_status, 403);
  assert_int_equal(setback.stage, CAI_STAGE_IMPERSONATE);
  assert_string_equal(setback.error, "PERMISSION_DENIED");
  CONTAINS(setback.err.message, "roles/iam.serviceAccountTokenCreator on robot@p to ann@example.com");
  LACKS(setback.err.message, "source-token");
  read_dated(404, "{}", NULL, &grant, &setback);
  CONTAINS(setback.err.message, "does not exist");
  read_dated(503, "", "Thu, 01 Jan 2026 00:05:00 GMT", &grant, &setback);
  assert_true(setback.transient);
  assert_int_equal(setback.skew_ms, 300000);
  read_dated(201, TOKEN("2026-01-01T01:00:00Z"), NULL, &grant, &setback);
  assert_null(grant.access_token);
}

#ifdef CAI_TEST_ALLOC
static bool live(void *world) {
  cai_impersonation impersonation;
  cai_http_request request;
  cai_grant grant;
  cai_setback setback;
  cai_err err;
  papers *p = world;
  cai_err_clear(&err);
  int error = cai_impersonation_init(&impersonation, &p->document, "url", &err);
  assert_int_equal(error, err.code);
  int other = 0;
  cai_http_request_init(&request);
  if (!error) other = cai_impersonation_ask(&impersonation, &request, "source-token", "payer");
  cai_http_request_fini(&request);
  cai_impersonation_fini(&impersonation);
  assert_true(!other || other == CHATABI_E_NOMEM);
  int third = read_dated(200, TOKEN("2026-01-01T01:00:00Z"), NULL, &grant, &setback);
  cai_grant_fini(&grant);
  return !error && !other && !third;
}

static void test_allocations(void **state) {
  (void)state;
  papers p;
  papers_open(&p, FILE_WITH(",\"delegates\":[\"a\",\"b\"]"));
  starve(live, &p);
  papers_close(&p);
}
#endif

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_request),     cmocka_unit_test(test_lifetime),      cmocka_unit_test(test_hosts),
      cmocka_unit_test(test_paths),       cmocka_unit_test(test_texts),         cmocka_unit_test(test_duplicates),
      cmocka_unit_test(test_delegates),   cmocka_unit_test(test_allowed_hosts), cmocka_unit_test(test_life),
      cmocka_unit_test(test_odd),         cmocka_unit_test(test_refused),
#ifdef CAI_TEST_ALLOC
      cmocka_unit_test(test_allocations),
#endif
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
