/* SPDX-License-Identifier: MIT */
#include "base/timestamp.h"

#include "auth_fixture.h"

typedef struct moment {
  const char *text;
  int64_t ms;
} moment;

static void check(const moment *moments, size_t count) {
  for (size_t i = 0; i < count; i++) {
    int64_t ms = cai_timestamp_parse(moments[i].text);
    if (ms != moments[i].ms) fail_msg("%s is %lld", moments[i].text, (long long)ms);
  }
}

#define CHECK(moments) check(moments, sizeof(moments) / sizeof *(moments))

static void test_plain(void **state) {
  (void)state;
  static const moment moments[] = {{"1970-01-01T00:00:00Z", 0},
                                   {"1970-01-01T00:00:00-00:00", 0},
                                   {"2026-01-01T00:00:00Z", 1767225600000},
                                   {"2026-01-01t00:00:00z", 1767225600000},
                                   {"2000-02-29T12:00:00Z", 951825600000},
                                   {"2024-12-31T23:59:59Z", 1735689599000},
                                   {"2100-03-01T00:00:00Z", 4107542400000},
                                   {"9999-12-31T23:59:59.999Z", 253402300799999}};
  CHECK(moments);
}

static void test_fraction(void **state) {
  (void)state;
  static const moment moments[] = {{"2026-01-01T00:00:00.5Z", 1767225600500},
                                   {"2026-01-01T00:00:00.123456789Z", 1767225600123},
                                   {"2026-01-01T00:00:00.999999999999999999999999Z", 1767225600999},
                                   {"2026-01-01T00:00:00.007+00:00", 1767225600007},
                                   {"2026-01-01T00:00:00.Z", -1},
                                   {"2026-01-01T00:00:00,5Z", -1},
                                   {"2026-01-01T00:00:00.5", -1}};
  CHECK(moments);
}

static void test_offset(void **state) {
  (void)state;
  static const moment moments[] = {{"2026-01-01T01:30:00+01:30", 1767225600000},
                                   {"2025-12-31T16:00:00-08:00", 1767225600000},
                                   {"1970-01-01T00:30:00+01:00", -1},
                                   {"1969-12-31T23:30:00-01:00", 1800000},
                                   {"2026-01-01T00:00:00+24:00", -1},
                                   {"2026-01-01T00:00:00+00:60", -1},
                                   {"2026-01-01T00:00:00+0100", -1},
                                   {"2026-01-01T00:00:00+1:00", -1},
                                   {"2026-01-01T00:00:00 01:00", -1}};
  CHECK(moments);
}

static void test_leap_second(void **state) {
  (void)state;
  static const moment moments[] = {{"2016-12-31T23:59:60Z", 1483228800000},
                                   {"1990-12-31T15:59:60-08:00", 662688000000},
                                   {"2016-12-31T23:58:60Z", -1},
                                   {"2016-12-31T15:59:60Z", -1},
                                   {"2016-12-31T23:59:61Z", -1}};
  CHECK(moments);
}

static void test_out_of_range(void **state) {
  (void)state;
  static const moment moments[] = {
      {"1969-12-31T23:59:59Z", -1}, {"0000-01-01T00:00:00Z", -1}, {"2026-00-01T00:00:00Z", -1},
      {"2026-13-01T00:00:00Z", -1}, {"2026-01-00T00:00:00Z", -1}, {"2026-01-32T00:00:00Z", -1},
      {"2026-04-31T00:00:00Z", -1}, {"2026-02-29T00:00:00Z", -1}, {"2100-02-29T00:00:00Z", -1},
      {"2026-01-01T24:00:00Z", -1}, {"2026-01-01T00:60:00Z", -1}};
  CHECK(moments);
}

static void test_garbage(void **state) {
  (void)state;
  static const moment moments[] = {{NULL, -1},
                                   {"", -1},
                                   {"never", -1},
                                   {"1767225600", -1},
                                   {"2026-01-01", -1},
                                   {"2026-01-01T", -1},
                                   {"2026-01-01T00:00Z", -1},
                                   {"2026-01-01T00:00:00", -1},
                                   {"2026-01-01 00:00:00Z", -1},
                                   {"2026-01-01T00:00:00ZZ", -1},
                                   {"2026-01-01T00:00:00Z ", -1},
                                   {" 2026-01-01T00:00:00Z", -1},
                                   {"+026-01-01T00:00:00Z", -1},
                                   {"2026-1-01T00:00:00Z", -1},
                                   {"12026-01-01T00:00:00Z", -1},
                                   {"2026-01-01T-1:00:00Z", -1},
                                   {"Thu, 01 Jan 2026 00:00:00 GMT", -1}};
  CHECK(moments);
}

/* Every part of a good one is no moment. */
static void test_prefixes(void **state) {
  (void)state;
  char text[] = "2026-01-01T00:00:00.5+01:00";
  for (size_t len = strlen(text); len--;) {
    text[len] = '\0';
    assert_int_equal(cai_timestamp_parse(text), -1);
  }
}

static void test_http(void **state) {
  (void)state;
  assert_int_equal(cai_timestamp_http("Thu, 01 Jan 2026 00:00:09 GMT"), 1767225609000);
  assert_int_equal(cai_timestamp_http(NULL), -1);
  assert_int_equal(cai_timestamp_http(""), -1);
  assert_int_equal(cai_timestamp_http("soon"), -1);
  assert_int_equal(cai_timestamp_http("Fri, 31 Dec 9999 23:59:59 GMT"), 253402300799000);
  assert_int_equal(cai_timestamp_http("Sun, 06 Nov 10000 08:49:37 GMT"), -1);
  assert_int_equal(cai_timestamp_http("Sun, 06 Nov 999999999 08:49:37 GMT"), -1);
}

static void test_written(void **state) {
  (void)state;
  static const char *const moments[] = {"1970-01-01T00:00:00.000Z", "2026-01-31T12:00:00.123Z",
                                        "2000-02-29T23:59:59.009Z", "9999-12-31T23:59:59.999Z"};
  for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
    char text[CAI_TIMESTAMP_SIZE];
    cai_timestamp_write(text, cai_timestamp_parse(moments[i]));
    assert_string_equal(text, moments[i]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_plain),       cmocka_unit_test(test_fraction),     cmocka_unit_test(test_offset),
      cmocka_unit_test(test_leap_second), cmocka_unit_test(test_out_of_range), cmocka_unit_test(test_garbage),
      cmocka_unit_test(test_prefixes),    cmocka_unit_test(test_http),         cmocka_unit_test(test_written)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
