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
  unsigned refused = w->lease.generation;
  assert_true(want(w));
  reply_with(w, 503, "", "Retry-After", "150");
  check_ready(w, "Bearer one");
  for (int i = 0; i < 8; i++) {
    assert_int_equal(cai_token_reject(w->token, refused, w->now, NULL), CAI_REMEDY_SAME);
    assert_int_equal(lease_other(w, refused), CAI_LEASE_FAILED);
    CONTAINS(w->err.message, "503");
    check_ready(w, "Bearer one");
  }
  pass_ms(w, 150000);
  assert_int_equal(lease_other(w, refused), CAI_LEASE_WAIT);
  check_ready(w, "Bearer one");
  assert_true(want(w));
  grant(w, "two", 3600);
  assert_int_equal(lease_other(w, refused), CAI_LEASE_READY);
}

/* The token service hangs. Who was not refused does not wait for it, run after run. */
static void test_rejected_during_a_hanging_run(void **state) {
  world *w = *state;
  make_with_token(w, 3600, 3600);
  check_ready(w, "Bearer one");
  unsigned refused = w->lease.generation;
  cai_token_reject(w->token, refused, w->now, NULL);
  assert_int_equal(lease_other(w, refused), CAI_LEASE_WAIT);
  assert_true(want(w));
  pass_ms(w, 30000);
  reply_with(w, 0, "timeout", NULL, NULL);
  assert_int_equal(lease_other(w, refused), CAI_LEASE_WAIT);
  pass_ms(w, 2000);
  assert_true(want(w));
  for (int i = 0; i < 20; i++) {
    cai_token_reject(w->token, refused, w->now, NULL);
    assert_int_equal(lease_other(w, refused), CAI_LEASE_WAIT);
    check_ready(w, "Bearer one");
    pass_ms(w, 1000);
  }
}

/* A file that is caught half-written by one who was refused costs the others nothing. */
static void test_rejected_with_a_broken_file(void **state) {
  world *w = *state;
  make(w, CAI_SOURCE_FILE, fixture_write(&w->fix, "a.json", user_file));
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  grant(w, "one", 3600);
  check_ready(w, "Bearer one");
  unsigned refused = w->lease.generation;
  cai_token_reject(w->token, refused, w->now, NULL);
  assert_int_equal(lease_other(w, refused), CAI_LEASE_WAIT);
  assert_true(want(w));
  reply_with(w, 503, "", "Retry-After", "300");
  fixture_write(&w->fix, "a.json", "{");
  for (int i = 0; i < 20; i++) {
    assert_int_equal(lease_other(w, refused), CAI_LEASE_FAILED);
    cai_token_reject(w->token, refused, w->now, NULL);
    check_ready(w, "Bearer one");
    pass_ms(w, 10000);
  }
}

/* Failures in the background do not count against one who is refused while the next try is under way. */
static void test_rejected_during_a_run(void **state) {
  world *w = *state;
  make_with_token(w, 3600, 200);
  check_ready(w, "Bearer one");
  unsigned refused = w->lease.generation;
  for (int i = 0; i < 5; i++) {
    assert_true(want(w));
    if (i < 4) break_down(w), pass_ms(w, 12000);
  }
  cai_token_reject(w->token, refused, w->now, NULL);
  assert_int_equal(lease_other(w, refused), CAI_LEASE_WAIT);
  grant(w, "two", 3600);
  assert_int_equal(lease_other(w, refused), CAI_LEASE_READY);
  assert_string_equal(w->lease.value, "Bearer two");
}

