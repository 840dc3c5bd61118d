/* SPDX-License-Identifier: MIT
 * Which quota ran out, and which refusals no waiting mends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chat/failure/failure.h"
#include "chatabi.h"

#define DETAILS(list) \
  "{\"error\":{\"code\":429,\"message\":\"m\",\"status\":\"RESOURCE_EXHAUSTED\",\"details\":[" list "]}}"
#define QUOTA(violations) "{\"@type\":\"type.googleapis.com/google.rpc.QuotaFailure\",\"violations\":[" violations "]}"
#define INFO(metadata) "{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"metadata\":{" metadata "}}"
#define MINUTE "{\"quotaMetric\":\"x/requests\",\"quotaId\":\"GenerateRequestsPerMinutePerProjectPerModel-FreeTier\"}"
#define DAY "{\"quotaMetric\":\"x/requests\",\"quotaId\":\"GenerateRequestsPerDayPerProjectPerModel-FreeTier\"}"
#define SAYS(message) "{\"error\":{\"message\":\"" message "\",\"code\":429}}"
#define NAMED(code, type) "{\"error\":{\"message\":\"m\",\"code\":" code ",\"type\":" type "}}"

typedef struct row {
  const char *body;
  const char *quota;
  bool final;
} row;

static const row rows[] = {
    {DETAILS(QUOTA(MINUTE)), "GenerateRequestsPerMinutePerProjectPerModel-FreeTier", false},
    {DETAILS(QUOTA(MINUTE "," DAY)), "GenerateRequestsPerDayPerProjectPerModel-FreeTier", true},
    {DETAILS(QUOTA(DAY "," MINUTE)), "GenerateRequestsPerDayPerProjectPerModel-FreeTier", true},
    {DETAILS(QUOTA("{\"quotaMetric\":\"g.com/tokens\"}")), "g.com/tokens", false},
    {DETAILS(INFO("\"quota_limit\":\"L\",\"quota_metric\":\"M\"") "," QUOTA("{\"quotaMetric\":\"g.com/tokens\"}")),
     "g.com/tokens", false},
    {DETAILS(INFO("\"quota_metric\":\"M\",\"quota_limit\":\"LimitPerDay\"")), "LimitPerDay", true},
    {DETAILS(INFO("\"quota_metric\":\"g.com/requests_per_day\"")), "g.com/requests_per_day", true},
    {DETAILS(QUOTA("{\"quotaId\":null},7,\"PerDay\"")), NULL, false},
    {SAYS("Quota exceeded for aiplatform.googleapis.com/online_prediction_input_tokens_per_minute_per_base_model with "
          "base model: x. Please submit a quota increase request."),
     "aiplatform.googleapis.com/online_prediction_input_tokens_per_minute_per_base_model", false},
    {SAYS("You exceeded your current quota.\\n* Quota exceeded for metric: g.com/free_requests, limit: 0, model: x"),
     "g.com/free_requests", true},
    {SAYS("Quota exceeded for metric: g.com/free_requests, limit: 05"), "g.com/free_requests", false},
    {SAYS("limit: 0.5"), NULL, false},
    {SAYS("limit: 20, and limit: 0."), NULL, true},
    {SAYS("Quota exceeded for quota metric 'Generate requests' and limit 'x'"), "Generate requests", false},
    {SAYS("Quota exceeded for you"), NULL, false},
    {SAYS("Rate limit exceeded: free-models-per-day. Add credits"), NULL, true},
    {SAYS("Rate limit reached on requests per day (RPD): Limit 200. Please try again in 7m12s."), NULL, false},
    {SAYS("Too many requests. Exceeded the Provisioned Throughput."), NULL, true},
    {NAMED("\"insufficient_quota\"", "\"insufficient_quota\""), NULL, true},
    {NAMED("null", "\"insufficient_quota\""), NULL, true},
    {NAMED("\"billing_hard_limit_reached\"", "\"invalid_request_error\""), NULL, true},
    {NAMED("\"billing_not_active\"", "\"billing_not_active\""), NULL, true},
    {NAMED("\"access_terminated\"", "null"), NULL, true},
    {NAMED("null", "\"access_terminated_error\""), NULL, true},
    {NAMED("null", "\"exceeded_current_quota_error\""), NULL, true},
    {NAMED("\"rate_limit_exceeded\"", "\"tokens\""), NULL, false},
    {"", NULL, false},
};

static void test_what_ran_out_and_whether_for_long(void **state) {
  (void)state;
  cai_failure f;
  cai_failure_init(&f);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    cai_failure_from_reply(&f, 429, NULL, rows[i].body, strlen(rows[i].body), 0);
    assert_int_equal(f.err.code, CHATABI_E_RATE_LIMIT);
    if (!f.quota != !rows[i].quota || (f.quota && strcmp(f.quota, rows[i].quota) != 0))
      fail_msg("row %zu: %s", i, f.quota ? f.quota : "(none)");
    if (f.terminal != rows[i].final || f.retryable == rows[i].final) fail_msg("row %zu: %d", i, f.terminal);
  }
  cai_failure_fini(&f);
}

static const char *remaining(cai_failure *f, int status, const char *requests, const char *tokens, const char *body) {
  cai_headers headers;
  cai_headers_init(&headers);
  if (requests) assert_int_equal(cai_headers_set(&headers, "x-ratelimit-remaining-requests", requests), 0);
  if (tokens) assert_int_equal(cai_headers_set(&headers, "X-RateLimit-Remaining-Tokens", tokens), 0);
  cai_failure_from_reply(f, status, &headers, body, strlen(body), 0);
  cai_headers_fini(&headers);
  return f->quota ? f->quota : "";
}

static void test_openai_names_it_in_headers(void **state) {
  (void)state;
  cai_failure f;
  cai_failure_init(&f);
  assert_string_equal(remaining(&f, 429, "0", "149984", ""), "requests");
  assert_string_equal(remaining(&f, 429, "59", "0", ""), "tokens");
  assert_string_equal(remaining(&f, 429, NULL, "0", ""), "tokens");
  assert_string_equal(remaining(&f, 429, "1", "2", ""), "");
  assert_string_equal(remaining(&f, 429, NULL, NULL, ""), "");
  assert_string_equal(remaining(&f, 500, "0", "0", ""), "");
  assert_string_equal(remaining(&f, 429, "0", "0", DETAILS(QUOTA(DAY))),
                      "GenerateRequestsPerDayPerProjectPerModel-FreeTier");
  cai_failure_fini(&f);
}

/* A day's quota is not the matter when the server is down. */
static void test_only_a_refusal_for_quota_is_final(void **state) {
  (void)state;
  const char *body = "{\"error\":{\"message\":\"retry per_day, limit: 0\"}}";
  cai_failure f;
  cai_failure_init(&f);
  cai_failure_from_reply(&f, 503, NULL, body, strlen(body), 0);
  assert_false(f.terminal);
  assert_true(f.retryable);
  cai_failure_fini(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_what_ran_out_and_whether_for_long),
      cmocka_unit_test(test_openai_names_it_in_headers),
      cmocka_unit_test(test_only_a_refusal_for_quota_is_final),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
