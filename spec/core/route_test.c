/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chatabi.h"
#include "engine/route.h"

static const cai_retry_policy twice = {.max_retries = 2, .max_wait_ms = 60000};

static cai_failure failure(int status, int code, bool retryable, int64_t asked_ms) {
  cai_failure f;
  cai_failure_init(&f);
  f.http_status = status;
  f.err.code = code;
  f.retryable = retryable;
  f.retry_after_ms = asked_ms;
  return f;
}

static int64_t next(cai_route *route, cai_failure f, int64_t now_ms) {
  return cai_route_next(route, &twice, &f, now_ms, 0);
}

static cai_failure busy(int64_t asked_ms) { return failure(429, CHATABI_E_RATE_LIMIT, true, asked_ms); }
static cai_failure missing(void) { return failure(404, CHATABI_E_NOT_FOUND, false, -1); }
static cai_failure invalid(void) { return failure(400, CHATABI_E_INVALID_REQUEST, false, -1); }
static cai_failure not_sent(void) { return failure(0, CHATABI_E_AUTH_HOST, false, -1); }

static void test_one_place_is_the_policy_of_retries(void **state) {
  (void)state;
  cai_route route;
  cai_route_init(&route, 1);
  assert_int_equal(next(&route, busy(-1), 1000), 500);
  assert_int_equal(next(&route, busy(3000), 2000), 3000);
  assert_int_equal(next(&route, busy(-1), 6000), -1);
  cai_route_init(&route, 1);
  assert_int_equal(next(&route, missing(), 1000), -1);
  cai_route_init(&route, 1);
  assert_int_equal(next(&route, busy(61000), 1000), -1);
}

static void test_other_places_come_at_once_and_rounds_wait(void **state) {
  (void)state;
  cai_route route;
  cai_route_init(&route, 3);
  assert_int_equal(next(&route, busy(-1), 0), 0);
  assert_int_equal(route.place, 1);
  assert_int_equal(next(&route, busy(-1), 0), 0);
  assert_int_equal(route.place, 2);
  assert_int_equal(next(&route, busy(-1), 0), 500);
  assert_int_equal(route.place, 0);
  assert_int_equal(next(&route, busy(-1), 0), 0);
  assert_int_equal(next(&route, busy(-1), 0), 0);
  assert_int_equal(next(&route, busy(-1), 0), 1000);
  assert_int_equal(next(&route, busy(-1), 0), 0);
  assert_int_equal(next(&route, busy(-1), 0), 0);
  assert_int_equal(next(&route, busy(-1), 0), -1);
}

static void test_a_hopeless_place_is_left_out_from_then_on(void **state) {
  (void)state;
  cai_route route;
  cai_route_init(&route, 2);
  assert_int_equal(next(&route, missing(), 0), 0);
  assert_int_equal(route.place, 1);
  assert_int_equal(next(&route, busy(-1), 0), 500);
  assert_int_equal(route.place, 1);
  assert_int_equal(next(&route, missing(), 0), -1);
}

static void test_what_is_wrong_with_the_request_is_wrong_everywhere(void **state) {
  (void)state;
  cai_route route;
  cai_route_init(&route, 3);
  assert_int_equal(next(&route, invalid(), 0), -1);
}

/* But what was never sent to a fallback concerns this place only. */
static void test_a_fallback_that_may_not_be_asked_is_passed_over(void **state) {
  (void)state;
  cai_route route;
  cai_route_init(&route, 3);
  assert_int_equal(next(&route, busy(-1), 0), 0);
  assert_int_equal(next(&route, not_sent(), 0), 0);
  assert_int_equal(route.place, 2);
  assert_int_equal(next(&route, busy(-1), 0), 500);
  assert_int_equal(route.place, 0);
}

static void test_the_least_patience_goes_first(void **state) {
  (void)state;
  cai_route route;
  cai_route_init(&route, 2);
  assert_int_equal(next(&route, busy(20000), 1000), 0);
  assert_int_equal(next(&route, busy(5000), 2000), 5000);
  assert_int_equal(route.place, 1);
  assert_int_equal(next(&route, busy(30000), 7000), 14000);
  assert_int_equal(route.place, 0);
}

static void test_who_asked_for_patience_stands_in_nobodys_way(void **state) {
  (void)state;
  cai_route route;
  cai_route_init(&route, 3);
  assert_int_equal(next(&route, busy(-1), 0), 0);
  assert_int_equal(next(&route, busy(30000), 0), 0);
  assert_int_equal(next(&route, busy(-1), 0), 500);
  assert_int_equal(route.place, 0);
  assert_int_equal(next(&route, busy(-1), 500), 0);
  assert_int_equal(route.place, 2);
}

/* Those whose time has come are equal to those that named none. */
static void test_a_wait_that_is_over_is_none(void **state) {
  (void)state;
  cai_route route;
  cai_route_init(&route, 2);
  assert_int_equal(next(&route, busy(1000), 0), 0);
  assert_int_equal(next(&route, busy(-1), 5000), 500);
  assert_int_equal(route.place, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_one_place_is_the_policy_of_retries),
      cmocka_unit_test(test_other_places_come_at_once_and_rounds_wait),
      cmocka_unit_test(test_a_hopeless_place_is_left_out_from_then_on),
      cmocka_unit_test(test_what_is_wrong_with_the_request_is_wrong_everywhere),
      cmocka_unit_test(test_a_fallback_that_may_not_be_asked_is_passed_over),
      cmocka_unit_test(test_the_least_patience_goes_first),
      cmocka_unit_test(test_who_asked_for_patience_stands_in_nobodys_way),
      cmocka_unit_test(test_a_wait_that_is_over_is_none),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
