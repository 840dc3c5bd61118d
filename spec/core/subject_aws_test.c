/* SPDX-License-Identifier: MIT */
#include "aws_fixture.h"

static cai_places env_places = {.aws_region = (char *)"us-east-2",
                                .aws_access_key_id = (char *)"AKIDEXAMPLE",
                                .aws_secret_access_key = (char *)"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"};
static cai_places env_keys = {.aws_access_key_id = (char *)"AKIDEXAMPLE", .aws_secret_access_key = (char *)"hush-1"};
static cai_places env_region = {.aws_region = (char *)"eu-west-1"};

#define TOKEN_FOR(host, scope, signature)                                                                        \
  "{\"url\":\"https://" host                                                                                     \
  "?Action=GetCallerIdentity&Version=2011-06-15\",\"method\":\"POST\",\"headers\":[{\"key\":\"host\",\"value\":" \
  "\"" host                                                                                                      \
  "\"},{\"key\":\"x-amz-date\",\"value\":\"20200811T065522Z\"},{\"key\":\"x-goog-cloud-target-resource\","       \
  "\"value\":\"" AUDIENCE                                                                                        \
  "\"},{\"key\":\"Authorization\",\"value\":\"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20200811/" scope           \
  "/sts/aws4_request, SignedHeaders=host;x-amz-date;x-goog-cloud-target-resource, Signature=" signature "\"}]}"

/* No errand at all, and the same in a second run. */
static void test_environment(void **state) {
  (void)state;
  char json[8192];
  cai_subject *subject = make_aws("", &env_places);
  assert_string_equal(subject->ops->name, "aws");
  for (int run = 0; run < 2; run++) {
    expect_token(subject, json, sizeof json);
    assert_string_equal(json, TOKEN_FOR("sts.us-east-2.amazonaws.com", "us-east-2",
                                        "e77ca1b796a66545caaf78b7a0e5ff44ed9d68de8698f252c6a0e522381a96f6"));
    subject->ops->begin(subject);
  }
  cai_subject_free(subject);
}

static void test_environment_token(void **state) {
  (void)state;
  char json[8192];
  cai_places places = env_places;
  places.aws_session_token = (char *)"Tok+/==";
  cai_subject *subject = make_aws(METADATA "," REGION_URL "," SESSION_URL, &places);
  expect_token(subject, json, sizeof json);
  CONTAINS(json, "{\"key\":\"x-amz-security-token\",\"value\":\"Tok+/==\"}");
  CONTAINS(json, "SignedHeaders=host;x-amz-date;x-amz-security-token;x-goog-cloud-target-resource,");
  cai_subject_free(subject);
}

#define HEADER "X-aws-ec2-metadata-token"

static void walk_instance(cai_subject *subject, bool first, char *json, size_t size) {
  expect_request(subject, "PUT", "http://169.254.169.254/latest/api/token", HEADER "-ttl-seconds", "300");
  feed_well(subject, "session-7");
  if (first) {
    expect_request(subject, "GET", "http://169.254.169.254/latest/meta-data/placement/availability-zone", HEADER,
                   "session-7");
    feed_well(subject, "us-east-2b\n");
  }
  expect_request(subject, "GET", "http://169.254.169.254/latest/meta-data/iam/security-credentials", HEADER,
                 "session-7");
  feed_well(subject, "my-role+1\n");
  expect_request(subject, "GET", "http://169.254.169.254/latest/meta-data/iam/security-credentials/my-role%2B1", HEADER,
                 "session-7");
  feed_well(subject, KEYS);
  expect_token(subject, json, size);
}

/* The region is asked for once, the keys each time. */
static void test_instance(void **state) {
  (void)state;
  char json[8192];
  cai_subject *subject = make_aws(METADATA "," REGION_URL "," SESSION_URL, &no_places);
  walk_instance(subject, true, json, sizeof json);
  CONTAINS(json, "\"url\":\"https://sts.us-east-2.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15\"");
  CONTAINS(json, "Credential=AKIDEXAMPLE/20200811/us-east-2/sts/aws4_request");
  CONTAINS(json, "{\"key\":\"x-amz-security-token\",\"value\":\"hush-2\"}");
  LACKS(json, "hush-1");
  subject->ops->begin(subject);
  walk_instance(subject, false, json, sizeof json);
  cai_subject_free(subject);
}

