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
                                      "GEMINI_API_KEY"};
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
  assert_int_equal(cai_places_read(&places), 0);
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
  assert_int_equal(cai_places_read(&places), 0);
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
  assert_int_equal(cai_places_read(&places), 0);
  if (places.gcloud_dir) CONTAINS(places.gcloud_dir, "/.config/gcloud");
  cai_places_fini(&places);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test_setup(test_all, clear),
                                     cmocka_unit_test_setup(test_fallbacks, clear),
                                     cmocka_unit_test_setup(test_no_home, clear)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
