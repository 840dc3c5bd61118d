/* SPDX-License-Identifier: MIT */
#include "auth/exchange/grant.h"

#include "auth_fixture.h"

static const cai_exchange exchange = {.stage = CAI_STAGE_OAUTH,
                                      .server = "the token endpoint https://oauth2.googleapis.com/token",
                                      .origin = "/home/x.json",
                                      .advice = "Log in again.",
                                      .dated = true};
/* 2026-01-01 00:00:00 UTC */
static const cai_now now = {.boot_ms = 1000, .wall_ms = 1767225600000};

static int read_reply(cai_http_reply *reply, cai_grant *grant, cai_setback *setback) {
  cai_grant_init(grant);
  int error = cai_grant_read(grant, &exchange, now, reply, setback);
  cai_http_reply_fini(reply);
  return error;
}

static int read_body(int status, const char *body, cai_setback *setback) {
  cai_http_reply reply;
  cai_grant grant;
  make_reply(&reply, status, body);
  int error = read_reply(&reply, &grant, setback);
  cai_grant_fini(&grant);
  return error;
}

static void check_good(const char *body, int64_t life_ms) {
  cai_http_reply reply;
  cai_grant grant;
  cai_setback setback;
  make_reply(&reply, 200, body);
  assert_int_equal(read_reply(&reply, &grant, &setback), 0);
  assert_string_equal(grant.access_token, "tok");
  assert_int_equal(grant.life_ms, life_ms);
  cai_grant_fini(&grant);
}

static void test_good(void **state) {
  (void)state;
  check_good("{\"access_token\":\"tok\",\"expires_in\":3599,\"token_type\":\"Bearer\"}", 3599000);
  check_good("{\"access_token\":\"tok\",\"expires_in\":\"3599\"}", 3599000);
  check_good("{\"access_token\":\"tok\",\"expires_in\":\"9007199254740992\"}", 7 * 24 * 3600 * 1000LL);
}

static void test_odd(void **state) {
  (void)state;
  static const char *const bodies[] = {"",
                                       "<html>",
                                       "[]",
                                       "{\"expires_in\":1}",
                                       "{\"access_token\":\"tok\"}",
                                       "{\"access_token\":\"tok\",\"expires_in\":0}",
                                       "{\"access_token\":\"tok\",\"expires_in\":\"-9223372036854775808\"}",
                                       "{\"access_token\":\"tok\",\"expires_in\":-1e300}",
                                       "{\"access_token\":\"\",\"expires_in\":9}",
                                       "{\"access_token\":7,\"expires_in\":9}",
                                       "{\"access_token\":\"t\\r\\nX: y\",\"expires_in\":9}",
                                       "{\"Access_Token\":\"tok\",\"expires_in\":9}"};
  for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
    cai_setback setback;
    assert_int_equal(read_body(200, bodies[i], &setback), CHATABI_E_AUTH_EXCHANGE);
    assert_true(setback.transient);
    LACKS(setback.err.message, "tok\"");
  }
}

static void test_oauth_error(void **state) {
  (void)state;
  cai_setback setback;
  read_body(400, "{\"error\":\"invalid_grant\",\"error_description\":\"Token has been expired or revoked.\"}",
            &setback);
  assert_false(setback.transient);
  CONTAINS(setback.err.message, "/home/x.json");
  CONTAINS(setback.err.message, "invalid_grant: Token has been expired or revoked. Log in again.");
  read_body(400, "{\"error\":\"invalid_grant\",\"error_subtype\":\"invalid_rapt\",\"error_description\":\"reauth\"}",
            &setback);
  CONTAINS(setback.err.message, "gcloud auth application-default login");
  LACKS(setback.err.message, "Log in again");
  read_body(401, "{\"error\":\"invalid_client\"}", &setback);
  assert_false(setback.transient);
  CONTAINS(setback.err.message, "invalid_client");
}

static void test_google_error(void **state) {
  (void)state;
  cai_setback setback;
  read_body(403, "{\"error\":{\"code\":403,\"message\":\"No\\nway\",\"status\":\"PERMISSION_DENIED\"}}", &setback);
  assert_false(setback.transient);
  CONTAINS(setback.err.message, "PERMISSION_DENIED: No way.");
}

