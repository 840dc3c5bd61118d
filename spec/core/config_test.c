/* SPDX-License-Identifier: MIT
 * Options as users give them: what is taken, what is refused and in which words, and what depends on the environment.
 */
#include "client/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "chatabi.h"

#include <cmocka.h>

static int open_settings(void **state) {
  static cai_settings settings;
  memset(&settings, 0, sizeof settings);
  static const char *const names[] = {"http_proxy",     "https_proxy",    "HTTPS_PROXY",    "all_proxy",
                                      "ALL_PROXY",      "no_proxy",       "NO_PROXY",       "SSL_CERT_FILE",
                                      "OPENAI_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_CLOUD_LOCATION"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) unsetenv(names[i]);
  assert_int_equal(cai_config_defaults(&settings), 0);
  *state = &settings;
  return 0;
}

static int close_settings(void **state) {
  cai_settings_fini(*state);
  return 0;
}

static void refuse(cai_settings *settings, const char *key, const char *value, const char *first, const char *second) {
  cai_err err;
  assert_int_equal(cai_config_set(settings, key, value, &err), CHATABI_E_CONFIG);
  assert_int_equal(err.code, CHATABI_E_CONFIG);
  if (!strstr(err.message, first) || !strstr(err.message, second)) fail_msg("message: %s", err.message);
}

static void take(cai_settings *settings, const char *key, const char *value) {
  cai_err err;
  if (cai_config_set(settings, key, value, &err)) fail_msg("%s=%s: %s", key, value ? value : "NULL", err.message);
}

static void every_row_takes_its_default_again(void **state) {
  cai_config_row row;
  size_t count = 0;
  for (; cai_config_describe(count, &row); count++) {
    assert_true(*row.help && *row.kind && *row.group);
    take(*state, row.key, NULL);
    if (row.initial && *row.initial) take(*state, row.key, row.initial);
  }
  assert_true(count > 25);
}

static void unknown_option_is_named_with_those_that_exist(void **state) {
  refuse(*state, "modle", "x", "\"modle\"", "max_retries");
  refuse(*state, "", "x", "no option", "project");
}

static void numbers_have_bounds(void **state) {
  cai_settings *settings = *state;
  take(settings, "max_retries", "5");
  assert_int_equal(settings->max_retries, 5);
  const char *bad[] = {"", "x", "5x", "-1", "21", "1.5", "99999999999999999999", " "};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    refuse(settings, "max_retries", bad[i], "max_retries", "from 0 to 20");
  assert_int_equal(settings->max_retries, 5);
  take(settings, "max_retries", NULL);
  assert_int_equal(settings->max_retries, 2);
}

static void choices_are_listed(void **state) {
  cai_settings *settings = *state;
  refuse(settings, "provider", "google", "\"google\"", "vertex openai gemini compatible");
  refuse(settings, "http_version", "3", "\"3\"", "auto 1.1 2");
  refuse(settings, "log_level", "", "log_level", "debug");
  take(settings, "http_version", "1.1");
  assert_int_equal(settings->http_version, 11);
  take(settings, "http_version", "2");
  assert_int_equal(settings->http_version, 20);
  take(settings, "log_level", "debug");
  assert_int_equal(settings->log_level, CAI_LOG_DEBUG);
}

