/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chat/failure/retry.h"
#include "chatabi.h"

static int64_t delay(int code, int64_t asked_ms, int made, double jitter, bool terminal) {
  cai_retry_policy policy = {20, 60000};
  cai_failure f;
  cai_err err;
  cai_failure_init(&f);
  cai_err_set(&err, code, "x");
  cai_failure_from_err(&f, &err);
  f.retry_after_ms = asked_ms;
  f.terminal = terminal;
  return cai_retry_delay_ms(&policy, &f, made, jitter);
}

static void test_delays(void **state) {
  (void)state;
  assert_int_equal(delay(CHATABI_E_CONNECT, -1, 1, 0, false), 500);
  assert_int_equal(delay(CHATABI_E_CONNECT, -1, 2, 0, false), 1000);
  assert_int_equal(delay(CHATABI_E_CONNECT, -1, 5, 0, false), 8000);
  assert_int_equal(delay(CHATABI_E_CONNECT, -1, 20, 0, false), 8000);
  assert_int_equal(delay(CHATABI_E_CONNECT, -1, 1, 1, false), 375);
  assert_int_equal(delay(CHATABI_E_CONNECT, -1, 21, 0, false), -1);
  assert_int_equal(delay(CHATABI_E_DNS, 60000, 1, 1, false), 60000);
  assert_int_equal(delay(CHATABI_E_DNS, 60001, 1, 1, false), -1);
  assert_int_equal(delay(CHATABI_E_TIMEOUT, 0, 1, 1, false), 0);
  assert_int_equal(delay(CHATABI_E_DISCONNECT, -1, 1, 0, true), -1);
}

static void test_never(void **state) {
  (void)state;
  static const int codes[] = {CHATABI_E_TLS,    CHATABI_E_TOO_LARGE, CHATABI_E_CANCELLED,
                              CHATABI_E_CLOSED, CHATABI_E_PROTOCOL,  CHATABI_E_JSON};
  for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) assert_int_equal(delay(codes[i], 1, 1, 0, false), -1);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_delays), cmocka_unit_test(test_never)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
