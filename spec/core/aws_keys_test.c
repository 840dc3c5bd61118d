/* SPDX-License-Identifier: MIT */
#include "auth/subject/aws_keys.h"

#include "aws_fixture.h"

static const cai_places base_places = {.aws_region = (char *)"us-east-2"};

static cai_places full_uri(const char *uri) {
  cai_places places = base_places;
  places.aws_container_full_uri = (char *)uri;
  return places;
}

static void finish(cai_subject *subject, const char *reply) {
  char json[8192];
  feed_well(subject, reply);
  expect_token(subject, json, sizeof json);
  CONTAINS(json, "Credential=AKIDEXAMPLE/");
  CONTAINS(json, "{\"key\":\"x-amz-security-token\",\"value\":\"hush-2\"}");
  LACKS(json, "hush-1");
}

static void test_relative(void **state) {
  (void)state;
  cai_places places = full_uri("http://127.0.0.1:9000/not/this");
  places.aws_container_relative_uri = (char *)"/v2/credentials/uuid";
  cai_subject *subject = make_aws(METADATA "," SESSION_URL, &places);
  for (int run = 0; run < 2; run++) {
    expect_request(subject, "GET", "http://169.254.170.2/v2/credentials/uuid", "Accept", "application/json");
    finish(subject, KEYS);
    subject->ops->begin(subject);
  }
  cai_subject_free(subject);
}

static void test_full(void **state) {
  (void)state;
  static const char *const uris[] = {"http://169.254.170.23/v1/credentials", "http://[fd00:ec2::23]/v1/credentials",
                                     "http://127.0.0.1:9000/c", "http://localhost/c", "https://keys.example.com/c"};
  for (size_t i = 0; i < sizeof uris / sizeof *uris; i++) {
    cai_places places = full_uri(uris[i]);
    places.aws_container_token = (char *)"Basic hush-9";
    cai_subject *subject = make_aws("", &places);
    expect_request(subject, "GET", uris[i], "Authorization", "Basic hush-9");
    finish(subject, KEYS);
    cai_subject_free(subject);
  }
}

/* The file goes before the variable, and is read each time. */
static void test_token_file(void **state) {
  (void)state;
  fixture fix;
  fixture_init(&fix);
  cai_places places = full_uri("http://127.0.0.1:9000/c");
  places.aws_container_token = (char *)"not-this";
  places.aws_container_token_file = (char *)fixture_write(&fix, "token", "hush-9\n");
  cai_subject *subject = make_aws("", &places);
  expect_request(subject, "GET", "http://127.0.0.1:9000/c", "Authorization", "hush-9");
  finish(subject, KEYS);
  subject->ops->begin(subject);
  fixture_write(&fix, "token", "hush-10");
  expect_request(subject, "GET", "http://127.0.0.1:9000/c", "Authorization", "hush-10");
  finish(subject, KEYS);
  cai_subject_free(subject);
  fixture_fini(&fix);
}

static void expect_no_request(cai_subject *subject, const char *words) {
  cai_errand errand;
  cai_subject_outcome outcome;
  cai_errand_init(&errand);
  cai_subject_outcome_init(&outcome);
  subject->ops->begin(subject);
  assert_int_equal(subject->ops->ask(subject, now, &errand, &outcome), CAI_STEP_FAILED);
  CONTAINS(outcome.setback.err.message, words);
  LACKS(outcome.setback.err.message, "hush");
  assert_int_equal(outcome.setback.err.code, CHATABI_E_AUTH_SOURCE);
  assert_int_equal(outcome.setback.stage, CAI_STAGE_SUBJECT_TOKEN);
  assert_false(outcome.setback.transient);
  cai_subject_outcome_fini(&outcome);
  cai_errand_fini(&errand);
}

