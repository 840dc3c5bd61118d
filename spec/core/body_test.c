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

static int build(const char *body, const char *model, const char *want, const char *want_model, int want_stream) {
  cai_buf out;
  cai_err err = {0};
  cai_body_facts facts;
  cai_buf_init(&out, 4096);
  int code = cai_body_build(body, strlen(body), model, &out, &facts, &err);
  if (!code) {
    assert_string_equal(cai_buf_view(&out), want);
    assert_int_equal(facts.stream, want_stream);
    if (want_model) assert_string_equal(facts.model, want_model);
    if (!want_model) assert_null(facts.model);
  } else {
    assert_true(strlen(err.message) > 10);
    if (want) assert_non_null(strstr(err.message, want));
  }
  cai_free(facts.model);
  cai_buf_fini(&out);
  return code;
}

static void test_build(void **state) {
  (void)state;
  assert_int_equal(build(" {\"a\": 12345678901234567890 } ", NULL, " {\"a\": 12345678901234567890 } ", NULL, 0), 0);
  assert_int_equal(build("{\"a\":1}", "m\"", "{\"model\":\"m\\\"\",\"a\":1}", "m\"", 0), 0);
  assert_int_equal(build("{ }", "m", "{\"model\":\"m\" }", "m", 0), 0);
  assert_int_equal(build("{\"model\":null,\"stream\":true}", "m", "{\"model\":\"m\",\"stream\":true}", "m", 1), 0);
  assert_int_equal(build("{\"model\": \"\" }", "m", "{\"model\": \"m\" }", "m", 0), 0);
  assert_int_equal(build("{\"model\":\"\"}", NULL, "{\"model\":\"\"}", NULL, 0), 0);
  assert_int_equal(
      build("{\"model\":\"x\\u0041\",\"stream\":false}", "m", "{\"model\":\"x\\u0041\",\"stream\":false}", "xA", 0), 0);
  assert_int_equal(build("{\"stream\":\"true\",\"x\":{\"stream\":true}}", "",
                         "{\"stream\":\"true\",\"x\":{\"stream\":true}}", NULL, 0),
                   0);
}

static void test_refuse(void **state) {
  (void)state;
  assert_int_equal(build("{\"a\":\n1,}", "m", "line 2, column 3", NULL, 0), CHATABI_E_JSON);
  assert_int_equal(build("", "m", "The request body", NULL, 0), CHATABI_E_JSON);
  assert_int_equal(build("[1]", "m", "object", NULL, 0), CHATABI_E_JSON);
  assert_int_equal(build("{\"a\":\"\xFF\"}", "m", "UTF-8", NULL, 0), CHATABI_E_JSON);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_build), cmocka_unit_test(test_refuse)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
