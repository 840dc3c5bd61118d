/* SPDX-License-Identifier: MIT */
#include "auth/exchange/jwt.h"

#include "auth_fixture.h"

static EVP_PKEY *rsa;

static int make_rsa(void **state) {
  (void)state;
  rsa = make_key(EVP_PKEY_RSA);
  return 0;
}

static int free_rsa(void **state) {
  (void)state;
  EVP_PKEY_free(rsa);
  return 0;
}

static void check_pem(char *pem) {
  const char *why;
  char header[256], claims[256];
  cai_buf jwt;
  cai_jwt_key *key = cai_jwt_key_new(pem, &why);
  assert_non_null(key);
  cai_buf_init(&jwt, 8192);
  assert_int_equal(cai_jwt_sign(key, "{\"alg\":\"RS256\"}", "{\"iss\":\"a\\u00e4>>??\"}", &jwt), 0);
  assert_null(strpbrk(jwt.data, "=+/\n"));
  open_jwt(jwt.data, rsa, header, claims);
  assert_string_equal(header, "{\"alg\":\"RS256\"}");
  assert_string_equal(claims, "{\"iss\":\"a\\u00e4>>??\"}");
  cai_buf_fini(&jwt);
  cai_jwt_key_free(key);
  free(pem);
}

static void test_pkcs8(void **state) {
  (void)state;
  check_pem(pkcs8_of(rsa, NULL));
}

static void test_pkcs1(void **state) {
  (void)state;
  check_pem(pkcs1_of(rsa));
}

/* RFC 4648, 10, in the alphabet of its section 5 and without padding. */
static void test_base64url(void **state) {
  (void)state;
  static const char *const pairs[][2] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xfe", "-__-"}};
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    cai_buf out;
    cai_buf_init(&out, 100);
    assert_int_equal(cai_jwt_base64url(&out, pairs[i][0], strlen(pairs[i][0])), 0);
    assert_string_equal(cai_buf_view(&out), pairs[i][1]);
    cai_buf_fini(&out);
  }
}

static void check_refused(const char *pem, const char *reason) {
  const char *why = NULL;
  assert_null(cai_jwt_key_new(pem, &why));
  CONTAINS(why, reason);
}

static void test_refused(void **state) {
  (void)state;
  check_refused("", "PEM line");
  check_refused("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "damaged");
  check_refused("-----BEGIN PRIVATE KEY-----\\nAAAA\\n-----END PRIVATE KEY-----\\n", "escaped twice");
  EVP_PKEY *other = make_key(EVP_PKEY_ED25519);
  char *pem = pkcs8_of(other, NULL);
  check_refused(pem, "no RSA key");
  free(pem);
  EVP_PKEY_free(other);
}

/* Would hang on a terminal if OpenSSL asked for the password. */
static void test_password(void **state) {
  (void)state;
  char *pem = pkcs8_of(rsa, "geheim");
  check_refused(pem, "password");
  free(pem);
}

static void test_ceiling(void **state) {
  (void)state;
  const char *why;
  char *pem = pkcs8_of(rsa, NULL);
  cai_jwt_key *key = cai_jwt_key_new(pem, &why);
  cai_buf jwt;
  cai_buf_init(&jwt, 64);
  assert_int_equal(cai_jwt_sign(key, "{}", "{}", &jwt), CHATABI_E_TOO_LARGE);
  cai_buf_fini(&jwt);
  cai_jwt_key_free(key);
  free(pem);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_pkcs8),     cmocka_unit_test(test_pkcs1),
                                     cmocka_unit_test(test_base64url), cmocka_unit_test(test_refused),
                                     cmocka_unit_test(test_password),  cmocka_unit_test(test_ceiling)};
  return cmocka_run_group_tests(tests, make_rsa, free_rsa);
}
