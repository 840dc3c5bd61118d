/* SPDX-License-Identifier: MIT
 * When a token is used, renewed, waited for, given up. */
#include "auth/token.h"

#include "base/alloc.h"
#include "token_fixture.h"

static void test_herd(void **state) {
  world *w = *state;
  make(w, CAI_SOURCE_JSON, user_file);
  assert_int_equal(cai_token_due_ms(w->token, w->now), -1);
  for (int i = 0; i < 100; i++) assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_int_equal(cai_token_due_ms(w->token, w->now), 0);
  assert_true(want(w));
  assert_false(want(w));
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_int_equal(cai_token_due_ms(w->token, w->now), -1);
  grant(w, "one", 3600);
  for (int i = 0; i < 100; i++) check_ready(w, "Bearer one");
  assert_string_equal(w->lease.quota_project, "quota-of-file");
  assert_false(want(w));
}

static void test_herd_fails_together(void **state) {
  world *w = *state;
  make(w, CAI_SOURCE_JSON, user_file);
  for (int i = 0; i < 10; i++) assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  refuse_grant(w);
  for (int i = 0; i < 10; i++) {
    assert_int_equal(lease(w), CAI_LEASE_FAILED);
    assert_int_equal(w->err.code, CHATABI_E_AUTH_EXCHANGE);
    CONTAINS(w->err.message, "gcloud auth application-default login");
  }
  assert_false(want(w));
  pass_ms(w, 1200);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  grant(w, "one", 3600);
  check_ready(w, "Bearer one");
}

static void test_transient_repeats(void **state) {
  world *w = *state;
  make(w, CAI_SOURCE_JSON, user_file);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  static const int64_t pauses_ms[] = {1000, 2000, 4000};
  for (int i = 0; i < 3; i++) {
    assert_true(want(w));
    break_down(w);
    assert_int_equal(lease(w), CAI_LEASE_WAIT);
    check_pause(w, pauses_ms[i]);
  }
  assert_true(want(w));
  reply_with(w, 0, "connection refused", NULL, NULL);
  assert_int_equal(lease(w), CAI_LEASE_FAILED);
  CONTAINS(w->err.message, "connection refused");
  assert_int_equal(cai_token_due_ms(w->token, w->now), -1);
  pass_ms(w, 3500);
  assert_int_equal(lease(w), CAI_LEASE_FAILED);
  pass_ms(w, 1000);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  break_down(w);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
}

static void test_retry_after(void **state) {
  world *w = *state;
  make(w, CAI_SOURCE_JSON, user_file);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  reply_with(w, 429, "", "Retry-After", "9");
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_int_equal(cai_token_due_ms(w->token, w->now), 9000);
}

static void test_window(void **state) {
  world *w = *state;
  make_with_token(w, 3600, 226);
  check_ready(w, "Bearer one");
  assert_false(want(w));
  pass_ms(w, 1000);
  check_ready(w, "Bearer one");
  assert_true(want(w));
  check_ready(w, "Bearer one");
  assert_false(want(w));
  grant(w, "two", 3600);
  check_ready(w, "Bearer two");
  assert_false(want(w));
}

/* Whatever the failure: the token still works. */
static void test_failures_in_window(void **state) {
  world *w = *state;
  make_with_token(w, 3600, 200);
  check_ready(w, "Bearer one");
  static const int64_t pauses_ms[] = {1000, 2000, 4000, 8000, 10000, 10000, 10000};
  for (int i = 0; i < 7; i++) {
    assert_true(want(w));
    if (i % 2)
      refuse_grant(w);
    else
      break_down(w);
    check_ready(w, "Bearer one");
    check_pause(w, pauses_ms[i]);
  }
  assert_true(want(w));
  grant(w, "two", 3600);
  check_ready(w, "Bearer two");
}

static void test_short_life(void **state) {
  world *w = *state;
  make_with_token(w, 100, 41);
  check_ready(w, "Bearer one");
  assert_false(want(w));
  pass_ms(w, 1000);
  check_ready(w, "Bearer one");
  assert_true(want(w));
}

static void test_last_seconds(void **state) {
  world *w = *state;
  make_with_token(w, 3600, 9);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  break_down(w);
  check_ready(w, "Bearer one");
  check_pause(w, 1000);
  assert_true(want(w));
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  grant(w, "two", 3600);
  check_ready(w, "Bearer two");
}

/* The pause of a failure in the background ends with the token; the pause of the next one holds, and the leases wait
 * for its end. */
static void test_expires_during_pause(void **state) {
  world *w = *state;
  make_with_token(w, 3600, 1);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  reply_with(w, 503, "", "Retry-After", "5");
  check_ready(w, "Bearer one");
  pass_ms(w, 1000);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  reply_with(w, 503, "", "Retry-After", "5");
  pass_ms(w, 4999);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_false(want(w));
  pass_ms(w, 1);
  assert_true(want(w));
  grant(w, "two", 3600);
  check_ready(w, "Bearer two");
}

static void test_permanent_then_expired(void **state) {
  world *w = *state;
  make_with_token(w, 3600, 1);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  refuse_grant(w);
  check_ready(w, "Bearer one");
  w->now.wall_ms += 1000;
  assert_int_equal(lease(w), CAI_LEASE_FAILED);
  CONTAINS(w->err.message, "invalid_grant");
}

