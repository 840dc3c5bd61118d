/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chat/failure/retry.h"
#include "chatabi.h"

#define NOW_MS 1767225600000 /* Thu, 01 Jan 2026 00:00:00 GMT */

enum { BACKOFF = 500, NEVER = -1 };

static int64_t delay(int code, int64_t asked_ms, int rounds, double jitter, bool terminal) {
  cai_retry_policy policy = {20, 60000};
  cai_failure f;
  cai_err err;
  cai_failure_init(&f);
  cai_err_set(&err, code, "x");
  cai_failure_from_err(&f, &err);
  f.retry_after_ms = asked_ms;
  f.terminal = terminal;
  return cai_retry_delay_ms(&policy, &f, rounds, jitter);
}

static void test_delays(void **state) {
  (void)state;
  assert_int_equal(delay(CHATABI_E_CONNECT, -1, 1, 0, false), 500);
  assert_int_equal(delay(CHATABI_E_CONNECT, -1, 2, 0, false), 1000);
  assert_int_equal(delay(CHATABI_E_CONNECT, -1, 3, 0, false), 2000);
  assert_int_equal(delay(CHATABI_E_CONNECT, -1, 5, 0, false), 8000);
  assert_int_equal(delay(CHATABI_E_CONNECT, -1, 20, 0, false), 8000);
  assert_int_equal(delay(CHATABI_E_CONNECT, -1, 1, 1, false), 375);
  assert_int_equal(delay(CHATABI_E_CONNECT, -1, 20, 1, false), 6000);
  assert_int_equal(delay(CHATABI_E_CONNECT, -1, 1, -3, false), 500);
  assert_int_equal(delay(CHATABI_E_CONNECT, -1, 1, 7, false), 375);
  assert_int_equal(delay(CHATABI_E_CONNECT, -1, 21, 0, false), NEVER);
  assert_int_equal(delay(CHATABI_E_CONNECT, -1, 0, 0, false), NEVER);
  assert_int_equal(delay(CHATABI_E_DNS, 60000, 1, 1, false), 60000);
  assert_int_equal(delay(CHATABI_E_DNS, 60001, 1, 1, false), NEVER);
  assert_int_equal(delay(CHATABI_E_DNS, 1, 3, 1, false), 1);
  assert_int_equal(delay(CHATABI_E_TIMEOUT, 0, 3, 0, false), 2000);
  assert_int_equal(delay(CHATABI_E_DISCONNECT, -1, 1, 0, true), NEVER);
}

static void test_huge_numbers_of_rounds(void **state) {
  (void)state;
  cai_retry_policy policy = {INT32_MAX, 1000};
  cai_failure f;
  cai_failure_init(&f);
  f.retryable = true;
  assert_int_equal(cai_retry_delay_ms(&policy, &f, INT32_MAX, 0), 8000);
}

static void test_never(void **state) {
  (void)state;
  static const int codes[] = {CHATABI_E_TLS,    CHATABI_E_TOO_LARGE, CHATABI_E_CANCELLED,
                              CHATABI_E_CLOSED, CHATABI_E_PROTOCOL,  CHATABI_E_JSON};
  for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) assert_int_equal(delay(codes[i], 1, 1, 0, false), NEVER);
}

/* ---- what the server asks for, as it comes out: limit 120 s, first round, no jitter ---- */

static int64_t reply(const char *header, const char *value, const char *body, int status) {
  cai_retry_policy policy = {2, 120000};
  cai_failure f;
  cai_headers headers;
  cai_headers_init(&headers);
  cai_failure_init(&f);
  if (header) assert_int_equal(cai_headers_set(&headers, header, value), 0);
  cai_failure_from_reply(&f, status, &headers, body, strlen(body), NOW_MS);
  int64_t wait_ms = cai_retry_delay_ms(&policy, &f, 1, 0);
  cai_failure_fini(&f);
  cai_headers_fini(&headers);
  return wait_ms;
}

typedef struct ask {
  const char *text;
  int64_t wait_ms;
} ask;

