/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "chat/failure/failure.h"
#include "chatabi.h"

#define NOW_MS 1767225600000 /* Thu, 01 Jan 2026 00:00:00 GMT */

typedef struct row {
  int status;
  const char *body;
  int code;
  const char *words; /* in provider_message; NULL: none */
  int retryable;
  const char *hint; /* part of it, NULL: do not care */
} row;

static const row rows[] = {
    {429,
     "{\"error\":{\"message\":\"quota\",\"type\":\"insufficient_quota\",\"param\":null,\"code\":\"insufficient_quota\"}"
     "}",
     CHATABI_E_RATE_LIMIT, "quota", 0, "credit"},
    {429, "{\"error\":{\"message\":\"slow\",\"type\":\"requests\",\"code\":\"rate_limit_exceeded\"}}",
     CHATABI_E_RATE_LIMIT, "slow", 1, "fewer"},
    {429, "[{\n \"error\": {\"code\":429,\"message\":\"Resource\",\"status\":\"RESOURCE_EXHAUSTED\"}\n}]",
     CHATABI_E_RATE_LIMIT, "Resource", 1, "global"},
    {429, "{\"error\":{\"message\":\"Too many requests. Exceeded the Provisioned Throughput.\"}}", CHATABI_E_RATE_LIMIT,
     "Too many", 0, NULL},
    {429, "{\"error\":{\"details\":[{\"violations\":[{\"quotaId\":\"GenerateRequestsPerDayPerProject\"}]}]}}",
     CHATABI_E_RATE_LIMIT, NULL, 0, "day"},
    {400, "{\"object\":\"error\",\"message\":\"bad\",\"code\":40001}", CHATABI_E_INVALID_REQUEST, "bad", 0, NULL},
    {400, "{\"error\":{\"message\":\"bad\",\"code\":400}}", CHATABI_E_INVALID_REQUEST, "bad", 0, NULL},
    {404, "{\"error\":\"model not found\"}", CHATABI_E_NOT_FOUND, "model not found", 0, NULL},
    {404, "<!DOCTYPE html><html><head><title>Error 404\n(Not Found)</title></head><body>x</body>", CHATABI_E_NOT_FOUND,
     "Error 404 (Not Found)", 0, "base_url"},
    {404, "{\"error\":{\"message\":\"Publisher Model `projects/p/publishers/google/models/x` was not found\"}}",
     CHATABI_E_NOT_FOUND, "Publisher", 0, "global"},
    {502, "<html><body><h1>Bad Gateway</h1></body></html>", CHATABI_E_SERVER, "Bad Gateway", 1, NULL},
    {503, "", CHATABI_E_SERVER, NULL, 1, NULL},
    {503, "upstream connect error\r\n\x01reset", CHATABI_E_SERVER, "upstream connect error reset", 1, NULL},
    {422, "{\"detail\":[{\"msg\":\"field required\"}]}", CHATABI_E_INVALID_REQUEST, "field required", 0, NULL},
    {401, "{\"error\":{\"code\":401,\"status\":\"UNAUTHENTICATED\",\"message\":\"no\"}}", CHATABI_E_UNAUTHENTICATED,
     "no", 0, "gcloud"},
    {400, "[{\"error\":{\"code\":400,\"message\":\"API key not valid.\",\"status\":\"INVALID_ARGUMENT\"}}]",
     CHATABI_E_UNAUTHENTICATED, "API", 0, NULL},
    {403, "{\"error\":{\"message\":\"x\",\"details\":[{\"reason\":\"SERVICE_DISABLED\"}]}}", CHATABI_E_PERMISSION, "x",
     0, "services enable"},
    {403, "{\"error\":{\"message\":\"Permission 'aiplatform.endpoints.predict' denied\"}}", CHATABI_E_PERMISSION,
     "denied", 0, "aiplatform.user"},
    {402, "{}", CHATABI_E_PERMISSION, NULL, 0, "billing"},
    {504, "{}", CHATABI_E_TIMEOUT, NULL, 1, NULL},
    {400, "{\"error\":{\"code\":\"content_filter\",\"message\":\"m\"}}", CHATABI_E_BLOCKED, "m", 0, NULL},
    {302, "", CHATABI_E_PROTOCOL, NULL, 0, "base_url"},
    {200, "{\"error\":{\"code\":503,\"message\":\"m\"}}", CHATABI_E_SERVER, "m", 1, NULL},
    {200, "{\"error\":{\"status\":\"RESOURCE_EXHAUSTED\",\"message\":\"m\"}}", CHATABI_E_RATE_LIMIT, "m", 1, NULL},
    {200, "{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"m\"}}", CHATABI_E_INVALID_REQUEST, "m", 0,
     NULL},
};

