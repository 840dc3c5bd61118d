/* SPDX-License-Identifier: MIT */
#include "auth/exchange/places.h"

#include "auth_fixture.h"

static int clear(void **state) {
  (void)state;
  static const char *const names[] = {"GOOGLE_APPLICATION_CREDENTIALS",
                                      "CLOUDSDK_CONFIG",
                                      "HOME",
                                      "GOOGLE_CLOUD_PROJECT",
                                      "GCLOUD_PROJECT",
                                      "GOOGLE_CLOUD_LOCATION",
                                      "GOOGLE_CLOUD_REGION",
                                      "GOOGLE_CLOUD_QUOTA_PROJECT",
                                      "GOOGLE_CLOUD_UNIVERSE_DOMAIN",
                                      "GCE_METADATA_HOST",
                                      "NO_GCE_CHECK",
                                      "OPENAI_API_KEY",
                                      "GOOGLE_API_KEY",
                                      "GEMINI_API_KEY",
                                      "CHATABI_CREDENTIALS_JSON",
                                      "GOOGLE_APPLICATION_CREDENTIALS_JSON",
                                      "CLOUDSDK_AUTH_ACCESS_TOKEN",
                                      "GOOGLE_OAUTH_ACCESS_TOKEN",
                                      "K_SERVICE",
                                      "CLOUD_RUN_JOB",
                                      "GAE_SERVICE",
                                      "KUBERNETES_SERVICE_HOST",
                                      "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES",
                                      "GOOGLE_API_CERTIFICATE_CONFIG",
                                      "AWS_REGION",
                                      "AWS_DEFAULT_REGION"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) unsetenv(names[i]);
  return 0;
}

static void test_all(void **state) {
  (void)state;
  cai_places places, copy;
  setenv("GOOGLE_APPLICATION_CREDENTIALS", "/c.json", 1);
  setenv("CLOUDSDK_CONFIG", "/cfg", 1);
  setenv("HOME", "/home/ann", 1);
  setenv("GOOGLE_CLOUD_PROJECT", "p", 1);
  setenv("GCLOUD_PROJECT", "q", 1);
  setenv("GOOGLE_CLOUD_REGION", "r", 1);
  setenv("GOOGLE_CLOUD_QUOTA_PROJECT", "quota", 1);
  setenv("GOOGLE_CLOUD_UNIVERSE_DOMAIN", "u.goog", 1);
  setenv("GCE_METADATA_HOST", "m:1", 1);
  setenv("NO_GCE_CHECK", "True", 1);
  setenv("OPENAI_API_KEY", "ok", 1);
  setenv("GEMINI_API_KEY", "gk", 1);
  assert_int_equal(cai_places_read(&places, false), 0);
  assert_int_equal(cai_places_copy(&copy, &places), 0);
  cai_places_fini(&places);
  assert_string_equal(copy.credentials_file, "/c.json");
  assert_string_equal(copy.gcloud_dir, "/cfg");
  assert_string_equal(copy.project, "p");
  assert_string_equal(copy.location, "r");
  assert_string_equal(copy.quota_project, "quota");
  assert_string_equal(copy.universe_domain, "u.goog");
  assert_string_equal(copy.metadata_host, "m:1");
  assert_true(copy.no_gce_check);
  assert_string_equal(copy.openai_api_key, "ok");
  assert_string_equal(copy.gemini_api_key, "gk");
  cai_places_fini(&copy);
}