/* Version 1, the region from the environment, IPv6, "url" with a slash at its end. */
static void test_instance_v1(void **state) {
  (void)state;
  char json[8192];
  cai_subject *subject = make_aws("\"url\":\"http://[fd00:ec2::254]/roles/\"", &env_region);
  expect_request(subject, "GET", "http://[fd00:ec2::254]/roles/", NULL, NULL);
  feed_well(subject, "r");
  expect_request(subject, "GET", "http://[fd00:ec2::254]/roles/r", NULL, NULL);
  feed_well(subject, "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"hush\",\"Token\":null}");
  expect_token(subject, json, sizeof json);
  CONTAINS(json, "https://sts.eu-west-1.amazonaws.com?");
  LACKS(json, "security-token");
  cai_subject_free(subject);
}

/* The session is for the region, though the keys need none. */
static void test_region_only(void **state) {
  (void)state;
  char json[8192];
  cai_subject *subject = make_aws(METADATA "," REGION_URL "," SESSION_URL, &env_keys);
  expect_request(subject, "PUT", "http://169.254.169.254/latest/api/token", NULL, NULL);
  feed_well(subject, "s\r\n");
  expect_request(subject, "GET", "http://169.254.169.254/latest/meta-data/placement/availability-zone", HEADER, "s");
  feed_well(subject, "eu-central-1a");
  expect_token(subject, json, sizeof json);
  CONTAINS(json, "https://sts.eu-central-1.amazonaws.com?");
  subject->ops->begin(subject);
  expect_token(subject, json, sizeof json);
  cai_subject_free(subject);
}

static void test_zones(void **state) {
  (void)state;
  static const char *const zones[][2] = {{"us-east-1a", "us-east-1"},
                                         {"ap-southeast-2", "ap-southeast-2"},
                                         {"us-gov-west-1b", "us-gov-west-1"},
                                         {"us-west-2-lax-1a", "us-west-2"},
                                         {"us-east-1-wl1-bos-wlz-1", "us-east-1"},
                                         {"xy-10c", "xy-10"},
                                         {"moon", "moon"}};
  for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
    char json[8192], host[128];
    cai_subject *subject = make_aws(REGION_URL, &env_keys);
    expect_request(subject, "GET", "http://169.254.169.254/latest/meta-data/placement/availability-zone", NULL, NULL);
    feed_well(subject, zones[i][0]);
    expect_token(subject, json, sizeof json);
    snprintf(host, sizeof host, "https://sts.%s.amazonaws.com?", zones[i][1]);
    CONTAINS(json, host);
    cai_subject_free(subject);
  }
}

static void test_bad_zones(void **state) {
  (void)state;
  static const char *const zones[] = {"",
                                      " ",
                                      "us-east-1a\r\nX: y",
                                      "evil.com/",
                                      "US-EAST-1A",
                                      "a@b",
                                      "us-east-1 ?",
                                      "\xc3\xa4",
                                      "-",
                                      "us-",
                                      "1-us",
                                      "a123456789012345678901234567890123"};
  cai_subject *subject = make_aws(REGION_URL, &env_keys);
  for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
    expect_request(subject, "GET", "http://169.254.169.254/latest/meta-data/placement/availability-zone", NULL, NULL);
    expect_failure(subject, 200, zones[i], true, "is no region or availability zone (set AWS_REGION");
  }
  cai_subject_free(subject);
}