static void test_replies(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    cai_failure f;
    cai_failure_init(&f);
    cai_failure_from_reply(&f, rows[i].status, NULL, rows[i].body, strlen(rows[i].body), NOW_MS);
    if (f.err.code != rows[i].code || f.retryable != (rows[i].retryable != 0))
      fail_msg("row %zu: %d %d %s", i, f.err.code, f.retryable, f.err.message);
    if (rows[i].words && !(f.provider_message && strstr(f.provider_message, rows[i].words)))
      fail_msg("row %zu: %s", i, f.err.message);
    if (!rows[i].words) assert_true(!f.provider_message || !strcmp(f.provider_message, "{}") || rows[i].status == 402);
    if (rows[i].hint && !(f.hint && strstr(f.hint, rows[i].hint))) fail_msg("row %zu: %s", i, f.err.message);
    if (rows[i].words) assert_non_null(strstr(f.err.message, rows[i].words));
    assert_null(strchr(f.err.message, '\n'));
    cai_failure_fini(&f);
  }
}

static int64_t wait_of(const char *name, const char *value, const char *body) {
  cai_failure f;
  cai_headers headers;
  cai_headers_init(&headers);
  cai_failure_init(&f);
  if (name) assert_int_equal(cai_headers_set(&headers, name, value), 0);
  cai_failure_from_reply(&f, 429, &headers, body, strlen(body), NOW_MS);
  int64_t wait_ms = f.retry_after_ms;
  cai_failure_fini(&f);
  cai_headers_fini(&headers);
  return wait_ms;
}

#define DELAY(text) "{\"error\":{\"details\":[{\"@type\":\"x\",\"retryDelay\":\"" text "\"}]}}"

static void test_retry_after(void **state) {
  (void)state;
  assert_int_equal(wait_of(NULL, NULL, ""), -1);
  assert_int_equal(wait_of("Retry-After", "20", ""), 20000);
  assert_int_equal(wait_of("Retry-After", " 1.5 ", ""), 1500);
  assert_int_equal(wait_of("Retry-After", "0", ""), 0);
  assert_int_equal(wait_of("Retry-After", "-10", ""), -1);
  assert_int_equal(wait_of("Retry-After", "nan", ""), -1);
  assert_int_equal(wait_of("Retry-After", "inf", ""), -1);
  assert_int_equal(wait_of("Retry-After", "1e3", ""), -1);
  assert_int_equal(wait_of("Retry-After", "", ""), -1);
  assert_int_equal(wait_of("Retry-After", "99999999999999999999999999", ""), -1);
  assert_int_equal(wait_of("Retry-After", "Thu, 01 Jan 2026 00:01:00 GMT", ""), 60000);
  assert_int_equal(wait_of("Retry-After", "Wed, 31 Dec 2025 23:59:50 GMT", ""), -1);
  assert_int_equal(wait_of("Retry-After", "Thu, 99 Foo 2026", ""), -1);
  assert_int_equal(wait_of("retry-after-ms", "250", ""), 250);
  assert_int_equal(wait_of("retry-after-ms", "0.5", ""), 1);
  assert_int_equal(wait_of(NULL, NULL, DELAY("34s")), 34000);
  assert_int_equal(wait_of(NULL, NULL, DELAY("1.5s")), 1500);
  assert_int_equal(wait_of(NULL, NULL, DELAY("34")), -1);
  assert_int_equal(wait_of("Retry-After", "20", DELAY("34s")), 34000);
  assert_int_equal(wait_of("Retry-After", "40", DELAY("34s")), 40000);
}

