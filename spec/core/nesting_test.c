/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "chat/answer/nesting.h"

/* Fed in one piece, and cut before every byte where a JSON string can be cut. */
static void expect(const char *escaped, bool whole) {
  size_t len = strlen(escaped);
  for (size_t cut = 0; cut <= len; cut++) {
    cai_nesting nesting = {0};
    size_t slashes = 0;
    while (slashes < cut && escaped[cut - 1 - slashes] == '\\') slashes++;
    if (slashes % 2 || memchr(escaped, 'u', len)) cut = len;
    cai_nesting_feed(&nesting, escaped, cut);
    cai_nesting_feed(&nesting, escaped + cut, len - cut);
    if (cai_nesting_is_whole(&nesting) != whole) fail_msg("%s, cut at %zu", escaped, cut);
  }
}

static void test_nesting(void **state) {
  (void)state;
  expect("", false);
  expect("{", false);
  expect("{}", true);
  expect(" {} \\n\\r\\t", true);
  expect("{}x", false);
  expect("{}{}", false);
  expect("}", false);
  expect("[]", false);
  expect("7", false);
  expect("{\\\"a\\\":[{}]", false);
  expect("{\\\"a\\\":[{}]}", true);
  expect("{\\\"}\\\":\\\"}", false);
  expect("{\\\"a\\\":\\\"{[\\\"}", true);
  expect("{\\\"a\\\":\\\"\\\\\\\"}", false);
  expect("{\\\"a\\\":\\\"\\\\\\\\\\\"}", true);
  expect("{\\\"a\\\":\\\"\\\\\\\"}\\\"}", true);
  expect("\\u007b\\u0022\\u007D\\u0022\\u007d\\u000a", true);
  expect("{\\u0022}", false);
  expect("{\\\"\\u00e9\\\\u005c\\\":1}", true);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_nesting)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
