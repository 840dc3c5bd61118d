/* SPDX-License-Identifier: MIT
 * Options of one request: what is taken and what is refused. */
#include "client/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include "chatabi.h"

#include <cmocka.h>

static void refuse(const char *json, int code, const char *words) {
  cai_options options;
  cai_err err;
  cai_err_clear(&err);
  assert_int_equal(cai_options_read(&options, json, &err), code);
  cai_options_fini(&options);
  if (!strstr(err.message, words)) fail_msg("%s: %s", json, err.message);
}

static void nothing_means_as_the_client(void **state) {
  (void)state;
  cai_options options;
  cai_err err;
  const char *texts[] = {NULL, "{}", " { } "};
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(cai_options_read(&options, texts[i], &err), 0);
    assert_null(options.path);
    assert_int_equal(options.max_retries, -1);
    assert_int_equal(options.total_timeout_ms, -1);
    assert_int_equal(options.headers.count, 0);
    cai_options_fini(&options);
  }
}

static void everything_can_be_said(void **state) {
  (void)state;
  cai_options options;
  cai_err err;
  const char *json =
      "{\"path\":\"/embeddings?x=1\",\"headers\":{\"X-A\":\"1\",\"User-Agent\":null},\"connect_timeout_ms\":1,"
      "\"first_byte_timeout_ms\":2,\"idle_timeout_ms\":3,\"total_timeout_ms\":4,\"max_retries\":0}";
  assert_int_equal(cai_options_read(&options, json, &err), 0);
  assert_string_equal(options.path, "/embeddings?x=1");
  assert_string_equal(cai_headers_get(&options.headers, "x-a"), "1");
  assert_string_equal(options.removed[0], "User-Agent");
  assert_null(options.removed[1]);
  assert_int_equal(options.connect_timeout_ms, 1);
  assert_int_equal(options.first_byte_timeout_ms, 2);
  assert_int_equal(options.idle_timeout_ms, 3);
  assert_int_equal(options.total_timeout_ms, 4);
  assert_int_equal(options.max_retries, 0);
  cai_options_fini(&options);
}

static void what_is_wrong_is_named(void **state) {
  (void)state;
  refuse("{", CHATABI_E_JSON, "line 1, column 2");
  refuse("[]", CHATABI_E_CONFIG, "object");
  refuse("{\"temperature\":0}", CHATABI_E_CONFIG, "\"temperature\". The library's are: path method headers ");
  refuse("{\"temperature\":0}", CHATABI_E_CONFIG, "temperature belong to the body");
  refuse("{\"timeout\":1}", CHATABI_E_CONFIG, "\"timeout\"");
  refuse("{\"timeout\":1}", CHATABI_E_CONFIG, "first_byte_timeout_ms");
  refuse("{\"max_retries\":-1}", CHATABI_E_CONFIG, "max_retries");
  refuse("{\"max_retries\":\"x\"}", CHATABI_E_CONFIG, "max_retries");
  refuse("{\"headers\":[]}", CHATABI_E_CONFIG, "headers");
  refuse("{\"headers\":{\"X\":1}}", CHATABI_E_CONFIG, "\"X\"");
  refuse("{\"headers\":{\"X\":\"a\\nb\"}}", CHATABI_E_CONFIG, "\"X\"");
}

static void a_path_stays_on_its_host(void **state) {
  (void)state;
  const char *bad[] = {"{\"path\":1}",
                       "{\"path\":\"\"}",
                       "{\"path\":\"x\"}",
                       "{\"path\":\"//evil/x\"}",
                       "{\"path\":\"/../../x\"}",
                       "{\"path\":\"/a b\"}",
                       "{\"path\":\"/a@b\"}",
                       "{\"path\":\"/a#b\"}",
                       "{\"path\":\"/a\\\\b\"}",
                       "{\"path\":\"/a\\r\\nb\"}",
                       "{\"path\":null}"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) refuse(bad[i], CHATABI_E_CONFIG, "path");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_means_as_the_client),
      cmocka_unit_test(everything_can_be_said),
      cmocka_unit_test(what_is_wrong_is_named),
      cmocka_unit_test(a_path_stays_on_its_host),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