static const char *id_of(cai_failure *f, const char *const *names, size_t count, const char *body) {
  cai_headers headers;
  cai_headers_init(&headers);
  for (size_t i = 0; i < count; i++) assert_int_equal(cai_headers_set(&headers, names[i], names[i]), 0);
  cai_failure_from_reply(f, 503, &headers, body, strlen(body), NOW_MS);
  cai_headers_fini(&headers);
  return f->request_id ? f->request_id : "";
}

/* Each of them, taken as long as none of those before it is there. */
static void test_request_id(void **state) {
  (void)state;
  static const char *const names[] = {"x-request-id",     "request-id",        "apim-request-id",
                                      "x-amzn-requestid", "x-goog-request-id", "cf-ray"};
  cai_failure f;
  cai_failure_init(&f);
  for (size_t i = 0; i < 6; i++) assert_string_equal(id_of(&f, names + i, 6 - i, ""), names[i]);
  assert_string_equal(id_of(&f, names, 0, ""), "");
  assert_string_equal(id_of(&f, names, 0, "{\"message\":\"m\",\"request_id\":\"b\"}"), "b");
  cai_failure_identify(&f, NULL);
  cai_failure_fini(&f);
}

static void test_aws_names_the_error_in_a_header(void **state) {
  (void)state;
  cai_failure f;
  cai_headers headers;
  cai_headers_init(&headers);
  cai_failure_init(&f);
  assert_int_equal(cai_headers_set(&headers, "x-amzn-ErrorType", "ThrottlingException:http://internal/coral/"), 0);
  cai_failure_from_reply(&f, 429, &headers, "{\"message\":\"slow\"}", 18, NOW_MS);
  assert_string_equal(f.provider_type, "ThrottlingException");
  assert_non_null(strstr(f.err.message, "HTTP 429 (ThrottlingException): slow."));
  cai_failure_fini(&f);
  cai_headers_fini(&headers);
}

static void check_json(const cai_failure *f, const char *const *members) {
  cai_buf out;
  cai_err err;
  cai_buf_init(&out, 1 << 20);
  assert_int_equal(cai_failure_json(f, &out), 0);
  cJSON *tree = cai_json_parse(out.data, out.len, "failure", &err);
  assert_non_null(tree);
  for (; members[0]; members += 2) {
    const char *got = cai_json_string(tree, members[0]);
    if (!got || strcmp(got, members[1]) != 0) fail_msg("%s: %s", members[0], got ? got : "(none)");
  }
  cJSON_Delete(tree);
  cai_buf_fini(&out);
}

static void test_the_json_has_all_members(void **state) {
  (void)state;
  static const char *const members[] = {"provider_code",
                                        "c",
                                        "provider_status",
                                        "S",
                                        "provider_type",
                                        "t",
                                        "provider_reason",
                                        "R",
                                        "provider_message",
                                        "m",
                                        "param",
                                        "p",
                                        "quota",
                                        "q",
                                        "request_id",
                                        "r",
                                        NULL};
  static const char body[] =
      "{\"error\":{\"code\":\"c\",\"status\":\"S\",\"type\":\"t\",\"message\":\"m\",\"param\":"
      "\"p\",\"request_id\":\"r\",\"details\":[{\"reason\":\"R\",\"metadata\":{\"quota_limit\":"
      "\"q\"}}]}}";
  cai_failure f;
  cai_failure_init(&f);
  cai_failure_from_reply(&f, 429, NULL, body, sizeof body - 1, NOW_MS);
  check_json(&f, members);
  assert_null(f.limit);
  cai_failure_fini(&f);
}