static void test_large(void **state) {
  (void)state;
  cai_subject_outcome outcome;
  cai_http_reply reply;
  char *large = malloc(2 << 20);
  memset(large, 'a', (2 << 20) - 1);
  large[(2 << 20) - 1] = '\0';
  static const char *const first[] = {"s", "us-east-1a", "role"};
  for (int step = 0; step < 4; step++) {
    cai_subject *subject = make_aws(METADATA "," REGION_URL "," SESSION_URL, &no_places);
    cai_subject_outcome_init(&outcome);
    cai_errand errand;
    for (int i = 0; i <= step; i++) {
      cai_errand_init(&errand);
      assert_int_equal(subject->ops->ask(subject, now, &errand, &outcome), CAI_STEP_ASK);
      assert_true(errand.http.max_reply <= 1 << 16);
      cai_errand_fini(&errand);
      if (i < step) feed_well(subject, first[i]);
    }
    cai_http_reply_init(&reply, 4 << 20);
    reply.status = 200;
    assert_int_equal(cai_buf_text(&reply.body, large), 0);
    assert_int_equal(subject->ops->feed(subject, now, &reply, &outcome), CAI_STEP_FAILED);
    assert_true(strlen(outcome.setback.err.message) < 500);
    cai_http_reply_fini(&reply);
    cai_subject_outcome_fini(&outcome);
    cai_subject_free(subject);
  }
  free(large);
}

static void test_session_refused(void **state) {
  (void)state;
  cai_subject_outcome outcome;
  cai_http_reply reply;
  char json[8192];
  cai_subject *subject = make_aws(METADATA "," REGION_URL "," SESSION_URL, &no_places);
  static const char asked[] = "http://169.254.169.254/latest/api/token";
  expect_request(subject, "PUT", asked, NULL, NULL);
  expect_failure(subject, 403, "no", false, "instance metadata service (IMDS) at http://169.254.169.254/latest/api");
  expect_request(subject, "PUT", asked, NULL, NULL);
  expect_failure(subject, 503, "", true, "HTTP status 503");
  expect_request(subject, "PUT", asked, NULL, NULL);
  expect_failure(subject, 200, "a b", true, "is no session token");
  expect_request(subject, "PUT", asked, NULL, NULL);
  cai_subject_outcome_init(&outcome);
  make_no_reply(&reply, CHATABI_E_TIMEOUT, "Timed out.");
  assert_int_equal(subject->ops->feed(subject, now, &reply, &outcome), CAI_STEP_FAILED);
  assert_true(outcome.setback.transient);
  CONTAINS(outcome.setback.err.message, "Timed out. This must be an EC2 instance");
  CONTAINS(outcome.setback.hint, "HttpPutResponseHopLimit to 2");
  cai_http_reply_fini(&reply);
  cai_subject_outcome_fini(&outcome);
  subject->ops->begin(subject);
  walk_instance(subject, true, json, sizeof json);
  cai_subject_free(subject);
}

static void test_region_refused(void **state) {
  (void)state;
  cai_subject *subject = make_aws(REGION_URL, &env_keys);
  static const char asked[] = "http://169.254.169.254/latest/meta-data/placement/availability-zone";
  expect_request(subject, "GET", asked, NULL, NULL);
  expect_failure(subject, 404, "", false, "Check \"region_url\"");
  expect_request(subject, "GET", asked, NULL, NULL);
  expect_failure(subject, 401, "", false, "add \"imdsv2_session_token_url\"");
  cai_subject_free(subject);
}

static void test_version(void **state) {
  (void)state;
  cai_err err;
  assert_null(make_aws_of("\"aws2\"", "", &env_places, &err));
  assert_int_equal(err.code, CHATABI_E_UNSUPPORTED);
  CONTAINS(err.message, "needs a newer chatabi");
  static const char *const wrong[] = {"\"aws\"", "\"aws1x\"", "\"azure1\"", "\"\"", "1", "null", "\"aws-1\"", "{}"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    assert_null(make_aws_of(wrong[i], "", &env_places, &err));
    assert_int_equal(err.code, CHATABI_E_AUTH_SOURCE);
    CONTAINS(err.message, "environment_id");
    CONTAINS(err.message, "/home/aws.json");
  }
}

