/* SPDX-License-Identifier: MIT */
#include "auth/credential/authorized_user.h"

#include "auth_fixture.h"

static const cai_now now = {.boot_ms = 1000, .wall_ms = 1767225600000};

static cai_credential *parse(const char *text, cai_err *err) {
  cai_guard guard;
  assert_int_equal(cai_guard_init(&guard, NULL, NULL, "127.0.0.1:9000"), 0);
  cai_err_clear(err);
  cai_credential *credential =
      cai_credential_parse(text, strlen(text), "/home/adc.json", &guard, &no_places, NULL, err);
  cai_guard_fini(&guard);
  return credential;
}

static void check_request(cai_credential *credential, const char *url, const char *body) {
  cai_errand errand;
  cai_outcome outcome;
  cai_errand_init(&errand);
  cai_outcome_init(&outcome);
  credential->ops->begin(credential);
  assert_int_equal(credential->ops->ask(credential, now, &errand, &outcome), CAI_STEP_ASK);
  assert_string_equal(errand.http.method, "POST");
  assert_string_equal(errand.http.url, url);
  assert_string_equal(errand.http.body.data, body);
  cai_outcome_fini(&outcome);
  cai_errand_fini(&errand);
}

static cai_step feed(cai_credential *credential, int status, const char *body, cai_outcome *outcome) {
  cai_http_reply reply;
  cai_outcome_init(outcome);
  make_reply(&reply, status, body);
  cai_step step = credential->ops->feed(credential, now, &reply, outcome);
  cai_http_reply_fini(&reply);
  return step;
}

static void test_rotation(void **state) {
  (void)state;
  cai_err err;
  cai_outcome outcome;
  cai_credential *credential = parse(user_file, &err);
  assert_non_null(credential);
  assert_string_equal(credential->principal, "ann@example.com");
  assert_string_equal(credential->quota_project_id, "quota-of-file");
  check_request(credential, "https://oauth2.googleapis.com/token",
                "grant_type=refresh_token&client_id=id-1&client_secret=hush-1&refresh_token=refresh-1");
  assert_int_equal(
      feed(credential, 200, "{\"access_token\":\"t\",\"expires_in\":60,\"refresh_token\":\"r/2\"}", &outcome),
      CAI_STEP_DONE);
  assert_string_equal(outcome.grant.access_token, "t");
  cai_outcome_fini(&outcome);
  check_request(credential, "https://oauth2.googleapis.com/token",
                "grant_type=refresh_token&client_id=id-1&client_secret=hush-1&refresh_token=r%2F2");
  assert_int_equal(feed(credential, 200, "{\"access_token\":\"u\",\"expires_in\":60}", &outcome), CAI_STEP_DONE);
  cai_outcome_fini(&outcome);
  check_request(credential, "https://oauth2.googleapis.com/token",
                "grant_type=refresh_token&client_id=id-1&client_secret=hush-1&refresh_token=r%2F2");
  cai_credential_free(credential);
}

#define FILE_WITH(rest) \
  "{\"type\":\"authorized_user\",\"client_id\":\"i\",\"client_secret\":\"s\",\"refresh_token\":\"r\"" rest "}"
#define BODY "grant_type=refresh_token&client_id=i&client_secret=s&refresh_token=r"

static void test_token_uri(void **state) {
  (void)state;
  cai_err err;
  cai_credential *credential = parse(FILE_WITH(",\"token_uri\":\"http://127.0.0.1:9000/token\""), &err);
  check_request(credential, "http://127.0.0.1:9000/token", BODY);
  cai_credential_free(credential);
  credential = parse(FILE_WITH(",\"token_uri\":\"https://evil.com/token\",\"rapt_token\":\"proof\""), &err);
  check_request(credential, "https://oauth2.googleapis.com/token", BODY "&rapt=proof");
  cai_credential_free(credential);
}

static void test_revoked(void **state) {
  (void)state;
  cai_err err;
  cai_outcome outcome;
  cai_credential *credential = parse(user_file, &err);
  assert_int_equal(
      feed(credential, 400, "{\"error\":\"invalid_grant\",\"error_description\":\"Bad Request\"}", &outcome),
      CAI_STEP_FAILED);
  assert_false(outcome.setback.transient);
  CONTAINS(outcome.setback.err.message, "/home/adc.json");
  CONTAINS(outcome.setback.err.message, "run `gcloud auth application-default login`");
  LACKS(outcome.setback.err.message, "refresh-1");
  LACKS(outcome.setback.err.message, "hush-1");
  cai_credential_free(credential);
}

/* A server that quotes what it got must not bring it into our messages. */
static void test_echo(void **state) {
  (void)state;
  cai_err err;
  cai_outcome outcome;
  cai_credential *credential = parse(
      "{\"type\":\"authorized_user\",\"client_id\":\"i\",\"client_secret\":\"hush-1\","
      "\"refresh_token\":\"1//refresh\",\"rapt_token\":\"proof-1\"}",
      &err);
  assert_non_null(credential);
  assert_int_equal(feed(credential, 400,
                        "{\"error\":\"got hush-1\",\"error_subtype\":\"proof-1\",\"error_description\":"
                        "\"refresh_token=1%2f%2Frefresh, 1//refresh, hush-1hush-1 proof-1. 50% done\"}",
                        &outcome),
                   CAI_STEP_FAILED);
  CONTAINS(outcome.setback.err.message, "got [secret] ([secret])");
  CONTAINS(outcome.setback.err.message, ": refresh_token=[secret], [secret], [secret][secret] [secret]. 50% done");
  cai_credential_free(credential);
}

static void check_broken(const char *text, int code, const char *words) {
  cai_err err;
  assert_null(parse(text, &err));
  assert_int_equal(err.code, code);
  CONTAINS(err.message, "/home/adc.json");
  CONTAINS(err.message, words);
}

static void test_broken(void **state) {
  (void)state;
  check_broken("{\"type\":\"authorized_user\"}", CHATABI_E_AUTH_SOURCE, "\"client_id\"");
  check_broken("{\"type\":\"authorized_user\",\"client_id\":\"i\",\"client_secret\":\"s\"}", CHATABI_E_AUTH_SOURCE,
               "\"refresh_token\"");
  check_broken("{\"type\":\"authorized_user\",\"client_id\":\"i\",\"client_secret\":7,\"refresh_token\":\"r\"}",
               CHATABI_E_AUTH_SOURCE, "\"client_secret\"");
}

/* The types that credential.c tells apart. */
static void test_types(void **state) {
  (void)state;
  check_broken("{\"type\":\"external_account\"}", CHATABI_E_AUTH_SOURCE, "\"audience\"");
  check_broken("{\"type\":\"impersonated_service_account\"}", CHATABI_E_AUTH_SOURCE,
               "service_account_impersonation_url");
  check_broken("{\"type\":\"zebra\"}", CHATABI_E_AUTH_SOURCE, "Valid are: service_account, authorized_user");
  check_broken("{}", CHATABI_E_AUTH_SOURCE, "Valid types are: service_account, authorized_user");
  check_broken("{\"installed\":{}}", CHATABI_E_AUTH_SOURCE, "OAuth client");
  check_broken("[]", CHATABI_E_AUTH_SOURCE, "no object");
  check_broken("{\"type\":", CHATABI_E_AUTH_SOURCE, "not valid JSON");
  check_broken("", CHATABI_E_AUTH_SOURCE, "not valid JSON");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_rotation), cmocka_unit_test(test_token_uri),
                                     cmocka_unit_test(test_revoked),  cmocka_unit_test(test_echo),
                                     cmocka_unit_test(test_broken),   cmocka_unit_test(test_types)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
