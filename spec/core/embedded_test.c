/* SPDX-License-Identifier: MIT
 * Credentials given as text: by the user, in the environment. */
#include "auth/embedded.h"

#include <openssl/evp.h>

#include "auth/locate.h"
#include "auth_fixture.h"
#include "base/alloc.h"

static cai_credential *parse(const char *text, bool external, cai_err *err) {
  cai_guard guard;
  assert_int_equal(cai_guard_init(&guard, NULL, NULL, NULL), 0);
  guard.external = external;
  cai_err_clear(err);
  cai_credential *credential = cai_embedded_parse(text, "the text", &guard, &no_places, NULL, err);
  cai_guard_fini(&guard);
  return credential;
}

static void check_user(const char *text) {
  cai_err err;
  cai_credential *credential = parse(text, true, &err);
  if (!credential) fail_msg("%s", err.message);
  assert_string_equal(credential->principal, "ann@example.com");
  cai_credential_free(credential);
}

static char *base64_of(const char *text) {
  size_t len = strlen(text);
  char *out = malloc(len * 4 / 3 + 8);
  EVP_EncodeBlock((unsigned char *)out, (const unsigned char *)text, (int)len);
  return out;
}

static void test_forms(void **state) {
  (void)state;
  char padded[1024], *base64;
  check_user(user_file);
  for (int spaces = 0; spaces < 3; spaces++) {
    snprintf(padded, sizeof padded, "%.*s%s\n", spaces, "  ", user_file);
    check_user(padded);
    base64 = base64_of(padded);
    check_user(base64);
    base64[strcspn(base64, "=")] = '\0';
    check_user(base64);
    for (char *at = base64; *at; at++) *at = *at == '+' ? '-' : *at == '/' ? '_' : *at;
    check_user(base64);
    char wrapped[2048];
    snprintf(wrapped, sizeof wrapped, "%.76s\r\n%s\r\n", base64, base64 + 76);
    check_user(wrapped);
    free(base64);
  }
}

static void check_broken(const char *text, const char *words) {
  cai_err err;
  assert_null(parse(text, true, &err));
  assert_int_equal(err.code, CHATABI_E_AUTH_SOURCE);
  CONTAINS(err.message, "the text");
  CONTAINS(err.message, words);
}

static void test_broken(void **state) {
  (void)state;
  check_broken("", "not valid JSON");
  check_broken("/home/ann/key.json", "neither the JSON");
  check_broken("not base64!", "neither the JSON");
  check_broken("====", "neither the JSON");
  check_broken("AAAA", "neither the JSON");
  check_broken("e30=", "\"type\"");
  check_broken("bm90IGpzb24=", "not valid JSON");
  char *large = malloc(2 << 20);
  memset(large, 'A', (2 << 20) - 1);
  large[(2 << 20) - 1] = '\0';
  check_broken(large, "larger than 1 MiB");
  large[0] = '{';
  check_broken(large, "larger than 1 MiB");
  free(large);
}

/* From whom the text is, is not known. */
static void test_external_needs_consent(void **state) {
  (void)state;
  static const char *const texts[] = {
      "{\"type\":\"external_account\",\"audience\":\"a\"}", "{\"type\":\"gdch_service_account\"}",
      "{\"type\":\"impersonated_service_account\",\"service_account_impersonation_url\":"
      "\"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/"
      "r@p.iam.gserviceaccount.com:generateAccessToken\",\"source_credentials\":{"
      "\"type\":\"external_account\"}}"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    cai_err err;
    assert_null(parse(texts[i], false, &err));
    CONTAINS(err.message, "auth_allow_external");
    assert_null(parse(texts[i], true, &err));
    LACKS(err.message, "auth_allow_external");
  }
}

static void test_allocations(void **state) {
  (void)state;
  cai_err err;
  char *base64 = base64_of(user_file);
  cai_credential *credential = NULL;
  for (size_t nth = 1; !credential; nth++) {
    assert_true(nth < 1000);
    cai_guard guard;
    assert_int_equal(cai_guard_init(&guard, NULL, NULL, NULL), 0);
    cai_alloc_fail_at(nth);
    credential = cai_embedded_parse(base64, "the text", &guard, &no_places, NULL, &err);
    cai_alloc_fail_at(0);
    cai_guard_fini(&guard);
    if (!credential && err.code != CHATABI_E_NOMEM) fail_msg("allocation %zu: %s", nth, err.message);
  }
  cai_credential_free(credential);
  free(base64);
}