static void test_suspend(void **state) {
  world *w = *state;
  make_with_token(w, 3600, 3600);
  check_ready(w, "Bearer one");
  w->now.boot_ms += 4000000;
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  grant(w, "two", 3600);
  check_ready(w, "Bearer two");
}

static void test_wall_clock_jumps(void **state) {
  world *w = *state;
  make_with_token(w, 3600, 3600);
  w->now.wall_ms -= 86400000;
  check_ready(w, "Bearer one");
  w->now.boot_ms += 3600000;
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  grant(w, "two", 3600);
  check_ready(w, "Bearer two");
  w->now.wall_ms += 86400000;
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
}

static void test_reject(void **state) {
  world *w = *state;
  make_with_token(w, 3600, 3600);
  check_ready(w, "Bearer one");
  unsigned first = w->lease.generation;
  assert_int_not_equal(cai_token_reject(w->token, first, w->now, NULL), CAI_REMEDY_NONE);
  assert_int_not_equal(cai_token_reject(w->token, first, w->now, NULL), CAI_REMEDY_NONE);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  grant(w, "two", 3600);
  check_ready(w, "Bearer two");
  assert_int_not_equal(w->lease.generation, first);
  /* A late 401 to the old one. */
  assert_int_not_equal(cai_token_reject(w->token, first, w->now, NULL), CAI_REMEDY_NONE);
  check_ready(w, "Bearer two");
  assert_false(want(w));
}

/* A server's word against it keeps everybody waiting for a new one; when there is none, only those who were refused. */
static void test_rejected_is_not_used(void **state) {
  world *w = *state;
  make_with_token(w, 3600, 3600);
  check_ready(w, "Bearer one");
  unsigned refused = w->lease.generation;
  cai_token_reject(w->token, refused, w->now, NULL);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  refuse_grant(w);
  assert_int_equal(lease_other(w, refused), CAI_LEASE_FAILED);
  CONTAINS(w->err.message, "invalid_grant");
  check_ready(w, "Bearer one");
  cai_token_reject(w->token, refused, w->now, NULL);
  check_ready(w, "Bearer one");
}

static void test_same_token_again(void **state) {
  world *w = *state;
  make(w, CAI_SOURCE_METADATA, NULL);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  introduce(w);
  grant(w, "one", 3600);
  pass_ms(w, 3400000);
  check_ready(w, "Bearer one");
  assert_true(want(w));
  grant(w, "one", 199);
  check_ready(w, "Bearer one");
  assert_false(want(w));
  pass_ms(w, 9999);
  check_ready(w, "Bearer one");
  assert_false(want(w));
  pass_ms(w, 1);
  assert_true(want(w));
  grant(w, "two", 3600);
  check_ready(w, "Bearer two");
}

static void test_prefetch(void **state) {
  world *w = *state;
  make(w, CAI_SOURCE_JSON, user_file);
  assert_false(want(w));
  cai_token_prefetch(w->token, w->now);
  assert_int_equal(cai_token_due_ms(w->token, w->now), 0);
  assert_true(want(w));
  grant(w, "one", 3600);
  check_ready(w, "Bearer one");
  cai_token_prefetch(w->token, w->now);
  assert_false(want(w));
  make(w, CAI_SOURCE_TOKEN, "t");
  cai_token_prefetch(w->token, w->now);
  assert_false(want(w));
}

#ifdef CAI_TEST_ALLOC
/* One life of a token; every allocation in it fails once. Nothing may leak, crash or hang. */
static void live(world *w) {
  w->auth.source = CAI_SOURCE_ADC;
  w->auth.needs_project = true;
  w->token = cai_token_new(&w->auth, &w->places, NULL);
  if (!w->token) return;
  for (int i = 0; i < 6; i++) {
    lease(w);
    if (want(w)) grant(w, "one", 3600);
    lease_project(w);
    cai_token_reject(w->token, w->lease.generation, w->now, NULL);
    pass_ms(w, 5000);
  }
  cai_token_free(w->token);
  w->token = NULL;
}

static void test_allocations(void **state) {
  world *w = *state;
  w->places.project = NULL;
  fixture_write(&w->fix, "application_default_credentials.json", user_file);
  cai_alloc_fail_at(0);
  size_t before = cai_alloc_count();
  live(w);
  size_t count = cai_alloc_count() - before;
  assert_true(count > 20);
  for (size_t nth = 1; nth <= count; nth++) {
    cai_alloc_fail_at(nth);
    live(w);
  }
  cai_alloc_fail_at(0);
}
#endif

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_herd),
      TEST(test_herd_fails_together),
      TEST(test_transient_repeats),
      TEST(test_retry_after),
      TEST(test_window),
      TEST(test_failures_in_window),
      TEST(test_short_life),
      TEST(test_last_seconds),
      TEST(test_expires_during_pause),
      TEST(test_permanent_then_expired),
      TEST(test_suspend),
      TEST(test_wall_clock_jumps),
      TEST(test_reject),
      TEST(test_rejected_is_not_used),
      TEST(test_same_token_again),
      TEST(test_prefetch),
#ifdef CAI_TEST_ALLOC
      TEST(test_allocations),
#endif
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