static void test_hostile_urls(void **state) {
  (void)state;
  static const char *const members[] = {"url", "region_url", "imdsv2_session_token_url"};
  static const char *const urls[] = {"http://169.254.169.254.evil.com/",
                                     "http://169.254.169.254@evil.com/",
                                     "http://evil.com/169.254.169.254",
                                     "https://169.254.169.254/",
                                     "http://169.254.169.254:8080/",
                                     "http://[fd00:ec2::255]/",
                                     "http://0251.0376.0251.0375/",
                                     "http://2852039165/",
                                     "http://127.0.0.1/",
                                     "http://[::ffff:a9fe:a9fe]/",
                                     "file:///etc/passwd",
                                     "http://169.254.169.254\\\\@evil.com/",
                                     "http://metadata.google.internal/x",
                                     "nonsense"};
  for (size_t m = 0; m < 3; m++)
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
      char rest[256];
      snprintf(rest, sizeof rest, "\"%s\":\"%s\"", members[m], urls[i]);
      /* Also where the environment makes it unnecessary. */
      check_refused(rest, &env_places, CHATABI_E_AUTH_HOST, members[m]);
    }
  check_refused("\"url\":\"http://169.254.169.254/x\\r\\ny\"", &env_places, CHATABI_E_AUTH_SOURCE, "control character");
  check_refused("\"region_url\":7", &env_places, CHATABI_E_AUTH_SOURCE, "is no text");
  check_refused("\"url\":\"http://169.254.169.254/x?y=\"", &env_region, CHATABI_E_AUTH_SOURCE,
                "must end with its path");
}

/* One run with the Nth allocation failing; true when all went well. */
static bool run_short(size_t nth) {
  static const char *const replies[] = {"session", "us-east-1a", "role", KEYS};
  cai_err err;
  cai_subject_outcome outcome;
  cai_errand errand;
  cai_http_reply reply[4];
  for (int i = 0; i < 4; i++) make_reply(&reply[i], 200, replies[i]);
  cai_subject_outcome_init(&outcome);
  cai_step step = CAI_STEP_FAILED;
  cai_alloc_fail_at(0);
  cai_subject *subject = make_aws_of("\"aws1\"", METADATA "," REGION_URL "," SESSION_URL, &no_places, &err);
  assert_non_null(subject);
  subject->ops->begin(subject);
  cai_alloc_fail_at(nth);
  for (int i = 0;; i++) {
    cai_errand_init(&errand);
    step = subject->ops->ask(subject, now, &errand, &outcome);
    cai_errand_fini(&errand);
    if (step == CAI_STEP_ASK) step = subject->ops->feed(subject, now, &reply[i], &outcome);
    if (step != CAI_STEP_ASK) break;
  }
  cai_alloc_fail_at(0);
  bool done = step == CAI_STEP_DONE;
  if (!done) assert_int_equal(outcome.setback.err.code, CHATABI_E_NOMEM);
  if (!done) assert_true(outcome.setback.transient);
  cai_subject_outcome_fini(&outcome);
  cai_subject_free(subject);
  for (int i = 0; i < 4; i++) cai_http_reply_fini(&reply[i]);
  return done;
}

static void test_no_memory(void **state) {
  (void)state;
  size_t nth = 1;
  while (!run_short(nth)) assert_true(++nth < 1000);
  assert_true(nth > 20);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_environment),     cmocka_unit_test(test_environment_token),
                                     cmocka_unit_test(test_instance),        cmocka_unit_test(test_instance_v1),
                                     cmocka_unit_test(test_region_only),     cmocka_unit_test(test_zones),
                                     cmocka_unit_test(test_bad_zones),       cmocka_unit_test(test_large),
                                     cmocka_unit_test(test_session_refused), cmocka_unit_test(test_region_refused),
                                     cmocka_unit_test(test_version),         cmocka_unit_test(test_hostile_urls),
                                     cmocka_unit_test(test_no_memory)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
