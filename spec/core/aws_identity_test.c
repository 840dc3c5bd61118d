/* SPDX-License-Identifier: MIT */
#include "auth/subject/aws_identity.h"

#include "aws_fixture.h"

static cai_places env_places = {.aws_region = (char *)"us-east-2",
                                .aws_access_key_id = (char *)"AKIDEXAMPLE",
                                .aws_secret_access_key = (char *)"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"};
static cai_places env_keys = {.aws_access_key_id = (char *)"AKIDEXAMPLE", .aws_secret_access_key = (char *)"hush-1"};

#define VERIFY "\"regional_cred_verification_url\":\""

static void test_verification(void **state) {
  (void)state;
  static const char query[] = "?Action=GetCallerIdentity&Version=2011-06-15\"";
  static const char *const hosts[][3] = {
      {"https://sts.{region}.amazonaws.com", "sts.us-east-2.amazonaws.com", "us-east-2"},
      {"https://sts.{region}.amazonaws.com/", "sts.us-east-2.amazonaws.com", "us-east-2"},
      {"https://STS.{region}.AMAZONAWS.com:443/", "sts.us-east-2.amazonaws.com", "us-east-2"},
      {"https://sts.{region}.amazonaws.com.cn", "sts.us-east-2.amazonaws.com.cn", "us-east-2"},
      {"https://sts-fips.{region}.amazonaws.com", "sts-fips.us-east-2.amazonaws.com", "us-east-2"},
      {"https://sts.eu-west-1.amazonaws.com", "sts.eu-west-1.amazonaws.com", "eu-west-1"},
      {"https://sts.amazonaws.com", "sts.amazonaws.com", "us-east-1"}};
  for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
    char rest[256], json[8192], expected[256];
    snprintf(rest, sizeof rest, VERIFY "%s%s", hosts[i][0], query);
    cai_subject *subject = make_aws(rest, &env_places);
    expect_token(subject, json, sizeof json);
    snprintf(expected, sizeof expected, "{\"url\":\"https://%s?Action=GetCallerIdentity&Version=2011-06-15\"",
             hosts[i][1]);
    CONTAINS(json, expected);
    snprintf(expected, sizeof expected, "/20200811/%s/sts/aws4_request", hosts[i][2]);
    CONTAINS(json, expected);
    cai_subject_free(subject);
  }
  /* With a region in it, none must be known. */
  cai_subject_free(
      make_aws(VERIFY "https://sts.eu-west-1.amazonaws.com?Version=2011-06-15&Action=GetCallerIdentity\"", &env_keys));
}

static void test_hostile_verification(void **state) {
  (void)state;
  static const char query[] = "?Action=GetCallerIdentity&Version=2011-06-15";
  static const char *const hosts[] = {"http://sts.{region}.amazonaws.com",
                                      "https://sts.{region}.amazonaws.com.evil.com",
                                      "https://sts.{region}.evil.com",
                                      "https://evil.com",
                                      "https://sts.{region}.amazonaws.com:444",
                                      "https://sts.a.b.amazonaws.com",
                                      "https://iam.amazonaws.com",
                                      "https://sts.amazonaws.com@evil.com",
                                      "https://x@sts.amazonaws.com",
                                      "https://sts.xamazonaws.com",
                                      "https://sts.amazonaws.com/path",
                                      "https://sts..amazonaws.com",
                                      "https://sts.amazonaws.com/{region}",
                                      "https://xsts.{region}.amazonaws.com",
                                      "https://s3.amazonaws.com/sts.amazonaws.com",
                                      "ftp://sts.amazonaws.com",
                                      "sts.amazonaws.com#"};
  static const char *const queries[] = {"",
                                        "?Action=GetCallerIdentity",
                                        "?Version=2011-06-15",
                                        "?Action=GetSessionToken&Version=2011-06-15",
                                        "?Action=GetCallerIdentity&Version=2011-06-15&Action=AssumeRole",
                                        "?Action=GetCallerIdentity&Version=2011-06-15&RoleArn=x",
                                        "?Action=GetCallerIdentity&Action=GetCallerIdentity&Version=2011-06-15",
                                        "?Action=GetCallerIdentity&Version=2011-06-15#x",
                                        "?Action=GetCallerIdentityX&Version=2011-06-15",
                                        "?Action=GetCallerIdentity;Version=2011-06-15",
                                        "?action=GetCallerIdentity&Version=2011-06-15"};
  char rest[512];
  for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
    snprintf(rest, sizeof rest, VERIFY "%s%s\"", hosts[i], query);
    check_refused(rest, &env_places, CHATABI_E_AUTH_HOST, "regional_cred_verification_url");
  }
  for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
    snprintf(rest, sizeof rest, VERIFY "https://sts.{region}.amazonaws.com%s\"", queries[i]);
    check_refused(rest, &env_places, CHATABI_E_AUTH_HOST, "is not signed");
  }
  check_refused("\"regional_cred_verification_url\":[]", &env_places, CHATABI_E_AUTH_SOURCE, "is no text");
}

static void test_bad_region(void **state) {
  (void)state;
  static const char *const regions[] = {"us-east-1.evil.com/", "US-EAST-1", "a b", "x@evil.com?"};
  check_refused("", &env_keys, CHATABI_E_AUTH_SOURCE, "set AWS_REGION");
  for (size_t i = 0; i < sizeof regions / sizeof *regions; i++) {
    cai_places places = env_keys;
    places.aws_region = (char *)regions[i];
    check_refused("", &places, CHATABI_E_AUTH_SOURCE, "AWS_REGION (or AWS_DEFAULT_REGION)");
  }
}

static void test_region(void **state) {
  (void)state;
  static const char *const bad[] = {"", "-", "-us", "us-", "1us", "Us-east-1", "us.east", "us/east", "us east", "us\n"};
  assert_true(cai_aws_identity_is_region("us-east-1", 9));
  assert_true(cai_aws_identity_is_region("us-east-1b", 9));
  assert_true(cai_aws_identity_is_region("a2345678901234567890123456789012", 32));
  assert_false(cai_aws_identity_is_region("a23456789012345678901234567890123", 33));
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    if (cai_aws_identity_is_region(bad[i], strlen(bad[i]))) fail_msg("\"%s\" was accepted", bad[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_verification), cmocka_unit_test(test_hostile_verification),
                                     cmocka_unit_test(test_bad_region), cmocka_unit_test(test_region)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
