/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chat/answer/batch.h"
#include "chatabi.h"

static void test_events(void **state) {
  (void)state;
  static const cai_span none = {NULL, 0};
  cai_batch *batch = cai_batch_new();
  for (int i = 0; i < 100; i++)
    assert_int_equal(cai_batch_add(batch, CHATABI_TOOL, i, cai_span_of("t"), cai_span_of("{}")), 0);
  assert_int_equal(cai_batch_add_string(batch, CHATABI_TEXT, 0, cai_span_of("\"a\\u0000\\n\""), none), 0);
  size_t len = 9;
  assert_string_equal(cai_batch_text(batch, 99, &len), "t");
  assert_int_equal(len, 1);
  assert_string_equal(cai_batch_json(batch, 99, &len), "{}");
  assert_int_equal(batch->events[99].choice, 99);
  assert_memory_equal(cai_batch_text(batch, 100, &len), "a\0\n", 4);
  assert_int_equal(len, 3);
  assert_string_equal(cai_batch_json(batch, 100, &len), "");
  assert_int_equal(len, 0);
  cai_batch_free(batch);
}

/* What does not fit is refused, and what was there stays. */
static void test_ceiling(void **state) {
  (void)state;
  cai_batch *batch = cai_batch_new();
  batch->bytes.max = 10;
  assert_int_equal(cai_batch_add(batch, CHATABI_OTHER, 0, cai_span_of("abc"), cai_span_of("[]")), 0);
  assert_int_equal(cai_batch_add(batch, CHATABI_OTHER, 0, cai_span_of("abc"), cai_span_of("[]")), CHATABI_E_TOO_LARGE);
  assert_int_equal(batch->count, 1);
  assert_string_equal(cai_batch_text(batch, 0, NULL), "abc");
  assert_string_equal(cai_batch_json(batch, 0, NULL), "[]");
  cai_batch_free(batch);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_events), cmocka_unit_test(test_ceiling)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
