/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "chat/request/body.h"
#include "chatabi.h"

static cai_body_facts facts_of(const char *body) {
  cai_body_facts facts;
  cai_err err = {0};
  assert_int_equal(cai_body_check(body, strlen(body), &facts, &err), 0);
  return facts;
}

static void expect_model(const char *body, const char *want) {
  cai_body_facts facts = facts_of(body);
  if (want) assert_string_equal(facts.model, want);
  if (!want) assert_null(facts.model);
  cai_free(facts.model);
}

static void test_model_is_the_last_text_of_that_name(void **state) {
  (void)state;
  expect_model("{\"model\":\"x\\u0041\"}", "xA");
  expect_model("{\"model\":\"a\",\"\\u006dodel\":\"b\"}", "b");
  expect_model("{\"a\":{\"model\":\"m\"}}", NULL);
  expect_model("{\"model\":\"\"}", NULL);
  expect_model("{\"model\":null}", NULL);
  expect_model("{\"model\":7}", NULL);
}

static void test_stream_is_only_the_word_true(void **state) {
  (void)state;
  assert_true(facts_of(" { \"stream\" : true } ").stream);
  assert_false(facts_of("{\"stream\":false}").stream);
  assert_false(facts_of("{\"stream\":\"true\",\"x\":{\"stream\":true}}").stream);
}

static void test_limits_and_tier(void **state) {
  (void)state;
  cai_body_facts facts = facts_of("{}");
  assert_int_equal(facts.max_tokens, -1);
  assert_int_equal(facts.choices, 1);
  assert_string_equal(facts.service_tier, "");
  facts = facts_of("{\"max_tokens\":5,\"n\":3,\"service_tier\":\"fl\\u0065x\"}");
  assert_int_equal(facts.max_tokens, 5);
  assert_int_equal(facts.choices, 3);
  assert_string_equal(facts.service_tier, "flex");
  facts =
      facts_of("{\"max_completion_tokens\":7,\"max_tokens\":5,\"n\":-2,\"service_tier\":\"a tier with a long name\"}");
  assert_int_equal(facts.max_tokens, 7);
  assert_int_equal(facts.choices, 1);
  assert_string_equal(facts.service_tier, "");
  assert_int_equal(facts_of("{\"max_tokens\":1.5,\"n\":\"2\"}").max_tokens, -1);
}

static void refuse(const char *body, const char *want) {
  cai_body_facts facts;
  cai_err err = {0};
  assert_int_equal(cai_body_check(body, strlen(body), &facts, &err), CHATABI_E_JSON);
  if (!strstr(err.message, want)) fail_msg("\"%s\" misses \"%s\"", err.message, want);
  assert_null(facts.model);
}

static void test_what_is_no_object_is_refused(void **state) {
  (void)state;
  refuse("{\"a\":\n1,}", "line 2, column 3");
  refuse("", "The request body");
  refuse("[1]", "object");
  refuse("{\"a\":\"\xFF\"}", "UTF-8");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_model_is_the_last_text_of_that_name), cmocka_unit_test(test_stream_is_only_the_word_true),
      cmocka_unit_test(test_limits_and_tier), cmocka_unit_test(test_what_is_no_object_is_refused)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
