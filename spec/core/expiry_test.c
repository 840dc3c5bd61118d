/* SPDX-License-Identifier: MIT */
#include "auth/expiry.h"

#include "auth_fixture.h"

static cai_now at(int64_t boot_s, int64_t wall_s) {
  return (cai_now){.boot_ms = boot_s * 1000, .wall_ms = wall_s * 1000};
}

static void test_hour(void **state) {
  (void)state;
  cai_expiry expiry = cai_expiry_in(at(100, 5000), 3600000);
  assert_int_equal(cai_expiry_freshness(&expiry, at(100, 5000)), CAI_FRESHNESS_FRESH);
  assert_int_equal(cai_expiry_freshness(&expiry, at(100 + 3374, 5000 + 3374)), CAI_FRESHNESS_FRESH);
  assert_int_equal(cai_expiry_freshness(&expiry, at(100 + 3375, 5000 + 3375)), CAI_FRESHNESS_STALE);
  assert_int_equal(cai_expiry_freshness(&expiry, at(100 + 3589, 5000 + 3589)), CAI_FRESHNESS_STALE);
  assert_int_equal(cai_expiry_freshness(&expiry, at(100 + 3590, 5000 + 3590)), CAI_FRESHNESS_LAST);
  assert_int_equal(cai_expiry_freshness(&expiry, at(100 + 3600, 5000 + 3600)), CAI_FRESHNESS_OVER);
}

static void test_short_life(void **state) {
  (void)state;
  cai_expiry expiry = cai_expiry_in(at(0, 0), 50000);
  assert_int_equal(cai_expiry_freshness(&expiry, at(29, 29)), CAI_FRESHNESS_FRESH);
  assert_int_equal(cai_expiry_freshness(&expiry, at(30, 30)), CAI_FRESHNESS_STALE);
  assert_int_equal(cai_expiry_freshness(&expiry, at(44, 44)), CAI_FRESHNESS_STALE);
  assert_int_equal(cai_expiry_freshness(&expiry, at(45, 45)), CAI_FRESHNESS_LAST);
}

static void test_either_clock_ends_it(void **state) {
  (void)state;
  cai_expiry expiry = cai_expiry_in(at(100, 5000), 3600000);
  assert_int_equal(cai_expiry_freshness(&expiry, at(100 + 3601, 5001)), CAI_FRESHNESS_OVER);
  assert_int_equal(cai_expiry_freshness(&expiry, at(101, 5000 + 3601)), CAI_FRESHNESS_OVER);
  assert_int_equal(cai_expiry_freshness(&expiry, at(100 + 3601, 1)), CAI_FRESHNESS_OVER);
  assert_int_equal(cai_expiry_left_ms(&expiry, at(200, 5200)), 3400000);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_hour), cmocka_unit_test(test_short_life),
                                     cmocka_unit_test(test_either_clock_ends_it)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