static void test_the_option_whose_limit_it_was(void **state) {
  (void)state;
  static const char *const members[] = {"name", "TIMEOUT", "limit", "max_stream_ms", NULL};
  cai_failure f;
  cai_err err;
  cai_failure_init(&f);
  cai_err_set(&err, CHATABI_E_TIMEOUT, "too long");
  cai_failure_from_err(&f, &err);
  cai_failure_limit(&f, "max_stream_ms");
  check_json(&f, members);
  cai_failure_from_err(&f, &err);
  assert_null(f.limit);
  cai_failure_fini(&f);
}

static void test_a_secret_is_struck_out(void **state) {
  (void)state;
  static const char body[] =
      "{\"error\":{\"code\":\"sk-1234567890\",\"message\":\"bad sk-1234567890\",\"param\":\"sk-1234567890\","
      "\"request_id\":\"sk-1234567890\",\"details\":[{\"violations\":[{\"quotaId\":"
      "\"sk-1234567890\"}]}]}}";
  cai_failure f;
  cai_buf out;
  cai_failure_init(&f);
  cai_buf_init(&out, 1 << 20);
  cai_failure_from_reply(&f, 429, NULL, body, sizeof body - 1, NOW_MS);
  cai_failure_hide(&f, "sk-1234567890");
  assert_int_equal(cai_failure_json(&f, &out), 0);
  assert_null(strstr(out.data, "sk-1234567890"));
  assert_non_null(strstr(out.data, "\"quota\""));
  cai_buf_fini(&out);
  cai_failure_fini(&f);
}

/* The body is kept up to a length, the words up to a shorter one: neither may end in half a secret. */
static void test_a_secret_that_was_cut(void **state) {
  (void)state;
  static const char key[] = "sk-live-0123456789abcdef0123456789abcdef";
  for (size_t at = 440; at < 8200; at = at == 520 ? 8140 : at + 1) {
    cai_failure f;
    cai_buf body, out;
    cai_failure_init(&f);
    cai_buf_init(&body, 1 << 20);
    cai_buf_init(&out, 1 << 20);
    for (size_t i = 0; i < at; i++) cai_buf_byte(&body, '-');
    cai_buf_text(&body, key);
    cai_buf_text(&body, "----------");
    cai_failure_from_reply(&f, 400, NULL, body.data, body.len, NOW_MS);
    cai_failure_hide(&f, key);
    assert_int_equal(cai_failure_json(&f, &out), 0);
    assert_null(strstr(out.data, "sk-live-0123"));
    cai_buf_fini(&body);
    cai_buf_fini(&out);
    cai_failure_fini(&f);
  }
}

static void test_json_and_bounds(void **state) {
  (void)state;
  static char body[100000];
  memset(body, '\xC3', sizeof body);
  cai_failure f;
  cai_err err;
  cai_buf out;
  cai_failure_init(&f);
  cai_failure_from_reply(&f, 500, NULL, body, sizeof body, NOW_MS);
  assert_true(strlen(f.provider_message) <= 500);
  cai_buf_init(&out, 1 << 20);
  assert_int_equal(cai_failure_json(&f, &out), 0);
  cJSON *tree = cai_json_parse(out.data, out.len, "failure", &err);
  assert_non_null(tree);
  assert_string_equal(cai_json_string(tree, "name"), "SERVER");
  assert_int_equal(cai_json_int(tree, "http_status", 0), 500);
  cJSON_Delete(tree);
  cai_buf_fini(&out);
  cai_failure_from_err(&f, &f.err);
  assert_int_equal(f.err.code, CHATABI_E_SERVER);
  cai_failure_fini(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_replies),
      cmocka_unit_test(test_retry_after),
      cmocka_unit_test(test_request_id),
      cmocka_unit_test(test_aws_names_the_error_in_a_header),
      cmocka_unit_test(test_the_json_has_all_members),
      cmocka_unit_test(test_the_option_whose_limit_it_was),
      cmocka_unit_test(test_a_secret_is_struck_out),
      cmocka_unit_test(test_a_secret_that_was_cut),
      cmocka_unit_test(test_json_and_bounds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
