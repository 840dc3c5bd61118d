/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/http.h"
#include "chatabi.h"

static void test_headers(void **state) {
  (void)state;
  cai_headers headers, copy;
  cai_headers_init(&headers);
  cai_headers_init(&copy);
  assert_null(cai_headers_get(&headers, "a"));
  assert_int_equal(cai_headers_set(&headers, "Content-Type", "x"), 0);
  assert_int_equal(cai_headers_set(&headers, "A", "1"), 0);
  assert_int_equal(cai_headers_set(&headers, "content-type", "y"), 0);
  assert_int_equal(headers.count, 2);
  assert_string_equal(cai_headers_get(&headers, "CONTENT-TYPE"), "y");
  assert_int_equal(cai_headers_copy(&copy, &headers), 0);
  cai_headers_remove(&headers, "Content-type");
  cai_headers_remove(&headers, "none");
  assert_int_equal(headers.count, 1);
  assert_string_equal(cai_headers_get(&headers, "a"), "1");
  assert_string_equal(cai_headers_get(&copy, "content-type"), "y");
  cai_headers_fini(&headers);
  cai_headers_fini(&copy);
}

static void test_injection(void **state) {
  (void)state;
  cai_headers headers;
  cai_headers_init(&headers);
  assert_int_equal(cai_headers_set(&headers, "a", "x\r\nb: c"), CHATABI_E_ARG);
  assert_int_equal(cai_headers_set(&headers, "a", "x\n"), CHATABI_E_ARG);
  assert_int_equal(cai_headers_set(&headers, "a:", "x"), CHATABI_E_ARG);
  assert_int_equal(cai_headers_set(&headers, "a b", "x"), CHATABI_E_ARG);
  assert_int_equal(cai_headers_set(&headers, "", "x"), CHATABI_E_ARG);
  assert_int_equal(headers.count, 0);
  cai_headers_fini(&headers);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_headers), cmocka_unit_test(test_injection)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