/* The table that openai-python keeps for its clients, and what else is seen. */
static void test_retry_after(void **state) {
  (void)state;
  static const ask asks[] = {
      {"20", 20000},
      {"0", BACKOFF},
      {"0.0", BACKOFF},
      {"-10", BACKOFF},
      {"60", 60000},
      {"61", 61000},
      {"120", 120000},
      {"121", NEVER},
      {"120.0001", NEVER},
      {"1.5", 1500},
      {"  7  ", 7000},
      {"0.0001", 1},
      {"Thu, 01 Jan 2026 00:00:20 GMT", 20000},
      {"Thu, 01 Jan 2026 00:00:00 GMT", BACKOFF},
      {"Wed, 31 Dec 2025 23:59:50 GMT", BACKOFF},
      {"Thu, 01 Jan 2026 00:01:00 GMT", 60000},
      {"Thu, 01 Jan 2026 00:01:01 GMT", 61000},
      {"Thu, 01 Jan 2026 00:02:00 GMT", 120000},
      {"Thu, 01 Jan 2026 00:02:01 GMT", NEVER},
      {"Zun, 01 Jan 2026 00:00:20 GMT", BACKOFF},
      {"Thu, 01 Jan 100000 00:00:20 GMT", BACKOFF},
      {"Thu, 99 Foo 2026", BACKOFF},
      {"99999999999999999999999999999999999999", BACKOFF},
      {"999999999", NEVER},
      {"inf", BACKOFF},
      {"Infinity", BACKOFF},
      {"nan", BACKOFF},
      {"1e3", BACKOFF},
      {"0x10", BACKOFF},
      {"1,5", BACKOFF},
      {"", BACKOFF},
      {" ", BACKOFF},
      {"soon", BACKOFF},
  };
  for (size_t i = 0; i < sizeof asks / sizeof *asks; i++) {
    int64_t wait_ms = reply("Retry-After", asks[i].text, "", 429);
    if (wait_ms != asks[i].wait_ms) fail_msg("\"%s\": %lld", asks[i].text, (long long)wait_ms);
  }
}

static void test_retry_after_ms(void **state) {
  (void)state;
  static const ask asks[] = {{"250", 250},      {"0.5", 1},       {"1234.5", 1235},      {"120000", 120000},
                             {"120001", NEVER}, {"0", BACKOFF},   {"-1", BACKOFF},       {"250ms", BACKOFF},
                             {"", BACKOFF},     {"1e9", BACKOFF}, {"120000.0001", NEVER}};
  for (size_t i = 0; i < sizeof asks / sizeof *asks; i++) {
    int64_t wait_ms = reply("retry-after-ms", asks[i].text, "", 429);
    if (wait_ms != asks[i].wait_ms) fail_msg("\"%s\": %lld", asks[i].text, (long long)wait_ms);
  }
}

#define DELAY(text) "{\"error\":{\"details\":[{\"@type\":\"x\",\"retryDelay\":\"" text "\"}]}}"

static void test_retry_info(void **state) {
  (void)state;
  assert_int_equal(reply(NULL, NULL, DELAY("34s"), 429), 34000);
  assert_int_equal(reply(NULL, NULL, DELAY("1.5s"), 429), 1500);
  assert_int_equal(reply(NULL, NULL, DELAY("34.074824224s"), 429), 34075);
  assert_int_equal(reply(NULL, NULL, DELAY("0s"), 429), BACKOFF);
  assert_int_equal(reply(NULL, NULL, DELAY("0.000000001s"), 429), 1);
  assert_int_equal(reply(NULL, NULL, DELAY("-1s"), 429), BACKOFF);
  assert_int_equal(reply(NULL, NULL, DELAY("34"), 429), BACKOFF);
  assert_int_equal(reply(NULL, NULL, DELAY("1ms"), 429), BACKOFF);
  assert_int_equal(reply(NULL, NULL, DELAY("121s"), 429), NEVER);
}

static void test_the_longer_of_both(void **state) {
  (void)state;
  assert_int_equal(reply("Retry-After", "20", DELAY("34s"), 429), 34000);
  assert_int_equal(reply("Retry-After", "40", DELAY("34s"), 429), 40000);
  assert_int_equal(reply("retry-after-ms", "40", DELAY("0.01s"), 429), 40);
  assert_int_equal(reply("Retry-After", "0", DELAY("34s"), 429), 34000);
  assert_int_equal(reply("Retry-After", "121", DELAY("1s"), 429), NEVER);
}