static void base_url_must_be_one(void **state) {
  const char *bad[] = {"localhost:8000",     "ftp://x/y",  "http://user:pass@x/v1", "http://", "nonsense",
                       "file:///etc/passwd", "http://a b/"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    refuse(*state, "base_url", bad[i], "base_url", "http://localhost:8000/v1");
  refuse(*state, "base_url", "http://x/\r\nHost: y", "base_url", "one line");
  take(*state, "base_url", "http://localhost:8000/v1");
}

static void headers_are_an_object_of_texts(void **state) {
  cai_settings *settings = *state;
  take(settings, "headers", "{\"X-One\":\"1\",\"X-Two\":\"2\"}");
  refuse(settings, "headers", "[1]", "headers", "object");
  refuse(settings, "headers", "{\"X\":1}", "\"X\"", "text");
  refuse(settings, "headers", "{\"X y\":\"1\"}", "\"X y\"", "name");
  refuse(settings, "headers", "{\"X\":\"a\\r\\nEvil: 1\"}", "\"X\"", "line breaks");
  refuse(settings, "headers", "{\"X\":", "headers", "line 1, column 6");
  assert_int_equal(settings->headers.count, 2);
  assert_string_equal(cai_headers_get(&settings->headers, "x-two"), "2");
}

static void freeze(cai_settings *settings) {
  cai_err err;
  if (cai_config_freeze(settings, &err)) fail_msg("%s", err.message);
}

static void a_think_tag_is_a_name(void **state) {
  take(*state, "think_tag", "think");
  take(*state, "think_tag", "");
  refuse(*state, "think_tag", "<think>", "think_tag", "without brackets");
  refuse(*state, "think_tag", "think\"", "think_tag", "without brackets");
  refuse(*state, "think_tag", "a-name-that-goes-on-and-on-and-on-", "think_tag", "without brackets");
}

/* By which the engine tells that nobody chose it. */
static void the_usual_wait_for_a_first_byte_is_the_default(void **state) {
  const cai_settings *settings = *state;
  assert_int_equal(settings->first_byte_timeout_ms, CAI_USUAL_FIRST_BYTE_MS);
}

static void provider_follows_base_url(void **state) {
  cai_settings *settings = *state;
  freeze(settings);
  assert_int_equal(settings->provider, CAI_PROVIDER_VERTEX);
  assert_int_equal(settings->auth_source, CAI_SOURCE_ADC);
  take(settings, "base_url", "http://localhost:1/v1");
  freeze(settings);
  assert_int_equal(settings->provider, CAI_PROVIDER_COMPATIBLE);
  assert_int_equal(settings->auth_source, CAI_SOURCE_NONE);
}

static void compatible_needs_a_base_url(void **state) {
  cai_err err;
  take(*state, "provider", "compatible");
  assert_int_equal(cai_config_freeze(*state, &err), CHATABI_E_CONFIG);
  assert_non_null(strstr(err.message, "base_url"));
}

static void a_key_in_the_environment_stays_with_its_provider(void **state) {
  cai_settings *settings = *state;
  setenv("OPENAI_API_KEY", "sk-open", 1);
  setenv("GEMINI_API_KEY", "AIza-gem", 1);
  take(settings, "base_url", "http://elsewhere.example/v1");
  freeze(settings);
  assert_null(settings->auth_value);
  take(settings, "base_url", NULL);
  take(settings, "provider", "openai");
  freeze(settings);
  assert_string_equal(settings->auth_value, "sk-open");
  cai_settings_fini(settings);
  memset(settings, 0, sizeof *settings);
  assert_int_equal(cai_config_defaults(settings), 0);
  take(settings, "provider", "gemini");
  freeze(settings);
  assert_string_equal(settings->auth_value, "AIza-gem");
}

static void proxies_and_authorities_come_from_the_environment_once(void **state) {
  cai_settings *settings = *state;
  setenv("HTTPS_PROXY", "http://proxy:1", 1);
  setenv("HTTP_PROXY", "http://cgi:2", 1);
  setenv("NO_PROXY", "inside", 1);
  setenv("SSL_CERT_FILE", "/a/b.pem", 1);
  freeze(settings);
  assert_string_equal(settings->https_proxy, "http://proxy:1");
  assert_null(settings->http_proxy);
  assert_string_equal(settings->no_proxy, "inside");
  assert_string_equal(settings->ca_file, "/a/b.pem");
  assert_null(settings->proxy);
}

static void sources_of_credentials(void **state) {
  cai_err err;
  cai_settings *settings = *state;
  assert_int_equal(cai_config_set_auth(settings, "oauth", NULL, &err), CHATABI_E_CONFIG);
  assert_non_null(strstr(err.message, "adc file json metadata token api_key gcloud none"));
  assert_int_equal(cai_config_set_auth(settings, "file", NULL, &err), CHATABI_E_CONFIG);
  assert_non_null(strstr(err.message, "path"));
  assert_int_equal(cai_config_set_auth(settings, "token", "", &err), CHATABI_E_CONFIG);
  assert_int_equal(cai_config_set_auth(settings, "gcloud", "ann@example.com", &err), 0);
  freeze(settings);
  assert_int_equal(settings->auth_source, CAI_SOURCE_GCLOUD);
  assert_non_null(settings->places.environment);
  assert_int_equal(cai_config_set_auth(settings, "token", "ya29.secret", &err), 0);
  freeze(settings);
  assert_int_equal(settings->auth_source, CAI_SOURCE_TOKEN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_settings, close_settings)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(every_row_takes_its_default_again),
      TEST(unknown_option_is_named_with_those_that_exist),
      TEST(numbers_have_bounds),
      TEST(choices_are_listed),
      TEST(base_url_must_be_one),
      TEST(a_think_tag_is_a_name),
      TEST(the_usual_wait_for_a_first_byte_is_the_default),
      TEST(headers_are_an_object_of_texts),
      TEST(provider_follows_base_url),
      TEST(compatible_needs_a_base_url),
      TEST(a_key_in_the_environment_stays_with_its_provider),
      TEST(proxies_and_authorities_come_from_the_environment_once),
      TEST(sources_of_credentials),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
