/* SPDX-License-Identifier: MIT */
#include "auth/exchange/jwt.h"

#include "auth_fixture.h"

#include <openssl/ec.h>
#include <openssl/ecdsa.h>

static EVP_PKEY *rsa, *p256;

static EVP_PKEY *make_ec(int curve) {
  EVP_PKEY *key = NULL;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
  assert_int_equal(EVP_PKEY_keygen_init(context), 1);
  assert_int_equal(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, curve), 1);
  assert_int_equal(EVP_PKEY_keygen(context, &key), 1);
  EVP_PKEY_CTX_free(context);
  return key;
}

static int make_keys(void **state) {
  (void)state;
  rsa = make_key(EVP_PKEY_RSA);
  p256 = make_ec(NID_X9_62_prime256v1);
  return 0;
}

static int free_keys(void **state) {
  (void)state;
  EVP_PKEY_free(p256);
  EVP_PKEY_free(rsa);
  return 0;
}

static void check_pem(char *pem) {
  const char *why;
  char header[256], claims[256];
  cai_buf jwt;
  cai_jwt_key *key = cai_jwt_key_new(CAI_JWT_RS256, pem, &why);
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

static void check_refused(cai_jwt_alg alg, const char *pem, const char *reason) {
  const char *why = NULL;
  assert_null(cai_jwt_key_new(alg, pem, &why));
  CONTAINS(why, reason);
}

static void test_refused(void **state) {
  (void)state;
  check_refused(CAI_JWT_RS256, "", "PEM line");
  check_refused(CAI_JWT_RS256, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "damaged");
  check_refused(CAI_JWT_RS256, "-----BEGIN PRIVATE KEY-----\\nAAAA\\n-----END PRIVATE KEY-----\\n", "escaped twice");
  EVP_PKEY *other = make_key(EVP_PKEY_ED25519);
  char *pem = pkcs8_of(other, NULL);
  check_refused(CAI_JWT_RS256, pem, "no RSA key");
  free(pem);
  EVP_PKEY_free(other);
}

/* Would hang on a terminal if OpenSSL asked for the password. */
static void test_password(void **state) {
  (void)state;
  char *pem = pkcs8_of(rsa, "geheim");
  check_refused(CAI_JWT_RS256, pem, "password");
  free(pem);
}

static void check_misfit(cai_jwt_alg alg, EVP_PKEY *key, const char *reason) {
  char *pem = pkcs8_of(key, NULL);
  check_refused(alg, pem, reason);
  free(pem);
}

static void test_misfit(void **state) {
  (void)state;
  static const int curves[] = {NID_secp384r1, NID_secp256k1, NID_secp521r1};
  check_misfit(CAI_JWT_RS256, p256, "no RSA key");
  check_misfit(CAI_JWT_ES256, rsa, "no EC key (curve P-256");
  for (size_t i = 0; i < sizeof curves / sizeof *curves; i++) {
    EVP_PKEY *other = make_ec(curves[i]);
    check_misfit(CAI_JWT_ES256, other, "another curve than P-256");
    EVP_PKEY_free(other);
  }
  char *pem = pkcs8_of(p256, "geheim");
  check_refused(CAI_JWT_ES256, pem, "password");
  free(pem);
}

/* The 64 bytes back to DER, which OpenSSL verifies. True when one of the halves begins with a zero byte. */
static int check_es256(const char *jwt) {
  unsigned char raw[128], *der = NULL;
  size_t len;
  const char *second = strrchr(jwt, '.');
  unbase64url(second + 1, strlen(second + 1), raw, &len);
  assert_int_equal(len, 64);
  ECDSA_SIG *pair = ECDSA_SIG_new();
  assert_int_equal(ECDSA_SIG_set0(pair, BN_bin2bn(raw, 32, NULL), BN_bin2bn(raw + 32, 32, NULL)), 1);
  int der_len = i2d_ECDSA_SIG(pair, &der);
  assert_true(der_len > 0);
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  assert_int_equal(EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, p256), 1);
  assert_int_equal(EVP_DigestVerify(context, der, (size_t)der_len, (const unsigned char *)jwt, (size_t)(second - jwt)),
                   1);
  EVP_MD_CTX_free(context);
  ECDSA_SIG_free(pair);
  OPENSSL_free(der);
  return raw[0] == 0 || raw[32] == 0;
}

/* So often that numbers which are shorter than 32 bytes come up. */
static void check_es256_key(char *pem, int rounds) {
  const char *why;
  int padded = 0;
  cai_jwt_key *key = cai_jwt_key_new(CAI_JWT_ES256, pem, &why);
  assert_non_null(key);
  for (int i = 0; i < rounds || (!padded && i < 100 * rounds); i++) {
    char claims[32];
    cai_buf jwt;
    snprintf(claims, sizeof claims, "{\"n\":%d}", i);
    cai_buf_init(&jwt, 8192);
    assert_int_equal(cai_jwt_sign(key, "{\"alg\":\"ES256\"}", claims, &jwt), 0);
    padded += check_es256(jwt.data);
    cai_buf_fini(&jwt);
  }
  assert_true(padded > 0);
  cai_jwt_key_free(key);
  free(pem);
}

static void test_es256(void **state) {
  (void)state;
  check_es256_key(pkcs8_of(p256, NULL), 400);
  check_es256_key(pkcs1_of(p256), 10);
}

static void test_ceiling(void **state) {
  (void)state;
  const char *why;
  char *pem = pkcs8_of(rsa, NULL);
  cai_jwt_key *key = cai_jwt_key_new(CAI_JWT_RS256, pem, &why);
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
                                     cmocka_unit_test(test_password),  cmocka_unit_test(test_ceiling),
                                     cmocka_unit_test(test_misfit),    cmocka_unit_test(test_es256)};
  return cmocka_run_group_tests(tests, make_keys, free_keys);
}