static void test_transient(void **state) {
  (void)state;
  static const int statuses[] = {408, 429, 500, 502, 503, 504};
  cai_setback setback;
  for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
    read_body(statuses[i], "oops", &setback);
    assert_true(setback.transient);
  }
  read_body(400, "{\"error\":\"temporarily_unavailable\"}", &setback);
  assert_true(setback.transient);
  read_body(404, "", &setback);
  assert_false(setback.transient);
}

static void test_transport(void **state) {
  (void)state;
  cai_http_reply reply;
  cai_grant grant;
  cai_setback setback;
  make_no_reply(&reply, CHATABI_E_CONNECT, "connection refused by 1.2.3.4");
  assert_int_equal(read_reply(&reply, &grant, &setback), CHATABI_E_AUTH_EXCHANGE);
  assert_true(setback.transient);
  CONTAINS(setback.err.message, "connection refused by 1.2.3.4");
  make_no_reply(&reply, CHATABI_E_TLS, "bad certificate");
  read_reply(&reply, &grant, &setback);
  assert_false(setback.transient);
}

static int64_t retry_after(const char *value) {
  cai_http_reply reply;
  cai_grant grant;
  cai_setback setback;
  make_reply(&reply, 429, "");
  cai_headers_set(&reply.headers, "retry-after", value);
  read_reply(&reply, &grant, &setback);
  return setback.retry_after_ms;
}

static void test_retry_after(void **state) {
  (void)state;
  assert_int_equal(retry_after("7"), 7000);
  assert_int_equal(retry_after("Thu, 01 Jan 2026 00:00:09 GMT"), 9000);
  assert_int_equal(retry_after("Thu, 01 Jan 1998 00:00:09 GMT"), 0);
  assert_int_equal(retry_after("-5"), 0);
  assert_int_equal(retry_after("soon"), 0);
  assert_int_equal(retry_after("99999999999999999999"), 300000);
}

static void read_dated(const char *date, const char *description, cai_setback *setback) {
  cai_http_reply reply;
  cai_grant grant;
  char body[256];
  snprintf(body, sizeof body, "{\"error\":\"invalid_grant\",\"error_description\":\"%s\"}", description);
  make_reply(&reply, 400, body);
  if (date) cai_headers_set(&reply.headers, "Date", date);
  read_reply(&reply, &grant, setback);
}

/* A refresh token is not dated: the clock may be wrong, but that is not why it was refused. */
static void test_clock_is_not_to_blame(void **state) {
  (void)state;
  cai_exchange undated = exchange;
  cai_http_reply reply;
  cai_setback setback;
  undated.dated = false;
  make_reply(&reply, 400, "{\"error\":\"invalid_grant\",\"error_description\":\"Token has been expired or revoked.\"}");
  cai_headers_set(&reply.headers, "Date", "Thu, 01 Jan 2026 00:02:00 GMT");
  cai_setback_read(&setback, &undated, now, &reply);
  assert_false(setback.bad_time);
  assert_int_equal(setback.skew_ms, 120000);
  CONTAINS(setback.err.message, "Log in again.");
  LACKS(setback.err.message, "clock");
  cai_http_reply_fini(&reply);
}

static void test_clock(void **state) {
  (void)state;
  cai_setback setback;
  read_dated("Wed, 31 Dec 2025 23:54:48 GMT", "Invalid JWT", &setback);
  assert_true(setback.bad_time);
  assert_int_equal(setback.skew_ms, -312000);
  CONTAINS(setback.err.message, "Your clock is 312 s ahead");
  read_dated("Thu, 01 Jan 2026 00:02:00 GMT", "Invalid JWT", &setback);
  CONTAINS(setback.err.message, "Your clock is 120 s behind");
  read_dated("Thu, 01 Jan 2026 00:00:30 GMT", "Account deleted", &setback);
  assert_false(setback.bad_time);
  CONTAINS(setback.err.message, "Log in again");
  read_dated(NULL, "Token must be a short-lived token and in a reasonable timeframe.", &setback);
  assert_true(setback.bad_time);
  CONTAINS(setback.err.message, "Check this machine's clock");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_good),
                                     cmocka_unit_test(test_odd),
                                     cmocka_unit_test(test_oauth_error),
                                     cmocka_unit_test(test_google_error),
                                     cmocka_unit_test(test_transient),
                                     cmocka_unit_test(test_transport),
                                     cmocka_unit_test(test_retry_after),
                                     cmocka_unit_test(test_clock),
                                     cmocka_unit_test(test_clock_is_not_to_blame)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
