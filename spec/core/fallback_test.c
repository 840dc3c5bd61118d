/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chat/request/fallback.h"
#include "chatabi.h"

static void test_reads_all_forms(void **state) {
  (void)state;
  cai_fallbacks list;
  cai_err err;
  assert_int_equal(
      cai_fallbacks_read(&list,
                         "[\"europe-west4\",\"https://b.example/v1\",{\"location\":\"us\",\"model\":\"m\"},"
                         "{\"base_url\":\"http://localhost:1/v1\"},{\"model\":\"small\"}]",
                         &err),
      0);
  assert_int_equal(list.count, 5);
  assert_string_equal(list.items[0].location, "europe-west4");
  assert_string_equal(list.items[1].base_url, "https://b.example/v1");
  assert_string_equal(list.items[2].model, "m");
  assert_null(list.items[3].location);
  assert_string_equal(list.items[4].model, "small");
  cai_endpoint endpoint = {.location = "global", .project = "p", .base_url = "https://a.example"};
  assert_string_equal(cai_fallback_endpoint(&list.items[0], endpoint).location, "europe-west4");
  assert_string_equal(cai_fallback_endpoint(&list.items[0], endpoint).base_url, "https://a.example");
  assert_string_equal(cai_fallback_endpoint(&list.items[1], endpoint).base_url, "https://b.example/v1");
  assert_string_equal(cai_fallback_endpoint(&list.items[4], endpoint).location, "global");
  cai_fallbacks_fini(&list);
  assert_int_equal(cai_fallbacks_read(&list, "", &err), 0);
  assert_int_equal(list.count, 0);
  assert_int_equal(cai_fallbacks_read(&list, "[]", &err), 0);
}

static void test_says_what_is_wrong(void **state) {
  (void)state;
  static const struct {
    const char *text, *says;
  } rows[] = {{"europe-west4", "not valid JSON"},
              {"\"europe-west4\"", "is no list"},
              {"{}", "is no list"},
              {"[1]", "something else"},
              {"[\"\"]", "empty place"},
              {"[{}]", "empty object"},
              {"[{\"region\":\"us\"}]", "does not know"},
              {"[{\"model\":1}]", "no text"},
              {"[{\"location\":\"us\",\"base_url\":\"https://a/v1\"}]", "one place"},
              {"[\"ftp://a/v1\"]", "no http or https"},
              {"[\"https://user:secret@a/v1\"]", "no http or https"},
              {"[\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\"]", "more than 8"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    cai_fallbacks list;
    cai_err err;
    assert_int_equal(cai_fallbacks_read(&list, rows[i].text, &err), CHATABI_E_CONFIG);
    assert_int_equal(err.code, CHATABI_E_CONFIG);
    if (!strstr(err.message, rows[i].says)) fail_msg("%s: %s", rows[i].text, err.message);
    assert_null(strstr(err.message, "secret"));
    assert_int_equal(list.count, 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_reads_all_forms),
      cmocka_unit_test(test_says_what_is_wrong),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