static void test_which_statuses(void **state) {
  (void)state;
  static const int again[] = {408, 409, 429, 499, 500, 502, 503, 504, 520, 529};
  static const int not_again[] = {300, 302, 400, 401, 402, 403, 404, 405, 410, 413, 422, 424, 501, 505};
  for (size_t i = 0; i < sizeof again / sizeof *again; i++)
    if (reply(NULL, NULL, "", again[i]) != BACKOFF) fail_msg("%d", again[i]);
  for (size_t i = 0; i < sizeof not_again / sizeof *not_again; i++)
    if (reply(NULL, NULL, "", not_again[i]) != NEVER) fail_msg("%d", not_again[i]);
}

static void test_the_server_decides(void **state) {
  (void)state;
  assert_int_equal(reply("x-should-retry", "true", "", 400), BACKOFF);
  assert_int_equal(reply("X-Should-Retry", "TRUE", "", 404), BACKOFF);
  assert_int_equal(reply("x-should-retry", "false", "", 503), NEVER);
  assert_int_equal(reply("x-should-retry", "maybe", "", 503), BACKOFF);
  assert_int_equal(reply("x-should-retry", "true", "{\"error\":{\"code\":\"insufficient_quota\"}}", 429), NEVER);
}

/* ---- elsewhere ---- */

static bool elsewhere(int status, const char *body) {
  cai_failure f;
  cai_failure_init(&f);
  cai_failure_from_reply(&f, status, NULL, body, strlen(body), NOW_MS);
  bool may = cai_retry_elsewhere(&f);
  cai_failure_fini(&f);
  return may;
}

static void test_another_server_may_help(void **state) {
  (void)state;
  static const int yes[] = {402, 404, 408, 409, 410, 429, 499, 500, 501, 502, 503, 504};
  static const int no[] = {302, 400, 401, 403, 405, 413, 422};
  for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
    if (!elsewhere(yes[i], "")) fail_msg("%d", yes[i]);
  for (size_t i = 0; i < sizeof no / sizeof *no; i++)
    if (elsewhere(no[i], "")) fail_msg("%d", no[i]);
  assert_true(elsewhere(429, "{\"error\":{\"code\":\"insufficient_quota\"}}"));
  assert_true(elsewhere(429, "{\"error\":{\"details\":[{\"violations\":[{\"quotaId\":\"PerDay\"}]}]}}"));
  assert_true(elsewhere(200, "{\"error\":{\"code\":503,\"message\":\"m\"}}"));
  assert_false(elsewhere(200, "{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"m\"}}"));
  assert_false(elsewhere(400, "{\"error\":{\"code\":\"content_filter\",\"message\":\"m\"}}"));
}

static void test_another_server_for_errors_below_http(void **state) {
  (void)state;
  static const int yes[] = {CHATABI_E_DNS, CHATABI_E_CONNECT, CHATABI_E_TLS, CHATABI_E_DISCONNECT, CHATABI_E_TIMEOUT};
  static const int no[] = {CHATABI_E_NOMEM,     CHATABI_E_ARG,       CHATABI_E_CONFIG,      CHATABI_E_STATE,
                           CHATABI_E_FORKED,    CHATABI_E_JSON,      CHATABI_E_UNSUPPORTED, CHATABI_E_AUTH_SOURCE,
                           CHATABI_E_AUTH_HOST, CHATABI_E_TOO_LARGE, CHATABI_E_PROTOCOL,    CHATABI_E_TRUNCATED,
                           CHATABI_E_CANCELLED, CHATABI_E_CLOSED,    CHATABI_E_INTERNAL};
  cai_failure f;
  cai_err err;
  cai_failure_init(&f);
  for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
    cai_err_set(&err, yes[i], "x");
    cai_failure_from_err(&f, &err);
    if (!cai_retry_elsewhere(&f)) fail_msg("%d", yes[i]);
  }
  for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
    cai_err_set(&err, no[i], "x");
    cai_failure_from_err(&f, &err);
    if (cai_retry_elsewhere(&f)) fail_msg("%d", no[i]);
  }
  cai_failure_fini(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_delays),
      cmocka_unit_test(test_huge_numbers_of_rounds),
      cmocka_unit_test(test_never),
      cmocka_unit_test(test_retry_after),
      cmocka_unit_test(test_retry_after_ms),
      cmocka_unit_test(test_retry_info),
      cmocka_unit_test(test_the_longer_of_both),
      cmocka_unit_test(test_which_statuses),
      cmocka_unit_test(test_the_server_decides),
      cmocka_unit_test(test_another_server_may_help),
      cmocka_unit_test(test_another_server_for_errors_below_http),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
