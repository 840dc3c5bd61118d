/* SPDX-License-Identifier: MIT
 * The sources of cai_token, the hosts they belong to, the projects they tell, and what the user is told. */
#include "base/alloc.h"
#include "token_fixture.h"

static void test_static_token(void **state) {
  world *w = *state;
  w->auth.quota_project = "q";
  make(w, CAI_SOURCE_TOKEN, " \tya29.abc\r\n");
  check_ready(w, "Bearer ya29.abc");
  assert_string_equal(w->lease.quota_project, "q");
  unsigned first = w->lease.generation;
  assert_int_equal(cai_token_reject(w->token, first, w->now, NULL), CAI_REMEDY_NONE);
  assert_int_equal(cai_token_replace(w->token, "new"), 0);
  assert_int_not_equal(cai_token_reject(w->token, first, w->now, NULL), CAI_REMEDY_NONE);
  check_ready(w, "Bearer new");
  assert_int_equal(cai_token_replace(w->token, "a\r\nEvil: b"), 0);
  assert_int_equal(lease(w), CAI_LEASE_FAILED);
  assert_int_equal(w->err.code, CHATABI_E_AUTH_SOURCE);
  LACKS(w->err.message, "Evil");
  assert_false(want(w));
}

static void test_api_key(void **state) {
  world *w = *state;
  w->auth.quota_project = "q";
  make(w, CAI_SOURCE_API_KEY, "sk-1\n");
  check_ready(w, "Bearer sk-1");
  assert_null(w->lease.quota_project);
  assert_int_equal(cai_token_reject(w->token, w->lease.generation, w->now, NULL), CAI_REMEDY_NONE);
  w->auth.key_style = CAI_KEY_GOOGLE;
  make(w, CAI_SOURCE_API_KEY, "AIza");
  assert_int_equal(lease(w), CAI_LEASE_READY);
  assert_string_equal(w->lease.header, "x-goog-api-key");
  assert_string_equal(w->lease.value, "AIza");
  make(w, CAI_SOURCE_API_KEY, "  ");
  assert_int_equal(lease(w), CAI_LEASE_FAILED);
  CONTAINS(w->err.message, "API key is empty");
  w->auth.key_variables = "GOOGLE_API_KEY or GEMINI_API_KEY";
  make(w, CAI_SOURCE_API_KEY, NULL);
  assert_int_equal(lease(w), CAI_LEASE_FAILED);
  CONTAINS(w->err.message, "set GOOGLE_API_KEY or GEMINI_API_KEY in the environment");
}

static void test_none(void **state) {
  world *w = *state;
  make(w, CAI_SOURCE_NONE, NULL);
  assert_int_equal(cai_token_lease(w->token, w->now, "http://10.0.0.1/v1", 0, &w->lease, &w->err), CAI_LEASE_READY);
  assert_null(w->lease.header);
  assert_null(w->lease.value);
  assert_false(want(w));
  assert_int_equal(cai_token_reject(w->token, w->lease.generation, w->now, NULL), CAI_REMEDY_NONE);
}

/* Neither a token nor the wish for one comes from an address that it does not belong to. */
static void test_foreign_host(void **state) {
  world *w = *state;
  make(w, CAI_SOURCE_JSON, user_file);
  assert_int_equal(cai_token_lease(w->token, w->now, "https://api.openai.com/v1", 0, &w->lease, &w->err),
                   CAI_LEASE_FAILED);
  assert_int_equal(w->err.code, CHATABI_E_AUTH_HOST);
  assert_null(w->lease.value);
  assert_false(want(w));
  w->auth.base_url = "http://localhost:8080/v1";
  make(w, CAI_SOURCE_TOKEN, "t");
  assert_int_equal(cai_token_lease(w->token, w->now, "http://localhost:8080/v1/chat", 0, &w->lease, &w->err),
                   CAI_LEASE_READY);
}

