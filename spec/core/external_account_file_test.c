/* SPDX-License-Identifier: MIT */
#include "external_account_fixture.h"

static void check_broken(const char *text, int code, const char *words) {
  cai_err err;
  if (parse(text, &err)) fail_msg("taken: %s", text);
  if (err.code != code) fail_msg("code %d for %s: %s", err.code, text, err.message);
  CONTAINS(err.message, "/home/x.json");
  CONTAINS(err.message, words);
  LACKS(err.message, "pass");
}

static void test_hosts(void **state) {
  (void)state;
  static const char *const urls[] = {"https://user:pass@sts.googleapis.com/v1/token",
                                     "http://sts.googleapis.com/v1/token",
                                     "http://evil.com/v1/token",
                                     "file:///etc/passwd",
                                     "https://sts.googleapis.com.evil.com/v1/token",
                                     "https://sts.googleapis.com@evil.com/v1/token",
                                     "https://evil.com/sts.googleapis.com",
                                     "https://evil.com?x=.sts.googleapis.com",
                                     "https://oauth2.googleapis.com/token",
                                     "https://storage.googleapis.com/bucket/token",
                                     "https://sts.googleapis.com:8443/v1/token",
                                     "http://127.0.0.1:9001/token",
                                     "https://sts.googleapis.com%0d%0a.evil.com/",
                                     "sts.googleapis.com.evil.com"};
  for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
    char text[1024];
    snprintf(text, sizeof text, "{\"audience\":\"" POOL "\"," TYPE "," SOURCE ",\"token_url\":\"%s\"}", urls[i]);
    check_broken(text, CHATABI_E_AUTH_HOST, "\"token_url\"");
  }
  check_broken(ACCOUNT(",\"service_account_impersonation_url\":\"https://evil.com" IAM "\""), CHATABI_E_AUTH_HOST,
               "\"service_account_impersonation_url\"");
  check_broken(
      ACCOUNT(",\"service_account_impersonation_url\":\"https://iamcredentials.googleapis.com@evil.com" IAM "\""),
      CHATABI_E_AUTH_HOST, "\"service_account_impersonation_url\"");
  check_broken("{\"audience\":\"" POOL "\"," TYPE ",\"credential_source\":{\"url\":\"http://evil.com/\"}}",
               CHATABI_E_AUTH_HOST, "\"url\"");
}

static void test_members(void **state) {
  (void)state;
  check_broken("{}", CHATABI_E_AUTH_SOURCE, "\"audience\"");
  check_broken("{\"audience\":7," TYPE "," SOURCE "}", CHATABI_E_AUTH_SOURCE, "\"audience\"");
  check_broken("{\"audience\":\"a\\r\\nb\"," TYPE "," SOURCE "}", CHATABI_E_AUTH_SOURCE, "control character");
  check_broken("{\"audience\":\"a\"," SOURCE "}", CHATABI_E_AUTH_SOURCE, "\"subject_token_type\"");
  check_broken("{\"audience\":\"a\",\"subject_token_type\":[]," SOURCE "}", CHATABI_E_AUTH_SOURCE,
               "\"subject_token_type\"");
  check_broken("{\"audience\":\"a\"," TYPE "}", CHATABI_E_AUTH_SOURCE, "\"credential_source\"");
  check_broken("{\"audience\":\"a\"," TYPE ",\"credential_source\":\"/token\"}", CHATABI_E_AUTH_SOURCE,
               "\"credential_source\"");
  check_broken("{\"audience\":\"a\"," TYPE ",\"credential_source\":{}}", CHATABI_E_AUTH_SOURCE,
               "\"credential_source\"");
  check_broken(ACCOUNT(",\"token_url\":7"), CHATABI_E_AUTH_SOURCE, "\"token_url\"");
  check_broken(ACCOUNT(",\"token_url\":\"https://sts.googleapis.com/\\r\\nX: y\""), CHATABI_E_AUTH_SOURCE,
               "\"token_url\"");
  check_broken(ACCOUNT(",\"client_id\":{}"), CHATABI_E_AUTH_SOURCE, "\"client_id\"");
  check_broken(ACCOUNT(",\"client_id\":\"i\",\"client_secret\":1"), CHATABI_E_AUTH_SOURCE, "\"client_secret\"");
  check_broken(ACCOUNT(",\"workforce_pool_user_project\":7"), CHATABI_E_AUTH_SOURCE, "workforce_pool_user_project");
  check_broken(ACCOUNT(",\"service_account_impersonation_url\":7"), CHATABI_E_AUTH_SOURCE,
               "\"service_account_impersonation_url\"");
  check_broken(ACCOUNT(IMPERSONATES ",\"service_account_impersonation\":{\"token_lifetime_seconds\":599}"),
               CHATABI_E_AUTH_SOURCE, "\"token_lifetime_seconds\"");
  check_broken(ACCOUNT(IMPERSONATES ",\"service_account_impersonation\":{\"token_lifetime_seconds\":\"1h\"}"),
               CHATABI_E_AUTH_SOURCE, "\"token_lifetime_seconds\"");
  check_broken("{\"audience\":\"a\"," TYPE ",\"credential_source\":{\"file\":\"/a\",\"url\":\"http://localhost/\"}}",
               CHATABI_E_AUTH_SOURCE, "both");
  /* The first one counts, for the check as for the request. */
  check_broken(ACCOUNT(",\"token_url\":\"https://evil.com\",\"token_url\":\"" STS_URL "\""), CHATABI_E_AUTH_HOST,
               "evil.com");
}

/* Only these audiences have a project of the user's. */
static void test_audiences(void **state) {
  (void)state;
  static const char *const audiences[] = {POOL,
                                          "//iam.googleapis.com/locations//workforcePools/p",
                                          "//iam.googleapis.com/locations/a/b/workforcePools/p",
                                          "//iamXgoogleapis.com/locations/global/workforcePools/p",
                                          "//iam.googleapis.com.evil.com/locations/global/workforcePools/p",
                                          "https://iam.googleapis.com/locations/global/workforcePools/p",
                                          "//iam.googleapis.com/locations/global/workforcePools"};
  for (size_t i = 0; i < sizeof audiences / sizeof *audiences; i++) {
    char text[512];
    snprintf(text, sizeof text, "{\"audience\":\"%s\"," TYPE "," SOURCE ",\"workforce_pool_user_project\":\"p\"}",
             audiences[i]);
    check_broken(text, CHATABI_E_AUTH_SOURCE, "workforce pool");
  }
}

static void test_long(void **state) {
  (void)state;
  char *email = long_text(
      ",\"service_account_impersonation_url\":\"https://iamcredentials.googleapis.com/v1/projects/-/"
      "serviceAccounts/",
      "a", 10240, "@x.com:generateAccessToken\"}");
  char *text = long_text("{\"audience\":\"" POOL "\"," TYPE "," SOURCE, email, 1, "");
  check_broken(text, CHATABI_E_AUTH_SOURCE, "too long");
  cai_free(text);
  cai_free(email);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_hosts), cmocka_unit_test(test_members),
                                     cmocka_unit_test(test_audiences), cmocka_unit_test(test_long)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