/* The file changes while the old credential's exchange is under way: its reply belongs to the old one. */
static void test_file_changes_during_a_run(void **state) {
  world *w = *state;
  const char *path = fixture_write(&w->fix, "a.json", user_file);
  make(w, CAI_SOURCE_FILE, path);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  grant(w, "one", 200);
  check_ready(w, "Bearer one");
  unsigned refused = w->lease.generation;
  pass_ms(w, 150000);
  check_ready(w, "Bearer one");
  for (int i = 0; i < 5; i++) {
    assert_true(want(w));
    if (i < 4) break_down(w), pass_ms(w, 9000);
  }
  fixture_write(&w->fix, "a.json",
                "{\"type\":\"authorized_user\",\"client_id\":\"id-2\",\"client_secret\":\"hush-2\","
                "\"refresh_token\":\"refresh-2\",\"account\":\"bob@example.com\"}");
  cai_token_reject(w->token, refused, w->now, NULL);
  assert_int_equal(lease_other(w, refused), CAI_LEASE_WAIT);
  cJSON *object = cJSON_CreateObject();
  assert_true(cai_token_status(w->token, w->now, object));
  assert_string_equal(cai_json_string(object, "principal"), "ann@example.com");
  cJSON_Delete(object);
  grant(w, "two", 3600);
  assert_int_equal(lease_other(w, refused), CAI_LEASE_READY);
  assert_string_equal(w->lease.value, "Bearer two");
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

/* A server that accepts nothing does not make us ask for a token with every request, nor take their token from others.
 */
static void test_reject_storm(void **state) {
  world *w = *state;
  char name[24];
  int renewed = 0;
  make_with_token(w, 3600, 3600);
  while (lease(w) == CAI_LEASE_READY &&
         cai_token_reject(w->token, w->lease.generation, w->now, NULL) == CAI_REMEDY_SAME) {
    assert_int_equal(lease(w), CAI_LEASE_WAIT);
    assert_true(want(w));
    snprintf(name, sizeof name, "token-%d", ++renewed);
    grant(w, name, 3600);
    pass_ms(w, 100);
  }
  assert_int_equal(renewed, 5);
  check_ready(w, "Bearer token-5");
  assert_false(want(w));
  pass_ms(w, 10000);
  assert_int_equal(cai_token_reject(w->token, w->lease.generation, w->now, NULL), CAI_REMEDY_SAME);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  grant(w, "more", 3600);
  check_ready(w, "Bearer more");
  assert_int_equal(cai_token_reject(w->token, w->lease.generation, w->now, NULL), CAI_REMEDY_NONE);
  check_ready(w, "Bearer more");
}

/* One request is refused while the token service is out: all others go on with what they have. */
static void test_refused_in_an_outage(void **state) {
  world *w = *state;
  make_with_token(w, 3600, 3600);
  check_ready(w, "Bearer one");
  assert_int_equal(cai_token_reject(w->token, w->lease.generation, w->now, NULL), CAI_REMEDY_SAME);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  break_down(w);
  check_ready(w, "Bearer one");
  pass_ms(w, 5000);
  check_ready(w, "Bearer one");
}

/* A token that is over as it comes is none: else each request would bring about another. */
static void test_over_at_once(void **state) {
  world *w = *state;
  make(w, CAI_SOURCE_GCLOUD, NULL);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  for (int i = 0; i < 3; i++) {
    assert_true(want(w));
    reply_with(w, 200, "{\"credential\":{\"access_token\":\"t\",\"token_expiry\":\"2026-01-01T00:00:00.4Z\"}}", NULL,
               NULL);
    w->now.wall_ms = 1767225600000;
    assert_int_equal(lease(w), CAI_LEASE_WAIT);
    assert_false(want(w));
    pass_ms(w, cai_token_due_ms(w->token, w->now));
    w->now.wall_ms = 1767225600000;
  }
}

/* The file was caught while it was being written. */
static void test_half_written_file(void **state) {
  world *w = *state;
  char path[128];
  snprintf(path, sizeof path, "%s", fixture_write(&w->fix, "c.json", user_file));
  make(w, CAI_SOURCE_FILE, path);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  break_down(w);
  fixture_write(&w->fix, "c.json", "{\"type\":\"authorized_user\",\"client_id");
  pass_ms(w, 1100);
  assert_false(want(w));
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  fixture_write(&w->fix, "c.json", user_file);
  pass_ms(w, 2200);
  assert_true(want(w));
  grant(w, "one", 3600);
  check_ready(w, "Bearer one");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_long_retry_after),
      TEST(test_retry_after_beyond_end),
      TEST(test_rejected_during_long_pause),
      TEST(test_rejected_during_a_run),
      TEST(test_rejected_during_a_hanging_run),
      TEST(test_rejected_with_a_broken_file),
      TEST(test_file_changes_during_a_run),
      TEST(test_unchanged_near_end),
      TEST(test_reject_storm),
      TEST(test_refused_in_an_outage),
      TEST(test_half_written_file),
      TEST(test_over_at_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