static void test_bad_token_file(void **state) {
  (void)state;
  fixture fix;
  fixture_init(&fix);
  cai_places places = full_uri("http://127.0.0.1:9000/c");
  places.aws_container_token_file = (char *)fixture_write(&fix, "token", "hush-9\r\nX-Evil: y\n");
  cai_subject *subject = make_aws("", &places);
  expect_no_request(subject, fix.path);
  fixture_write(&fix, "token", "\n");
  expect_no_request(subject, "is no token");
  assert_int_equal(unlink(fix.path), 0);
  expect_no_request(subject, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names ");
  fixture_mkdir(&fix, "token");
  expect_no_request(subject, "cannot be read");
  assert_int_equal(rmdir(fix.path), 0);
  fixture_write(&fix, "token", "hush-9");
  subject->ops->begin(subject);
  expect_request(subject, "GET", "http://127.0.0.1:9000/c", "Authorization", "hush-9");
  cai_subject_free(subject);
  places.aws_container_token_file = NULL;
  places.aws_container_token = (char *)"hush\r\nX: y";
  subject = make_aws("", &places);
  expect_no_request(subject, "AWS_CONTAINER_AUTHORIZATION_TOKEN is no token");
  cai_subject_free(subject);
  fixture_fini(&fix);
}

static void test_hostile_full(void **state) {
  (void)state;
  static const char *const uris[] = {"http://evil.com/c",
                                     "http://169.254.170.2.evil.com/",
                                     "http://169.254.170.2@evil.com/",
                                     "http://169.254.169.254/latest",
                                     "http://[fd00:ec2::254]/",
                                     "http://0251.0376.0252.3/",
                                     "http://2852039168/",
                                     "http://127.0.0.1.evil.com/",
                                     "http://localhost.evil.com/",
                                     "file:///etc/passwd",
                                     "/v2/x",
                                     "http://10.0.0.1/"};
  for (size_t i = 0; i < sizeof uris / sizeof *uris; i++) {
    cai_places places = full_uri(uris[i]);
    check_refused("", &places, CHATABI_E_AUTH_HOST, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
    /* Where it is not needed, it does not matter. */
    places.aws_access_key_id = (char *)"A";
    places.aws_secret_access_key = (char *)"hush";
    cai_subject_free(make_aws("", &places));
  }
}

static void test_hostile_relative(void **state) {
  (void)state;
  static const char *const paths[] = {".evil.com/", "@evil.com/",  ":81/",    "/a b",
                                      "/a\r\nX: y", "\\@evil.com", "\xc3\xa4"};
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
    cai_places places = base_places;
    places.aws_container_relative_uri = (char *)paths[i];
    check_refused("", &places, CHATABI_E_AUTH_SOURCE, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is no path");
  }
  char *large = malloc(5000);
  memset(large, '/', 4999);
  large[4999] = '\0';
  cai_places places = base_places;
  places.aws_container_relative_uri = large;
  check_refused("", &places, CHATABI_E_AUTH_SOURCE, "too long");
  free(large);
}

/* Both or none; half of a pair is passed over. */
static void test_none(void **state) {
  (void)state;
  cai_places places = base_places;
  check_refused("", &places, CHATABI_E_AUTH_SOURCE, "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (both)");
  places.aws_access_key_id = (char *)"A";
  check_refused("", &places, CHATABI_E_AUTH_SOURCE, "There are no AWS keys for /home/aws.json");
  places.aws_access_key_id = NULL;
  places.aws_secret_access_key = (char *)"hush";
  check_refused("", &places, CHATABI_E_AUTH_SOURCE, "There are no AWS keys");
  cai_subject *subject = make_aws(METADATA, &places);
  expect_request(subject, "GET", "http://169.254.169.254/latest/meta-data/iam/security-credentials", NULL, NULL);
  cai_subject_free(subject);
}

static void test_bad_environment(void **state) {
  (void)state;
  cai_places places = base_places;
  places.aws_access_key_id = (char *)"A";
  places.aws_secret_access_key = (char *)"hush\n";
  check_refused("", &places, CHATABI_E_AUTH_SOURCE, "AWS_SECRET_ACCESS_KEY has a blank");
  places.aws_secret_access_key = (char *)"hush";
  places.aws_session_token = (char *)"hu\r\nsh";
  check_refused("", &places, CHATABI_E_AUTH_SOURCE, "AWS_SESSION_TOKEN has a blank");
  places.aws_session_token = NULL;
  places.aws_access_key_id = (char *)"A B";
  check_refused("", &places, CHATABI_E_AUTH_SOURCE, "AWS_ACCESS_KEY_ID has a blank");
}

static const char *const bad_keys[] = {
    "",
    "hush",
    "[]",
    "null",
    "{\"AccessKeyId\":\"A\"}",
    "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"\"}",
    "{\"AccessKeyId\":7,\"SecretAccessKey\":\"hush\"}",
    "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":[\"hush\"]}",
    "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"hush\",\"Token\":{}}",
    "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"hush\",\"Token\":\"hu\\r\\nsh\"}",
    "{\"AccessKeyId\":\"A\\nB\",\"SecretAccessKey\":\"hush\"}",
    "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"h\\u00fcsh hush\"}",
    "{\"accesskeyid\":\"A\",\"secretaccesskey\":\"hush\"}",
    "{\"Code\":\"AssumeRoleUnauthorizedAccess\",\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"hush\"}",
    "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"hush\"",
};

static void test_bad_replies(void **state) {
  (void)state;
  cai_places places = full_uri("http://127.0.0.1:9000/hush-path");
  cai_subject *subject = make_aws("", &places);
  for (size_t i = 0; i < sizeof bad_keys / sizeof *bad_keys; i++) {
    expect_request(subject, "GET", "http://127.0.0.1:9000/hush-path", NULL, NULL);
    expect_failure(subject, 200, bad_keys[i], true, "AWS container credentials service (ECS, EKS) at http://127.0.0.1");
  }
  expect_request(subject, "GET", "http://127.0.0.1:9000/hush-path", NULL, NULL);
  expect_failure(subject, 400, "{\"error\":\"hush\"}", false, "check the task's role (ECS)");
  expect_request(subject, "GET", "http://127.0.0.1:9000/hush-path", NULL, NULL);
  expect_failure(subject, 429, "hush", true, "HTTP status 429");
  expect_request(subject, "GET", "http://127.0.0.1:9000/hush-path", NULL, NULL);
  finish(subject, KEYS);
  cai_subject_free(subject);
}

static void test_bad_roles(void **state) {
  (void)state;
  static const char asked[] = "http://169.254.169.254/latest/meta-data/iam/security-credentials";
  static const char *const roles[] = {"",         "../../x",
                                      "..",       ".",
                                      "a/b",      "a b",
                                      "a\nb",     "a\r\nX: y",
                                      "a?b",      "a#b",
                                      "a%2f",     "<html></html>",
                                      "\xc3\xa4", "a234567890123456789012345678901234567890123456789012345678901234x"};
  cai_subject *subject = make_aws(METADATA, &base_places);
  for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
    expect_request(subject, "GET", asked, NULL, NULL);
    expect_failure(subject, 200, roles[i], true, "is no role's name");
  }
  expect_request(subject, "GET", asked, NULL, NULL);
  expect_failure(subject, 404, "", false, "Attach a role to the instance");
  expect_request(subject, "GET", asked, NULL, NULL);
  expect_failure(subject, 401, "", false, "The instance wants IMDSv2");
  expect_request(subject, "GET", asked, NULL, NULL);
  feed_well(subject, "..role");
  for (size_t i = 0; i < sizeof bad_keys / sizeof *bad_keys; i++) {
    expect_request(subject, "GET", "http://169.254.169.254/latest/meta-data/iam/security-credentials/..role", NULL,
                   NULL);
    expect_failure(subject, 200, bad_keys[i], true, "AWS instance metadata service");
    expect_request(subject, "GET", asked, NULL, NULL);
    feed_well(subject, "..role");
  }
  expect_request(subject, "GET", "http://169.254.169.254/latest/meta-data/iam/security-credentials/..role", NULL, NULL);
  finish(subject, KEYS);
  cai_subject_free(subject);
}

/* One run with the Nth allocation failing, its making included; true when all went well. */
static bool run_short(size_t nth, const cai_places *places) {
  cai_err err;
  cai_subject_outcome outcome;
  cai_errand errand;
  cai_http_reply reply;
  cai_guard guard;
  cJSON *source = cJSON_Parse("{\"environment_id\":\"aws1\"}");
  assert_int_equal(cai_guard_init(&guard, NULL, NULL, NULL), 0);
  const cai_document document = {.root = source, .origin = "/home/aws.json", .guard = &guard, .places = places};
  make_reply(&reply, 200, KEYS);
  cai_errand_init(&errand);
  cai_subject_outcome_init(&outcome);
  cai_aws_keys keys;
  cai_aws_metadata metadata = {NULL, NULL};
  cai_alloc_fail_at(nth);
  int error = cai_aws_keys_init(&keys, &document, &err);
  cai_step step = error ? CAI_STEP_FAILED : cai_aws_keys_ask(&keys, &metadata, &errand.http, &outcome);
  if (step == CAI_STEP_ASK) step = cai_aws_keys_feed(&keys, &metadata, now, &reply, &outcome);
  cai_alloc_fail_at(0);
  bool done = step == CAI_STEP_ASK && cai_aws_keys_found(&keys);
  if (!done) assert_true(error || outcome.setback.transient);
  cai_aws_keys_fini(&keys);
  cai_subject_outcome_fini(&outcome);
  cai_errand_fini(&errand);
  cai_http_reply_fini(&reply);
  cai_guard_fini(&guard);
  cJSON_Delete(source);
  return done;
}

static void test_no_memory(void **state) {
  (void)state;
  fixture fix;
  fixture_init(&fix);
  cai_places places = full_uri("http://169.254.170.23/c");
  places.aws_container_token_file = (char *)fixture_write(&fix, "token", "hush-9");
  size_t nth = 1;
  while (!run_short(nth, &places)) assert_true(++nth < 1000);
  assert_true(nth > 10);
  fixture_fini(&fix);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_relative),     cmocka_unit_test(test_full),
                                     cmocka_unit_test(test_token_file),   cmocka_unit_test(test_bad_token_file),
                                     cmocka_unit_test(test_hostile_full), cmocka_unit_test(test_hostile_relative),
                                     cmocka_unit_test(test_none),         cmocka_unit_test(test_bad_environment),
                                     cmocka_unit_test(test_bad_replies),  cmocka_unit_test(test_bad_roles),
                                     cmocka_unit_test(test_no_memory)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