static void test_fallbacks(void **state) {
  (void)state;
  cai_places places;
  setenv("HOME", "/home/ann", 1);
  setenv("GCLOUD_PROJECT", "q", 1);
  setenv("GOOGLE_CLOUD_PROJECT", "", 1);
  setenv("GOOGLE_API_KEY", "first", 1);
  setenv("GEMINI_API_KEY", "second", 1);
  setenv("NO_GCE_CHECK", "0", 1);
  setenv("GOOGLE_APPLICATION_CREDENTIALS", "", 1);
  assert_int_equal(cai_places_read(&places, false), 0);
  assert_string_equal(places.gcloud_dir, "/home/ann/.config/gcloud");
  assert_string_equal(places.project, "q");
  assert_string_equal(places.gemini_api_key, "first");
  assert_false(places.no_gce_check);
  assert_null(places.credentials_file);
  assert_null(places.location);
  cai_places_fini(&places);
}

/* Without HOME the directory comes from the user database. */
static void test_no_home(void **state) {
  (void)state;
  cai_places places;
  assert_int_equal(cai_places_read(&places, false), 0);
  if (places.gcloud_dir) CONTAINS(places.gcloud_dir, "/.config/gcloud");
  cai_places_fini(&places);
}

static void test_secrets(void **state) {
  (void)state;
  cai_places places, copy;
  setenv("GOOGLE_APPLICATION_CREDENTIALS_JSON", "{}", 1);
  setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "t", 1);
  setenv("AWS_DEFAULT_REGION", "us-east-1", 1);
  assert_int_equal(cai_places_read(&places, false), 0);
  assert_int_equal(cai_places_copy(&copy, &places), 0);
  cai_places_fini(&places);
  assert_string_equal(copy.credentials_json_name, "GOOGLE_APPLICATION_CREDENTIALS_JSON");
  assert_string_equal(copy.access_token_name, "GOOGLE_OAUTH_ACCESS_TOKEN");
  assert_string_equal(copy.aws_region, "us-east-1");
  assert_null(copy.environment);
  cai_places_fini(&copy);
  setenv("CHATABI_CREDENTIALS_JSON", "{\"own\":1}", 1);
  setenv("CLOUDSDK_AUTH_ACCESS_TOKEN", "own", 1);
  setenv("AWS_REGION", "eu-west-1", 1);
  assert_int_equal(cai_places_read(&places, false), 0);
  assert_string_equal(places.credentials_json, "{\"own\":1}");
  assert_string_equal(places.credentials_json_name, "CHATABI_CREDENTIALS_JSON");
  assert_string_equal(places.access_token, "own");
  assert_string_equal(places.aws_region, "eu-west-1");
  cai_places_fini(&places);
}

static bool has_variable(const cai_places *places, const char *text) {
  for (char **at = places->environment; at && *at; at++)
    if (strcmp(*at, text) == 0) return true;
  return false;
}

static void test_environment(void **state) {
  (void)state;
  cai_places places, copy;
  setenv("PLACES_TEST", "1", 1);
  setenv("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "true", 1);
  assert_int_equal(cai_places_read(&places, false), 0);
  assert_false(places.allow_executables);
  assert_null(places.environment);
  cai_places_fini(&places);
  setenv("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1", 1);
  assert_int_equal(cai_places_read(&places, false), 0);
  assert_true(places.allow_executables);
  assert_int_equal(cai_places_copy(&copy, &places), 0);
  cai_places_fini(&places);
  assert_true(has_variable(&copy, "PLACES_TEST=1"));
  cai_places_fini(&copy);
  unsetenv("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES");
  assert_int_equal(cai_places_read(&places, true), 0);
  assert_true(has_variable(&places, "PLACES_TEST=1"));
  cai_places_fini(&places);
}

static void test_on_google(void **state) {
  (void)state;
  cai_places places;
  setenv("K_SERVICE", "x", 1);
  assert_int_equal(cai_places_read(&places, false), 0);
  assert_true(places.on_google);
  cai_places_fini(&places);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(test_all, clear),         cmocka_unit_test_setup(test_fallbacks, clear),
      cmocka_unit_test_setup(test_no_home, clear),     cmocka_unit_test_setup(test_secrets, clear),
      cmocka_unit_test_setup(test_environment, clear), cmocka_unit_test_setup(test_on_google, clear)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
