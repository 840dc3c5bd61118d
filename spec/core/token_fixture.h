/* SPDX-License-Identifier: MIT
 * A token with a clock that the test moves and replies that it makes up. */
#ifndef TOKEN_FIXTURE_H
#define TOKEN_FIXTURE_H

#include "auth/token.h"
#include "auth_fixture.h"

static const char vertex[] = "https://aiplatform.googleapis.com/v1/x";

typedef struct world {
  fixture fix;
  cai_places places; /* borrowed text */
  cai_auth auth;
  cai_token *token;
  cai_now now;
  cai_lease lease;
  cai_err err;
} world;

static inline int enter(void **state) {
  world *w = calloc(1, sizeof *w);
  fixture_init(&w->fix);
  w->places.gcloud_dir = w->fix.dir;
  w->auth.chosen = true;
  w->now = (cai_now){.boot_ms = 50000, .wall_ms = 1767225600000};
  *state = w;
  return 0;
}

static inline int leave(void **state) {
  world *w = *state;
  cai_token_free(w->token);
  fixture_fini(&w->fix);
  free(w);
  return 0;
}

static inline void make(world *w, cai_source source, const char *value) {
  cai_token_free(w->token);
  w->auth.source = source;
  w->auth.value = value;
  w->token = cai_token_new(&w->auth, &w->places, NULL);
  assert_non_null(w->token);
}

static inline cai_lease_state lease(world *w) {
  return cai_token_lease(w->token, w->now, vertex, 0, &w->lease, &w->err);
}

/* For one whose server did not accept the token of that generation. */
static inline cai_lease_state lease_other(world *w, unsigned refused) {
  return cai_token_lease(w->token, w->now, vertex, refused, &w->lease, &w->err);
}

static inline void pass_ms(world *w, int64_t ms) {
  w->now.boot_ms += ms;
  w->now.wall_ms += ms;
}

static inline bool want(world *w) {
  cai_errand errand;
  cai_errand_init(&errand);
  bool wanted = cai_token_want(w->token, w->now, &errand);
  assert_int_equal(wanted, errand.http.url || cai_errand_is_command(&errand));
  cai_errand_fini(&errand);
  return wanted;
}

static inline void reply_with(world *w, int status, const char *body, const char *name, const char *value) {
  cai_http_reply reply;
  if (status)
    make_reply(&reply, status, body);
  else
    make_no_reply(&reply, strcmp(body, "timeout") == 0 ? CHATABI_E_TIMEOUT : CHATABI_E_CONNECT, body);
  if (name) cai_headers_set(&reply.headers, name, value);
  cai_token_reply(w->token, w->now, &reply);
  cai_http_reply_fini(&reply);
}

static inline void grant(world *w, const char *access, int life_s) {
  char body[128];
  snprintf(body, sizeof body, "{\"access_token\":\"%s\",\"expires_in\":%d}", access, life_s);
  reply_with(w, 200, body, "Metadata-Flavor", "Google");
}

/* What the metadata server is asked once, before its first token: another universe? whose account? */
static inline void introduce(world *w) {
  reply_with(w, 404, "", "Metadata-Flavor", "Google");
  assert_true(want(w));
  reply_with(w, 200, "robot@p.iam.gserviceaccount.com", "Metadata-Flavor", "Google");
  assert_true(want(w));
}

static inline void break_down(world *w) { reply_with(w, 503, "", NULL, NULL); }

static inline void refuse_grant(world *w) {
  reply_with(w, 400, "{\"error\":\"invalid_grant\",\"error_description\":\"gone\"}", NULL, NULL);
}

/* A credential that has its first token, `left_s` before its end. */
static inline void make_with_token(world *w, int life_s, int left_s) {
  make(w, CAI_SOURCE_JSON, user_file);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  grant(w, "one", life_s);
  pass_ms(w, (life_s - left_s) * 1000);
}

static inline void check_ready(world *w, const char *value) {
  assert_int_equal(lease(w), CAI_LEASE_READY);
  assert_string_equal(w->lease.header, "Authorization");
  assert_string_equal(w->lease.value, value);
}

static inline void check_pause(world *w, int64_t about_ms) {
  int64_t due_ms = cai_token_due_ms(w->token, w->now);
  assert_in_range(due_ms, about_ms - about_ms / 10, about_ms + about_ms / 10);
  pass_ms(w, due_ms - 1);
  assert_false(want(w));
  pass_ms(w, 1);
}

static inline cai_lease_state lease_project(world *w) {
  return cai_token_lease(w->token, w->now, NULL, 0, &w->lease, &w->err);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)

#endif
