/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chat/request/estimate.h"
#include "engine/budget.h"

static void test_a_budget_ends(void **state) {
  (void)state;
  cai_budget budget = {.limit = 100};
  assert_true(cai_budget_reserve(&budget, 0));
  cai_budget_settle(&budget, 0, 60);
  assert_true(cai_budget_reserve(&budget, 40));
  assert_false(cai_budget_reserve(&budget, 1));
  assert_false(cai_budget_reserve(&budget, 0)); /* all may be used by what is under way */
  cai_budget_settle(&budget, 40, 10);
  assert_true(cai_budget_reserve(&budget, 30));
  assert_false(cai_budget_reserve(&budget, 31));
  cai_budget_settle(&budget, 30, 35); /* more than it was to use */
  assert_int_equal(atomic_load(&budget.spent), 105);
  assert_false(cai_budget_reserve(&budget, 0));
}

static void test_without_a_limit_it_only_counts(void **state) {
  (void)state;
  cai_budget budget = {0};
  assert_true(cai_budget_reserve(&budget, INT64_MAX));
  assert_true(cai_budget_reserve(&budget, INT64_MAX));
  cai_budget_settle(&budget, INT64_MAX, INT64_MAX);
  cai_budget_settle(&budget, INT64_MAX, INT64_MAX);
  assert_int_equal(atomic_load(&budget.spent), INT64_MAX);
  assert_int_equal(budget.reserved, 0);
}

static void test_a_prompt_is_a_quarter_of_its_text(void **state) {
  (void)state;
  assert_int_equal(cai_estimate_prompt(cai_span_of("{\"messages\":[{\"content\":\"12345678\"}]}")), 2);
  assert_int_equal(cai_estimate_prompt(cai_span_of("{\"model\":\"long name\",\"input\":[\"1234\",\"56789\"]}")), 3);
  /* What is no text does not count. */
  assert_int_equal(
      cai_estimate_prompt(cai_span_of("{\"messages\":[{\"content\":[{\"text\":\"1234\"},{\"image_url\":{\"url\":"
                                      "\"data:image/png;base64,AAAAAAAAAAAAAAAAAAAAAAAA\"}},{\"input_audio\":{\"data\":"
                                      "\"AAAAAAAAAAAAAAAAA\"}}]}]}")),
      1);
  assert_int_equal(cai_estimate_prompt(cai_span_of("[]")), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_budget_ends),
      cmocka_unit_test(test_without_a_limit_it_only_counts),
      cmocka_unit_test(test_a_prompt_is_a_quarter_of_its_text),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