static void test_project_from_metadata(void **state) {
  world *w = *state;
  w->auth.needs_project = true;
  make(w, CAI_SOURCE_ADC, NULL);
  assert_int_equal(lease_project(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  reply_with(w, 200, "found-project", "Metadata-Flavor", "Google");
  assert_int_equal(lease_project(w), CAI_LEASE_READY);
  assert_string_equal(w->lease.project, "found-project");
  assert_null(w->lease.value);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_int_equal(cai_token_due_ms(w->token, w->now), 0);
  assert_true(want(w));
  introduce(w);
  grant(w, "one", 3600);
  check_ready(w, "Bearer one");
  assert_string_equal(w->lease.project, "found-project");
}

static void check_project(world *w, const char *project) {
  assert_int_equal(lease_project(w), CAI_LEASE_READY);
  if (project)
    assert_string_equal(w->lease.project, project);
  else
    assert_null(w->lease.project);
  assert_false(want(w));
}

static void test_project_order(void **state) {
  world *w = *state;
  make(w, CAI_SOURCE_ADC, NULL);
  check_project(w, NULL);
  w->auth.needs_project = true;
  make(w, CAI_SOURCE_JSON, user_file);
  check_project(w, "quota-of-file");
  fixture_mkdir(&w->fix, "configurations");
  fixture_write(&w->fix, "configurations/config_default", "[core]\nproject = of-gcloud\n");
  make(w, CAI_SOURCE_JSON, user_file);
  check_project(w, "of-gcloud");
  make(w, CAI_SOURCE_ADC, NULL);
  check_project(w, "of-gcloud");
  static const char with_project[] =
      "{\"type\":\"authorized_user\",\"client_id\":\"i\",\"client_secret\":\"s\",\"refresh_token\":\"r\",\"project_"
      "id\":\"of-file\"}";
  make(w, CAI_SOURCE_JSON, with_project);
  check_project(w, "of-file");
  w->places.project = (char *)"of-env";
  make(w, CAI_SOURCE_JSON, with_project);
  check_project(w, "of-env");
  w->auth.project = "configured";
  make(w, CAI_SOURCE_JSON, with_project);
  check_project(w, "configured");
}

static void test_quota_order(void **state) {
  world *w = *state;
  w->places.quota_project = (char *)"of-env";
  make(w, CAI_SOURCE_JSON, user_file);
  assert_int_equal(lease_project(w), CAI_LEASE_READY);
  assert_string_equal(w->lease.quota_project, "of-env");
  w->auth.quota_project = "configured";
  make(w, CAI_SOURCE_JSON, user_file);
  assert_int_equal(lease_project(w), CAI_LEASE_READY);
  assert_string_equal(w->lease.quota_project, "configured");
}

static const char new_login[] =
    "{\"type\":\"authorized_user\",\"client_id\":\"id-2\",\"client_secret\":\"x\",\"refresh_token\":\"fresh-login\"}";

/* The user logs in again in another terminal. */
static void test_new_login_heals(void **state) {
  world *w = *state;
  cai_errand errand;
  fixture_write(&w->fix, "application_default_credentials.json", user_file);
  make(w, CAI_SOURCE_ADC, NULL);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  refuse_grant(w);
  assert_int_equal(lease(w), CAI_LEASE_FAILED);
  fixture_write(&w->fix, "application_default_credentials.json", new_login);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  cai_errand_init(&errand);
  assert_true(cai_token_want(w->token, w->now, &errand));
  CONTAINS(cai_buf_view(&errand.http.body), "refresh_token=fresh-login");
  cai_errand_fini(&errand);
  grant(w, "one", 3600);
  check_ready(w, "Bearer one");
}

static void test_broken_file_is_told(void **state) {
  world *w = *state;
  fixture_write(&w->fix, "application_default_credentials.json", "{\"type\":");
  make(w, CAI_SOURCE_ADC, NULL);
  assert_int_equal(lease(w), CAI_LEASE_FAILED);
  assert_int_equal(w->err.code, CHATABI_E_AUTH_SOURCE);
  CONTAINS(w->err.message, w->fix.path);
  fixture_write(&w->fix, "application_default_credentials.json", user_file);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  refuse_grant(w);
  fixture_write(&w->fix, "application_default_credentials.json", "[]");
  assert_int_equal(lease(w), CAI_LEASE_FAILED);
  CONTAINS(w->err.message, "no object");
}

/* A file that is half written while the old login still works must not hurt. */
static void test_broken_file_spares_good_login(void **state) {
  world *w = *state;
  fixture_write(&w->fix, "application_default_credentials.json", user_file);
  make(w, CAI_SOURCE_ADC, NULL);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  grant(w, "one", 3600);
  fixture_write(&w->fix, "application_default_credentials.json", "");
  pass_ms(w, 3600000);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  grant(w, "two", 3600);
  check_ready(w, "Bearer two");
}

/* An editor, or gcloud, replaces a file by taking it away first: no reason to ask the metadata server instead. */
static void test_vanished_file(void **state) {
  world *w = *state;
  cai_errand errand;
  fixture_write(&w->fix, "application_default_credentials.json", user_file);
  make(w, CAI_SOURCE_ADC, NULL);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  grant(w, "one", 3600);
  assert_int_equal(unlink(w->fix.path), 0);
  pass_ms(w, 3600000);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(lease(w), CAI_LEASE_WAIT);
    cai_errand_init(&errand);
    assert_true(cai_token_want(w->token, w->now, &errand));
    CONTAINS(cai_buf_view(&errand.http.body), "refresh_token=refresh-1");
    cai_errand_fini(&errand);
    grant(w, "two", 3600);
    check_ready(w, "Bearer two");
    pass_ms(w, 3600000);
  }
  fixture_write(&w->fix, "application_default_credentials.json", new_login);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  cai_errand_init(&errand);
  assert_true(cai_token_want(w->token, w->now, &errand));
  CONTAINS(cai_buf_view(&errand.http.body), "refresh_token=fresh-login");
  cai_errand_fini(&errand);
}

static void test_found_adc_needs_choice(void **state) {
  world *w = *state;
  w->auth.chosen = false;
  w->auth.base_url = "https://proxy.corp/v1";
  fixture_write(&w->fix, "application_default_credentials.json", user_file);
  make(w, CAI_SOURCE_ADC, NULL);
  assert_int_equal(cai_token_lease(w->token, w->now, "https://proxy.corp/v1/x", 0, &w->lease, &w->err),
                   CAI_LEASE_FAILED);
  assert_int_equal(w->err.code, CHATABI_E_AUTH_HOST);
  assert_false(want(w));
  w->auth.chosen = true;
  make(w, CAI_SOURCE_ADC, NULL);
  assert_int_equal(cai_token_lease(w->token, w->now, "https://proxy.corp/v1/x", 0, &w->lease, &w->err), CAI_LEASE_WAIT);
}

static void test_nothing_found(void **state) {
  world *w = *state;
  make(w, CAI_SOURCE_ADC, NULL);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  reply_with(w, 0, "no route", NULL, NULL);
  assert_int_equal(lease(w), CAI_LEASE_FAILED);
  assert_int_equal(w->err.code, CHATABI_E_AUTH_SOURCE);
  CONTAINS(w->err.message, "GOOGLE_APPLICATION_CREDENTIALS");
  CONTAINS(w->err.message, "application_default_credentials.json");
  pass_ms(w, 59000);
  assert_int_equal(lease(w), CAI_LEASE_FAILED);
  assert_false(want(w));
  fixture_write(&w->fix, "application_default_credentials.json", user_file);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  grant(w, "one", 3600);
  check_ready(w, "Bearer one");
}

static void test_metadata_asked_again(void **state) {
  world *w = *state;
  make(w, CAI_SOURCE_ADC, NULL);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  reply_with(w, 0, "no route", NULL, NULL);
  assert_int_equal(lease(w), CAI_LEASE_FAILED);
  pass_ms(w, 60000);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
}

static void test_metadata_slow_start(void **state) {
  world *w = *state;
  w->places.on_google = true;
  make(w, CAI_SOURCE_ADC, NULL);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  for (int pause_s = 1; pause_s <= 2; pause_s++) {
    assert_true(want(w));
    reply_with(w, 0, "timeout", NULL, NULL);
    assert_int_equal(lease(w), CAI_LEASE_WAIT);
    check_pause(w, pause_s * 1000);
  }
  assert_true(want(w));
  reply_with(w, 0, "timeout", NULL, NULL);
  assert_int_equal(lease(w), CAI_LEASE_FAILED);
  assert_int_equal(w->err.code, CHATABI_E_AUTH_SOURCE);
  pass_ms(w, 59000);
  assert_int_equal(lease(w), CAI_LEASE_FAILED);
}

/* A warm-up that found a broken file leaves nothing behind once the file is right. */
static void test_warm_up_with_broken_file(void **state) {
  world *w = *state;
  fixture_write(&w->fix, "application_default_credentials.json", "{}");
  make(w, CAI_SOURCE_ADC, NULL);
  cai_token_prefetch(w->token, w->now);
  assert_false(want(w));
  assert_int_equal(lease(w), CAI_LEASE_FAILED);
  fixture_write(&w->fix, "application_default_credentials.json", user_file);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
}

static void test_file_source(void **state) {
  world *w = *state;
  make(w, CAI_SOURCE_FILE, "/nonexistent/x.json");
  assert_int_equal(lease(w), CAI_LEASE_FAILED);
  CONTAINS(w->err.message, "/nonexistent/x.json");
  make(w, CAI_SOURCE_FILE, fixture_write(&w->fix, "x.json", user_file));
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  make(w, CAI_SOURCE_FILE, NULL);
  assert_int_equal(lease(w), CAI_LEASE_FAILED);
  make(w, CAI_SOURCE_JSON, NULL);
  assert_int_equal(lease(w), CAI_LEASE_FAILED);
}

static void test_unasked_reply(void **state) {
  world *w = *state;
  make(w, CAI_SOURCE_JSON, user_file);
  grant(w, "evil", 3600);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  grant(w, "evil", 3600);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
}

static void test_status(void **state) {
  world *w = *state;
  make_with_token(w, 3600, 100);
  check_ready(w, "Bearer one");
  assert_true(want(w));
  break_down(w);
  cJSON *object = cJSON_CreateObject();
  assert_true(cai_token_status(w->token, w->now, object));
  assert_string_equal(cai_json_string(object, "type"), "authorized_user");
  assert_string_equal(cai_json_string(object, "principal"), "ann@example.com");
  assert_string_equal(cai_json_string(object, "quota_project"), "quota-of-file");
  assert_string_equal(cai_json_string(object, "universe_domain"), "googleapis.com");
  assert_string_equal(cai_json_string(object, "last_renewal"), "2026-01-01T00:00:00Z");
  assert_string_equal(cai_json_string(object, "expires_at"), "2026-01-01T01:00:00Z");
  assert_int_equal(cai_json_int(object, "renewals", -1), 1);
  assert_int_equal(cai_json_int(object, "renewal_failures", -1), 1);
  CONTAINS(cai_json_string(object, "last_error"), "503");
  char *text = cJSON_PrintUnformatted(object);
  LACKS(text, "Bearer");
  LACKS(text, "refresh-1");
  LACKS(text, "hush-1");
  cJSON_free(text);
  cJSON_Delete(object);
}

/* What the environment or a configuration holds must not make the status anything but JSON on one line. */
static void test_status_of_strange_names(void **state) {
  world *w = *state;
  char project[] = "my\xff-project\x7f\x1b", quota[] = "\xc3";
  w->places.project = project;
  w->places.quota_project = quota;
  make(w, CAI_SOURCE_JSON, user_file);
  cJSON *object = cJSON_CreateObject();
  assert_true(cai_token_status(w->token, w->now, object));
  assert_string_equal(cai_json_string(object, "project"), "my -project  ");
  assert_string_equal(cai_json_string(object, "quota_project"), " ");
  cJSON_Delete(object);
}

static const char *status_text(world *w, cJSON **object, const char *member) {
  cJSON_Delete(*object);
  *object = cJSON_CreateObject();
  assert_true(cai_token_status(w->token, w->now, *object));
  return cai_json_string(*object, member);
}

/* Also what failed before there was a credential to renew. */
static void test_status_of_a_failed_search(void **state) {
  world *w = *state;
  cJSON *object = NULL;
  make(w, CAI_SOURCE_FILE, fixture_write(&w->fix, "a.json", "{\"type\":\"authorized_user\"}"));
  int64_t before = cai_token_changes(w->token);
  assert_int_equal(lease(w), CAI_LEASE_FAILED);
  assert_true(cai_token_changes(w->token) != before);
  CONTAINS(status_text(w, &object, "last_error"), "a.json");
  assert_string_equal(cai_json_string(cai_json_object(object, "last_failure"), "stage"), "locate");
  fixture_write(&w->fix, "a.json", user_file);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  grant(w, "one", 3600);
  check_ready(w, "Bearer one");
  assert_null(status_text(w, &object, "last_error"));
  cJSON_Delete(object);
}

/* Nobody knows the end of a token in the environment, and it is not renewed. */
static void test_status_of_a_given_token(void **state) {
  world *w = *state;
  cJSON *object = NULL;
  char token[] = "ya29.given", advice[300];
  w->places.access_token = token;
  w->places.access_token_name = "CLOUDSDK_AUTH_ACCESS_TOKEN";
  make(w, CAI_SOURCE_ADC, NULL);
  check_ready(w, "Bearer ya29.given");
  assert_null(status_text(w, &object, "expires_at"));
  assert_null(cai_json_string(object, "last_renewal"));
  assert_int_equal(cai_json_int(object, "renewals", -1), 0);
  assert_int_equal(cai_token_reject(w->token, w->lease.generation, w->now, NULL), CAI_REMEDY_NONE);
  assert_string_equal(status_text(w, &object, "type"), "environment_token");
  assert_int_equal(cai_json_int(object, "rejections", -1), 1);
  assert_true(cai_token_advice(w->token, advice, sizeof advice));
  CONTAINS(advice, "CLOUDSDK_AUTH_ACCESS_TOKEN");
  make(w, CAI_SOURCE_TOKEN, "ya29.x");
  assert_true(cai_token_advice(w->token, advice, sizeof advice));
  make(w, CAI_SOURCE_JSON, user_file);
  assert_false(cai_token_advice(w->token, advice, sizeof advice));
  cJSON_Delete(object);
}

/* Until it has answered nothing says that there is a metadata server. */
static void test_status_of_a_doubtful_server(void **state) {
  world *w = *state;
  cJSON *object = NULL;
  make(w, CAI_SOURCE_ADC, NULL);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  assert_string_equal(status_text(w, &object, "type"), "adc");
  assert_null(cai_json_string(object, "principal"));
  assert_null(cai_json_string(object, "origin"));
  reply_with(w, 200, "", "Metadata-Flavor", "Google");
  assert_string_equal(status_text(w, &object, "type"), "metadata_server");
  cJSON_Delete(object);
}

/* One whose server refused the token waits for another, and is not told to wait for ever; all others go on. */
static void test_refused_token_is_not_handed_out_again(void **state) {
  world *w = *state;
  make_with_token(w, 3600, 3000);
  check_ready(w, "Bearer one");
  unsigned refused = w->lease.generation;
  assert_int_equal(cai_token_reject(w->token, refused, w->now, NULL), CAI_REMEDY_SAME);
  for (int i = 0; i < 4; i++) {
    pass_ms(w, 12000);
    assert_int_equal(lease_other(w, refused), CAI_LEASE_WAIT);
    assert_null(w->lease.value);
    assert_true(want(w));
    break_down(w);
    check_ready(w, "Bearer one");
  }
  assert_int_equal(lease_other(w, refused), CAI_LEASE_FAILED);
  CONTAINS(w->err.message, "503");
  assert_non_null(cai_token_setback(w->token));
  pass_ms(w, 12000);
  assert_int_equal(lease_other(w, refused), CAI_LEASE_WAIT);
  assert_true(want(w));
  grant(w, "two", 3600);
  assert_int_equal(lease_other(w, refused), CAI_LEASE_READY);
  assert_string_equal(w->lease.value, "Bearer two");
}

static void check_log(cai_log *log, const char *secret) {
  char *line;
  while ((line = cai_log_take(log))) {
    LACKS(line, secret);
    cai_free(line);
  }
}

static void test_log(void **state) {
  world *w = *state;
  cai_log *log = cai_log_new(CAI_LOG_DEBUG);
  w->auth.source = CAI_SOURCE_JSON;
  w->auth.value = user_file;
  w->token = cai_token_new(&w->auth, &w->places, log);
  assert_int_equal(lease(w), CAI_LEASE_WAIT);
  assert_true(want(w));
  grant(w, "s3cret", 3600);
  char *line = cai_log_take(log);
  CONTAINS(line, "authorized_user");
  cai_free(line);
  line = cai_log_take(log);
  CONTAINS(line, "token: renewed, expires in 3600 s");
  LACKS(line, "s3cret");
  cai_free(line);
  check_log(log, "s3cret");
  cai_token_free(w->token);
  w->token = NULL;
  cai_log_free(log);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_static_token),
      TEST(test_api_key),
      TEST(test_none),
      TEST(test_foreign_host),
      TEST(test_project_from_metadata),
      TEST(test_project_order),
      TEST(test_quota_order),
      TEST(test_new_login_heals),
      TEST(test_broken_file_is_told),
      TEST(test_broken_file_spares_good_login),
      TEST(test_vanished_file),
      TEST(test_found_adc_needs_choice),
      TEST(test_nothing_found),
      TEST(test_metadata_asked_again),
      TEST(test_metadata_slow_start),
      TEST(test_warm_up_with_broken_file),
      TEST(test_file_source),
      TEST(test_unasked_reply),
      TEST(test_status),
      TEST(test_status_of_strange_names),
      TEST(test_status_of_a_failed_search),
      TEST(test_status_of_a_given_token),
      TEST(test_status_of_a_doubtful_server),
      TEST(test_refused_token_is_not_handed_out_again),
      TEST(test_log),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