/* ---- in the environment ---- */

static cai_credential *locate(cai_places *places, cai_err *err) {
  cai_guard guard;
  cai_origin origin = {0};
  assert_int_equal(cai_guard_init(&guard, NULL, NULL, NULL), 0);
  cai_locate search = {places, &guard, NULL, false, false};
  cai_err_clear(err);
  cai_credential *credential = cai_locate_adc(&search, &origin, err);
  cai_origin_fini(&origin);
  cai_guard_fini(&guard);
  return credential;
}

static void expect_origin(cai_places *places, const char *type, const char *origin) {
  cai_err err;
  cai_credential *credential = locate(places, &err);
  if (!credential) fail_msg("%s", err.message);
  assert_string_equal(credential->ops->type, type);
  assert_string_equal(credential->origin, origin);
  cai_credential_free(credential);
}

static char user_text[sizeof user_file];

static void test_order(void **state) {
  (void)state;
  fixture fix;
  fixture_init(&fix);
  char file[128], token[] = "ya29.ready";
  snprintf(file, sizeof file, "%s", fixture_write(&fix, "c.json", user_file));
  fixture_write(&fix, "application_default_credentials.json", user_file);
  memcpy(user_text, user_file, sizeof user_file);
  cai_places places = {.gcloud_dir = fix.dir, .access_token = token, .access_token_name = "CLOUDSDK_AUTH_ACCESS_TOKEN"};
  expect_origin(&places, "environment_token", "CLOUDSDK_AUTH_ACCESS_TOKEN");
  places.credentials_json = user_text;
  places.credentials_json_name = "GOOGLE_APPLICATION_CREDENTIALS_JSON";
  expect_origin(&places, "authorized_user", "GOOGLE_APPLICATION_CREDENTIALS_JSON");
  places.credentials_file = file;
  expect_origin(&places, "authorized_user", file);
  places.credentials_json_name = "CHATABI_CREDENTIALS_JSON";
  expect_origin(&places, "authorized_user", "CHATABI_CREDENTIALS_JSON");
  fixture_fini(&fix);
}

static void test_json_for_a_path(void **state) {
  (void)state;
  cai_err err;
  memcpy(user_text, user_file, sizeof user_file);
  cai_places places = {.credentials_file = user_text};
  assert_null(locate(&places, &err));
  CONTAINS(err.message, "CHATABI_CREDENTIALS_JSON");
  LACKS(err.message, "refresh-1");
}

static void test_ready_token(void **state) {
  (void)state;
  cai_err err;
  char good[] = "ya29.ready", bad[] = "ya29.ready\nX: y";
  cai_outcome outcome;
  cai_places places = {.access_token = good, .access_token_name = "GOOGLE_OAUTH_ACCESS_TOKEN"};
  cai_credential *credential = locate(&places, &err);
  assert_non_null(credential);
  credential->ops->begin(credential);
  cai_outcome_init(&outcome);
  assert_int_equal(credential->ops->ask(credential, (cai_now){0, 0}, NULL, &outcome), CAI_STEP_DONE);
  assert_string_equal(outcome.grant.access_token, "ya29.ready");
  assert_true(outcome.grant.life_ms > 3600000);
  cai_outcome_fini(&outcome);
  assert_int_equal(credential->ops->reject(credential, 0), CAI_REMEDY_NONE);
  cai_credential_free(credential);
  places.access_token = bad;
  assert_null(locate(&places, &err));
  CONTAINS(err.message, "GOOGLE_OAUTH_ACCESS_TOKEN");
  LACKS(err.message, "ya29");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_forms),       cmocka_unit_test(test_broken), cmocka_unit_test(test_external_needs_consent),
      cmocka_unit_test(test_allocations), cmocka_unit_test(test_order),  cmocka_unit_test(test_json_for_a_path),
      cmocka_unit_test(test_ready_token)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
