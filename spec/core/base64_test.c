/* SPDX-License-Identifier: MIT */
#include "base/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* RFC 4648 10. */
static const struct {
  const char *bytes, *text;
} vectors[] = {{"", ""},
               {"f", "Zg=="},
               {"fo", "Zm8="},
               {"foo", "Zm9v"},
               {"foob", "Zm9vYg=="},
               {"fooba", "Zm9vYmE="},
               {"foobar", "Zm9vYmFy"},
               {"\xFF\xFE\xFB", "//77"}};

static void the_vectors_of_the_standard(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
    cai_buf buf;
    cai_buf_init(&buf, 100);
    assert_int_equal(cai_base64_encode(&buf, vectors[i].bytes, strlen(vectors[i].bytes)), 0);
    assert_string_equal(cai_buf_view(&buf), vectors[i].text);
    cai_buf_reset(&buf);
    assert_true(cai_base64_decode(&buf, vectors[i].text, strlen(vectors[i].text)));
    assert_int_equal(buf.len, strlen(vectors[i].bytes));
    assert_string_equal(cai_buf_view(&buf), vectors[i].bytes);
    cai_buf_fini(&buf);
  }
}

static void every_byte_comes_back(void **state) {
  (void)state;
  char bytes[256];
  for (int i = 0; i < 256; i++) bytes[i] = (char)i;
  for (size_t len = 250; len <= sizeof bytes; len++) {
    cai_buf text, back;
    cai_buf_init(&text, 1000);
    cai_buf_init(&back, 1000);
    assert_int_equal(cai_base64_encode(&text, bytes, len), 0);
    assert_true(cai_base64_decode(&back, text.data, text.len));
    assert_int_equal(back.len, len);
    assert_memory_equal(back.data, bytes, len);
    cai_buf_fini(&text);
    cai_buf_fini(&back);
  }
}

static void other_text_is_refused(void **state) {
  (void)state;
  static const char *const bad[] = {"Z",    "Zg",   "Zg=",      "Zg==Zg==", "Z===", "====", "Zh==",   "Zm9=",
                                    "Zm-_", "Zm9 ", "Zm9v\nZm", "Zm9v====", "=g==", "Zg=a", "\xFFm9v"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    cai_buf buf;
    cai_buf_init(&buf, 100);
    if (cai_base64_decode(&buf, bad[i], strlen(bad[i]))) fail_msg("%s", bad[i]);
    assert_int_equal(buf.len, 0);
    cai_buf_fini(&buf);
  }
  cai_buf buf;
  cai_buf_init(&buf, 100);
  assert_false(cai_base64_decode(&buf, "Zm\0v", 4));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_vectors_of_the_standard),
      cmocka_unit_test(every_byte_comes_back),
      cmocka_unit_test(other_text_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
