/* SPDX-License-Identifier: MIT
 * How long a token waits before it asks again, and whom it keeps waiting meanwhile. */
#include "token_fixture.h"

/* Longer than anybody should wait in silence: the server's words, until it may be asked again. */
static void test_long_retry_after(void **state) {
  world *w = *state;
  make(w, CAI_SOURCE_JSON, user_file);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  reply_with(w, 429, "", "Retry-After", "20");
  assert_int_equal(lease(w), CAI_LEASE_FAILED);
  CONTAINS(w->err.message, "429");
  pass_ms(w, 19999);
  assert_int_equal(lease(w), CAI_LEASE_FAILED);
  assert_false(want(w));
  pass_ms(w, 1);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
}

/* The wait that was asked for reaches beyond the token's end: one try when it ends. */
static void test_retry_after_beyond_end(void **state) {
  world *w = *state;
  make_with_token(w, 3600, 200);
  check_ready(w, "Bearer one");
  assert_true(want(w));
  reply_with(w, 503, "", "Retry-After", "300");
  check_ready(w, "Bearer one");
  assert_int_equal(cai_token_due_ms(w->token, w->now), 200000);
  pass_ms(w, 200000);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  reply_with(w, 503, "", "Retry-After", "300");
  assert_int_equal(lease(w), CAI_LEASE_FAILED);
  CONTAINS(w->err.message, "503");
  pass_ms(w, 300000);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
}

static void test_rejected_during_long_pause(void **state) {
  world *w = *state;
  make_with_token(w, 3600, 200);
  check_ready(w, "Bearer one");
  assert_true(want(w));
  reply_with(w, 503, "", "Retry-After", "150");
  check_ready(w, "Bearer one");
  assert_int_not_equal(cai_token_reject(w->token, w->lease.generation, w->now, NULL), CAI_REMEDY_NONE);
  assert_int_equal(lease(w), CAI_LEASE_FAILED);
  CONTAINS(w->err.message, "503");
  pass_ms(w, 150000);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
}

/* The metadata server gives the same token again, 4 s before its end. */
static void test_unchanged_near_end(void **state) {
  world *w = *state;
  make(w, CAI_SOURCE_METADATA, NULL);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  introduce(w);
  grant(w, "one", 3600);
  pass_ms(w, 3596000);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  grant(w, "one", 4);
  check_ready(w, "Bearer one");
  pass_ms(w, 4000);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
}

/* A server that accepts nothing does not make us ask for a token with every request. */
static void test_reject_storm(void **state) {
  world *w = *state;
  make_with_token(w, 3600, 3600);
  check_ready(w, "Bearer one");
  assert_int_not_equal(cai_token_reject(w->token, w->lease.generation, w->now, NULL), CAI_REMEDY_NONE);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  grant(w, "two", 3600);
  pass_ms(w, 100);
  check_ready(w, "Bearer two");
  assert_int_not_equal(cai_token_reject(w->token, w->lease.generation, w->now, NULL), CAI_REMEDY_NONE);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_false(want(w));
  assert_int_equal(cai_token_due_ms(w->token, w->now), 900);
  pass_ms(w, 900);
  assert_true(want(w));
  grant(w, "three", 3600);
  check_ready(w, "Bearer three");
  pass_ms(w, 1000);
  assert_int_not_equal(cai_token_reject(w->token, w->lease.generation, w->now, NULL), CAI_REMEDY_NONE);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_long_retry_after),   TEST(test_retry_after_beyond_end), TEST(test_rejected_during_long_pause),
      TEST(test_unchanged_near_end), TEST(test_reject_storm),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
