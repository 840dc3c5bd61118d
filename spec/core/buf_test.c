/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "chatabi.h"

static void test_append(void **state) {
  (void)state;
  cai_buf buf;
  cai_buf_init(&buf, 1000);
  assert_string_equal(cai_buf_view(&buf), "");
  assert_int_equal(cai_buf_text(&buf, "abc"), 0);
  assert_int_equal(cai_buf_format(&buf, "%d-%s", 7, "x"), 0);
  assert_int_equal(cai_buf_byte(&buf, '!'), 0);
  assert_string_equal(buf.data, "abc7-x!");
  cai_buf_fini(&buf);
}

static void test_ceiling(void **state) {
  (void)state;
  cai_buf buf;
  cai_buf_init(&buf, 4);
  assert_int_equal(cai_buf_text(&buf, "abcd"), 0);
  assert_int_equal(cai_buf_byte(&buf, 'e'), CHATABI_E_TOO_LARGE);
  assert_int_equal(buf.len, 0);
  assert_int_equal(cai_buf_text(&buf, ""), CHATABI_E_TOO_LARGE);
  assert_null(cai_buf_take(&buf));
  cai_buf_reset(&buf);
  assert_int_equal(cai_buf_text(&buf, "ok"), 0);
  assert_int_equal(cai_buf_append(&buf, "", SIZE_MAX), CHATABI_E_TOO_LARGE);
  cai_buf_fini(&buf);
}

static void test_take(void **state) {
  (void)state;
  cai_buf buf;
  cai_buf_init_secret(&buf, 100000);
  for (int i = 0; i < 1000; i++) cai_buf_text(&buf, "secret");
  char *text = cai_buf_take(&buf);
  assert_int_equal(strlen(text), 6000);
  cai_free_secret(text);
  text = cai_buf_take(&buf);
  assert_string_equal(text, "");
  cai_free(text);
  cai_buf_fini(&buf);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_append), cmocka_unit_test(test_ceiling),
                                     cmocka_unit_test(test_take)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
