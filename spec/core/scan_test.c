/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/scan.h"
#include "chatabi.h"

static bool accepts(const char *text) { return cai_scan_check(text, strlen(text), NULL, NULL) == 0; }

static void test_accept(void **state) {
  (void)state;
  static const char *const good[] = {"0",
                                     "-0",
                                     "1.5e+3",
                                     "true",
                                     " null ",
                                     "\"\"",
                                     "\"\\u00e9\\n\\/\"",
                                     "[]",
                                     "[1,[2]]",
                                     "{}",
                                     "{\"a\":{\"b\":[]}}",
                                     "\t{\"a\" : 1 }\r\n",
                                     "\"\\ud83d\"",
                                     "12345678901234567890"};
  static const char *const bad[] = {"",        " ",        "01",         "1.",          ".5",      "+1",   "1e",
                                    "tru",     "\"",       "\"\\x\"",    "\"\\u12g4\"", "\"\n\"",  "[1,]", "[1 2]",
                                    "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}",       "[}",      "{]",   "1 2",
                                    "nul",     "NaN",      "'a'",        "[",           "{\"a\":1"};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++)
    if (!accepts(good[i])) fail_msg("refused: %s", good[i]);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    if (accepts(bad[i])) fail_msg("accepted: %s", bad[i]);
  assert_int_not_equal(cai_scan_check("1\0", 2, NULL, NULL), 0);
}

static void test_depth(void **state) {
  (void)state;
  char text[2 * CAI_SCAN_DEPTH + 3];
  for (size_t depth = CAI_SCAN_DEPTH; depth <= CAI_SCAN_DEPTH + 1; depth++) {
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    assert_int_equal(cai_scan_check(text, 2 * depth, NULL, NULL) == 0, depth == CAI_SCAN_DEPTH);
  }
}

static void test_offset(void **state) {
  (void)state;
  size_t offset = 0;
  const char *why = NULL;
  assert_int_equal(cai_scan_check("{\"a\":x}", 7, &offset, &why), CHATABI_E_JSON);
  assert_int_equal(offset, 5);
  assert_non_null(why);
}

static void expect_text(const char *json, const char *want, size_t len) {
  cai_buf out;
  cai_buf_init(&out, 1000);
  assert_int_equal(cai_scan_string(cai_span_of(json), &out), 0);
  assert_int_equal(out.len, len);
  assert_memory_equal(cai_buf_view(&out), want, len + 1);
  cai_buf_fini(&out);
}

static void test_strings(void **state) {
  (void)state;
  expect_text("\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "a\"\\/\b\f\n\r\t", 9);
  expect_text("\"\\u0041\\u00E9\\u20ac\"", "A\xC3\xA9\xE2\x82\xAC", 6);
  expect_text("\"\\ud83d\\ude00\"", "\xF0\x9F\x98\x80", 4);
  expect_text("\"\\ud83dx\"", "\xEF\xBF\xBDx", 4);
  expect_text("\"\\ude00\"", "\xEF\xBF\xBD", 3);
  expect_text("\"\\ud83d\\ud83d\\ude00\"", "\xEF\xBF\xBD\xF0\x9F\x98\x80", 7);
  expect_text("\"a\\u0000b\"", "a\0b", 3);
  expect_text("7", "", 0);
}

static void test_quote(void **state) {
  (void)state;
  cai_buf out;
  cai_buf_init(&out, 1000);
  assert_int_equal(cai_scan_quote(&out, "a\"\\\n\x01\xC3\xA9\xFF", 8), 0);
  assert_string_equal(out.data, "\"a\\\"\\\\\\n\\u0001\xC3\xA9\xEF\xBF\xBD\"");
  assert_true(accepts(out.data));
  cai_buf_fini(&out);
}

static void test_walk(void **state) {
  (void)state;
  cai_span doc = cai_span_of("{ \"a\" : [1, {\"x\":\"]}\"}, \"s\" ] ,\"\\u0062\":-12, \"a\":null,\"c\":1.5}"), value;
  assert_true(cai_scan_is_null(cai_scan_get(doc, "a")));
  int64_t number = 0;
  assert_true(cai_scan_int(cai_scan_get(doc, "b"), &number));
  assert_int_equal(number, -12);
  assert_false(cai_scan_int(cai_scan_get(doc, "c"), &number));
  assert_null(cai_scan_get(doc, "zz").at);
  cai_scan elements = cai_scan_elements(cai_span_of("[1, {\"x\":\"]}\"}, \"s\" ]"));
  static const char *const want[] = {"1", "{\"x\":\"]}\"}", "\"s\""};
  for (size_t i = 0; i < 3; i++) {
    assert_true(cai_scan_element(&elements, &value));
    assert_true(cai_span_equal(value, want[i]));
  }
  assert_false(cai_scan_element(&elements, &value));
  elements = cai_scan_elements(cai_span_of("{}"));
  assert_false(cai_scan_element(&elements, &value));
}

static void test_int(void **state) {
  (void)state;
  int64_t number;
  assert_true(cai_scan_int(cai_span_of("9223372036854775807"), &number));
  assert_true(number == INT64_MAX);
  assert_false(cai_scan_int(cai_span_of("9223372036854775808"), &number));
  assert_false(cai_scan_int(cai_span_of("1e3"), &number));
  assert_false(cai_scan_int(cai_span_of("-"), &number));
  assert_false(cai_scan_int((cai_span){NULL, 0}, &number));
}

/* Whatever the bytes, nothing is read outside of them. */
static void test_garbage(void **state) {
  (void)state;
  static const char set[] = "{}[]\",:\\u1 nd";
  srand(3);
  for (int round = 0; round < 20000; round++) {
    size_t len = (size_t)rand() % 12;
    char *text = malloc(len + 1);
    for (size_t i = 0; i < len; i++) text[i] = set[(size_t)rand() % (sizeof set - 1)];
    char *exact = malloc(len ? len : 1);
    memcpy(exact, text, len);
    cai_span key, value, whole = {exact, len};
    cai_scan scan = cai_scan_members(whole);
    while (cai_scan_member(&scan, &key, &value)) assert_true(value.at >= exact && value.at + value.len <= exact + len);
    scan = cai_scan_elements(whole);
    while (cai_scan_element(&scan, &value)) assert_true(value.at >= exact && value.at + value.len <= exact + len);
    (void)cai_scan_check(exact, len, NULL, NULL);
    free(exact);
    free(text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_accept),  cmocka_unit_test(test_depth),   cmocka_unit_test(test_offset),
      cmocka_unit_test(test_strings), cmocka_unit_test(test_quote),   cmocka_unit_test(test_walk),
      cmocka_unit_test(test_int),     cmocka_unit_test(test_garbage),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
