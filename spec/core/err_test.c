/* SPDX-License-Identifier: MIT
 * Messages: valid UTF-8 however they were cut, and without what must not be shown. */
#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "base/utf8.h"
#include "chatabi.h"
#include "engine/curl_error.h"

#include <cmocka.h>

static void every_code_has_name_and_text(void **state) {
  (void)state;
  for (int code = -99; code <= 0; code++) {
    if (strcmp(cai_err_name(code), "UNKNOWN") == 0) continue;
    assert_true(strlen(cai_err_text(code)) > 10);
  }
  assert_string_equal(cai_err_name(CHATABI_E_RATE_LIMIT), "RATE_LIMIT");
  assert_string_equal(cai_err_name(0), "OK");
  assert_string_equal(cai_err_name(7), "UNKNOWN");
}

static void cut_text_stays_valid(void **state) {
  (void)state;
  cai_err err;
  char text[2 * CAI_ERR_MESSAGE];
  for (size_t shift = 0; shift < 5; shift++) {
    memset(text, 'x', shift);
    for (size_t i = shift; i + 4 < sizeof text; i += 4) memcpy(text + i, "\xF0\x9F\x8C\x99", 5);
    assert_int_equal(cai_err_set(&err, CHATABI_E_SERVER, "%s", text), CHATABI_E_SERVER);
    assert_true(cai_utf8_valid(err.message, strlen(err.message)));
    cai_err_set(&err, CHATABI_E_SERVER, "%.6s and more", text);
    assert_true(cai_utf8_valid(err.message, strlen(err.message)));
    assert_non_null(strstr(err.message, " and more"));
  }
  cai_err_set(&err, CHATABI_E_SERVER, "bad \xFF byte");
  assert_string_equal(err.message, "bad ? byte");
}

static void secrets_are_struck_out(void **state) {
  (void)state;
  char text[] = "key sk-12345678 and sk-12345678, sk-1234567";
  cai_err_hide(text, "sk-12345678");
  assert_string_equal(text, "key *********** and ***********, sk-1234567");
  cai_err_hide(text, NULL);
  cai_err_hide(NULL, "sk-12345678");
  cai_err_hide(text, "and");
  assert_non_null(strstr(text, "and"));
}

static void a_secret_is_struck_out_in_every_spelling(void **state) {
  (void)state;
  static const char secret[] = "sk-12/45+78=abcdef";
  char escaped[] = "\"sk-12\\/45\\u002B78\\u003dabcdef\"", cut[] = "... sk-12/45+78=abc",
       start[] = "sk-12/45+78 sk-12/45\\u00";
  cai_err_hide(escaped, secret);
  assert_string_equal(escaped, "\"*****************************\"");
  cai_err_hide(cut, secret);
  assert_string_equal(cut, "... ***************");
  cai_err_hide(start, secret);
  assert_string_equal(start, "sk-12/45+78 sk-12/45\\u00");
}

static void a_proxy_is_named_without_its_password(void **state) {
  (void)state;
  cai_err err;
  cai_curl_error(&err, CURLE_COULDNT_RESOLVE_PROXY, "Unsupported proxy syntax in 'http://bob:hun/ter2@proxy:99999'",
                 "https://a/b", CAI_ADVICE_OPTIONS);
  assert_null(strstr(err.message, "bob"));
  cai_curl_error(&err, CURLE_COULDNT_RESOLVE_PROXY, "Unsupported proxy syntax in 'http://bob:hunter2@proxy:99999'",
                 "https://a/b?key=Q", CAI_ADVICE_OPTIONS);
  assert_null(strstr(err.message, "hunter2"));
  assert_null(strstr(err.message, "bob"));
  assert_null(strstr(err.message, "key="));
  assert_non_null(strstr(err.message, "proxy:99999"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_code_has_name_and_text),
      cmocka_unit_test(cut_text_stays_valid),
      cmocka_unit_test(secrets_are_struck_out),
      cmocka_unit_test(a_secret_is_struck_out_in_every_spelling),
      cmocka_unit_test(a_proxy_is_named_without_its_password),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
