/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/url.h"

static void test_parse(void **state) {
  (void)state;
  cai_url url;
  assert_true(cai_url_parse("HTTPS://Example.COM/a/b?q=1", &url));
  assert_string_equal(url.scheme, "https");
  assert_string_equal(url.host, "example.com");
  assert_string_equal(url.port, "443");
  assert_string_equal(url.path, "/a/b");
  assert_string_equal(url.query, "q=1");
  cai_url_fini(&url);
  assert_true(cai_url_parse("http://h:8080", &url));
  assert_string_equal(url.port, "8080");
  assert_string_equal(url.path, "/");
  assert_null(url.query);
  cai_url_fini(&url);
  static const char *const bad[] = {
      "", "h", "ftp://h/", "file:///etc/passwd", "http://u@h/", "http://u:p@h/", "http://h:99999/", "http://"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    if (cai_url_parse(bad[i], &url)) fail_msg("accepted: %s", bad[i]);
}

static bool loopback(const char *text) {
  cai_url url;
  assert_true(cai_url_parse(text, &url));
  bool is = cai_url_is_loopback(&url);
  cai_url_fini(&url);
  return is;
}

static void test_loopback(void **state) {
  (void)state;
  assert_true(loopback("http://localhost/"));
  assert_true(loopback("http://127.9.9.9:1/"));
  assert_true(loopback("http://[::1]/"));
  assert_false(loopback("http://localhost.evil.test/"));
  assert_false(loopback("http://128.0.0.1/"));
  assert_false(loopback("http://127.0.0.1.evil.test/"));
}

static void test_hosts(void **state) {
  (void)state;
  assert_true(cai_url_host_within("googleapis.com", "googleapis.com"));
  assert_true(cai_url_host_within("a.googleapis.com", "googleapis.com"));
  assert_false(cai_url_host_within("evilgoogleapis.com", "googleapis.com"));
  assert_false(cai_url_host_within("com", "googleapis.com"));
  assert_true(cai_url_same_origin("https://H/a", "https://h:443/b"));
  assert_false(cai_url_same_origin("https://h/", "http://h/"));
  assert_false(cai_url_same_origin("https://h/", "https://h:444/"));
  assert_false(cai_url_same_origin("https://h/", "nonsense"));
}

static void test_form(void **state) {
  (void)state;
  cai_buf out;
  cai_buf_init(&out, 1000);
  assert_int_equal(cai_url_form(&out, "a", "x y&z"), 0);
  assert_int_equal(cai_url_form(&out, "b", "\xC3\xA9/-._~"), 0);
  assert_string_equal(out.data, "a=x%20y%26z&b=%C3%A9%2F-._~");
  cai_buf_fini(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse), cmocka_unit_test(test_loopback),
                                     cmocka_unit_test(test_hosts), cmocka_unit_test(test_form)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
