/* SPDX-License-Identifier: MIT */
#include "auth/subject/certificate.h"

#include <openssl/x509.h>

#include "auth_fixture.h"
#include "base/alloc.h"
#include "base/file.h"

/* A leaf, and two that stand for those who issued it. */
enum { CERTS = 3 };

static EVP_PKEY *keys[CERTS];
static char *pems[CERTS], *base64s[CERTS], *key_pem;
static const cai_now now = {.boot_ms = 1000, .wall_ms = 1767225600000};

static char *base64_of(X509 *cert) {
  unsigned char *der = NULL;
  int len = i2d_X509(cert, &der);
  assert_true(len > 0);
  char *text = malloc((size_t)len * 2);
  EVP_EncodeBlock((unsigned char *)text, der, len);
  OPENSSL_free(der);
  return text;
}

static void make_cert(int i) {
  keys[i] = make_key(i ? EVP_PKEY_ED25519 : EVP_PKEY_RSA);
  X509 *cert = X509_new();
  BIO *bio = BIO_new(BIO_s_mem());
  ASN1_INTEGER_set(X509_get_serialNumber(cert), i + 1);
  X509_gmtime_adj(X509_getm_notBefore(cert), 0);
  X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
  assert_int_equal(X509_set_pubkey(cert, keys[i]), 1);
  assert_true(X509_sign(cert, keys[i], i ? NULL : EVP_sha256()) > 0);
  assert_int_equal(PEM_write_bio_X509(bio, cert), 1);
  pems[i] = text_of(bio);
  base64s[i] = base64_of(cert);
  X509_free(cert);
}

static int make_certs(void **state) {
  (void)state;
  for (int i = 0; i < CERTS; i++) make_cert(i);
  key_pem = pkcs8_of(keys[0], NULL);
  return 0;
}

static int free_certs(void **state) {
  (void)state;
  for (int i = 0; i < CERTS; i++) {
    EVP_PKEY_free(keys[i]);
    free(pems[i]);
    free(base64s[i]);
  }
  free(key_pem);
  return 0;
}

static cai_subject *make_of(const char *certificate, const cai_places *places, cai_err *err) {
  char text[2048];
  cai_guard guard;
  snprintf(text, sizeof text, "{\"certificate\":%s}", certificate);
  cJSON *source = cJSON_Parse(text);
  assert_non_null(source);
  cai_err_clear(err);
  assert_int_equal(cai_guard_init(&guard, NULL, NULL, NULL), 0);
  const cai_document document = {.root = source, .origin = "/home/x509.json", .guard = &guard, .places = places};
  const cai_subject_plan plan = {.document = &document, .source = source, .audience = "a"};
  cai_subject *subject = cai_subject_certificate_new(&plan, err);
  cai_guard_fini(&guard);
  cJSON_Delete(source);
  return subject;
}

static cai_subject *make(const fixture *fix, const char *chain) {
  cai_err err;
  char text[512];
  snprintf(text, sizeof text, "{\"certificate_config_location\":\"%s/config.json\"%s%s%s%s}", fix->dir,
           chain ? ",\"trust_chain_path\":\"" : "", chain ? fix->dir : "", chain ? chain : "", chain ? "\"" : "");
  cai_subject *subject = make_of(text, &no_places, &err);
  if (!subject) fail_msg("%s", err.message);
  return subject;
}

static void write_config(fixture *fix, const char *name) {
  char text[512];
  snprintf(text, sizeof text,
           "{\"cert_configs\":{\"workload\":{\"cert_path\":\"%s/cert.pem\",\"key_path\":\"%s/key.pem\"}}}", fix->dir,
           fix->dir);
  fixture_write(fix, name, text);
}

static void set_up(fixture *fix) {
  fixture_init(fix);
  write_config(fix, "config.json");
  fixture_write(fix, "cert.pem", pems[0]);
  fixture_write(fix, "key.pem", key_pem);
}

static cai_step run(cai_subject *subject, cai_subject_outcome *outcome) {
  cai_errand errand;
  cai_errand_init(&errand);
  cai_subject_outcome_init(outcome);
  subject->ops->begin(subject);
  assert_null(subject->client_cert);
  cai_step step = subject->ops->ask(subject, now, &errand, outcome);
  assert_null(errand.http.url);
  assert_false(cai_errand_is_command(&errand));
  cai_errand_fini(&errand);
  return step;
}

/* The token is an array of these certificates. */
static void expect_chain(cai_subject *subject, const fixture *fix, const char *const *parts) {
  cai_subject_outcome outcome;
  char path[128];
  cai_buf expected;
  cai_step step = run(subject, &outcome);
  if (step != CAI_STEP_DONE) fail_msg("%s", outcome.setback.err.message);
  cai_buf_init(&expected, 1 << 20);
  for (; *parts; parts++) cai_buf_format(&expected, "%s\"%s\"", expected.len ? "," : "[", *parts);
  cai_buf_byte(&expected, ']');
  assert_string_equal(outcome.token, expected.data);
  snprintf(path, sizeof path, "%s/cert.pem", fix->dir);
  assert_string_equal(subject->client_cert, path);
  snprintf(path, sizeof path, "%s/key.pem", fix->dir);
  assert_string_equal(subject->client_key, path);
  cai_buf_fini(&expected);
  cai_subject_outcome_fini(&outcome);
}

static void expect_failure(cai_subject *subject, bool transient, const char *words) {
  cai_subject_outcome outcome;
  assert_int_equal(run(subject, &outcome), CAI_STEP_FAILED);
  CONTAINS(outcome.setback.err.message, words);
  LACKS(outcome.setback.err.message, "MII");
  assert_int_equal(outcome.setback.err.code, CHATABI_E_AUTH_SOURCE);
  assert_int_equal(outcome.setback.stage, CAI_STAGE_SUBJECT_TOKEN);
  assert_int_equal(outcome.setback.transient, transient);
  assert_null(outcome.token);
  assert_null(subject->client_cert);
  assert_null(subject->client_key);
  cai_subject_outcome_fini(&outcome);
}

static void test_leaf(void **state) {
  (void)state;
  fixture fix;
  set_up(&fix);
  cai_subject *subject = make(&fix, NULL);
  assert_string_equal(subject->ops->name, "x509");
  for (int i = 0; i < 2; i++) expect_chain(subject, &fix, (const char *const[]){base64s[0], NULL});
  cai_subject_free(subject);
  fixture_fini(&fix);
}

static void write_chain(fixture *fix, const char *first, const char *second, const char *third) {
  char *text = malloc(strlen(first) + strlen(second) + strlen(third) + 1);
  strcpy(text, first);
  strcat(text, second);
  strcat(text, third);
  fixture_write(fix, "chain.pem", text);
  free(text);
}

/* With the leaf and without; read anew each time. */
static void test_chain(void **state) {
  (void)state;
  fixture fix;
  set_up(&fix);
  cai_subject *subject = make(&fix, "/chain.pem");
  const char *const all[] = {base64s[0], base64s[1], base64s[2], NULL};
  write_chain(&fix, pems[1], "text between\n", pems[2]);
  expect_chain(subject, &fix, all);
  write_chain(&fix, pems[0], pems[1], pems[2]);
  expect_chain(subject, &fix, all);
  write_chain(&fix, pems[0], "", "");
  expect_chain(subject, &fix, (const char *const[]){base64s[0], NULL});
  write_chain(&fix, pems[1], pems[0], pems[2]);
  expect_failure(subject, false, "in place 2: it must come first or not at all");
  write_chain(&fix, pems[0], pems[1], pems[0]);
  expect_failure(subject, false, "in place 3");
  write_chain(&fix, pems[2], pems[1], "");
  expect_chain(subject, &fix, (const char *const[]){base64s[0], base64s[2], base64s[1], NULL});
  cai_subject_free(subject);
  fixture_fini(&fix);
}

static void test_bad_chain(void **state) {
  (void)state;
  fixture fix;
  set_up(&fix);
  cai_subject *subject = make(&fix, "/chain.pem");
  expect_failure(subject, false, "The trust chain");
  write_chain(&fix, "", "", "");
  expect_failure(subject, false, "there is no certificate in it");
  write_chain(&fix, key_pem, "", "");
  expect_failure(subject, false, "there is no certificate in it");
  write_chain(&fix, pems[1], "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "");
  expect_failure(subject, false, "a certificate in it is damaged");
  write_chain(&fix, pems[1], "-----BEGIN CERTIFICATE-----\nMIIC", "");
  expect_failure(subject, false, "a certificate in it is damaged");
  char *many = calloc(1, strlen(pems[1]) * 40 + 1);
  for (int i = 0; i < 40; i++) strcat(many, pems[1]);
  write_chain(&fix, many, "", "");
  expect_failure(subject, false, "too many certificates");
  free(many);
  many = malloc(2 << 20);
  memset(many, 'a', (2 << 20) - 1);
  many[(2 << 20) - 1] = '\0';
  write_chain(&fix, many, "", "");
  expect_failure(subject, false, "cannot be read");
  free(many);
  cai_subject_free(subject);
  fixture_fini(&fix);
}

/* While the pair is being replaced, the two do not fit. */
static void test_rotation(void **state) {
  (void)state;
  fixture fix;
  set_up(&fix);
  char *other = pkcs8_of(keys[1], NULL);
  cai_subject *subject = make(&fix, NULL);
  fixture_write(&fix, "cert.pem", pems[1]);
  expect_failure(subject, true, "does not belong to the key");
  fixture_write(&fix, "key.pem", other);
  expect_chain(subject, &fix, (const char *const[]){base64s[1], NULL});
  free(other);
  cai_subject_free(subject);
  fixture_fini(&fix);
}

static void test_bad_key(void **state) {
  (void)state;
  fixture fix;
  set_up(&fix);
  char *locked = pkcs8_of(keys[0], "geheim");
  cai_subject *subject = make(&fix, NULL);
  fixture_write(&fix, "key.pem", locked);
  expect_failure(subject, false, "protected by a password");
  fixture_write(&fix, "key.pem", "");
  expect_failure(subject, false, "cannot be used");
  assert_int_equal(unlink(fix.path), 0);
  expect_failure(subject, false, "The key file");
  fixture_write(&fix, "key.pem", key_pem);
  fixture_write(&fix, "cert.pem", "hello");
  expect_failure(subject, false, "there is no certificate in it");
  assert_int_equal(unlink(fix.path), 0);
  expect_failure(subject, false, "The certificate file");
  free(locked);
  cai_subject_free(subject);
  fixture_fini(&fix);
}

static void test_bad_config(void **state) {
  (void)state;
  static const char *const texts[] = {"",
                                      "[]",
                                      "{}",
                                      "{\"cert_configs\":[]}",
                                      "{\"cert_configs\":{\"workload\":7}}",
                                      "{\"cert_configs\":{\"workload\":{\"cert_path\":\"/a\"}}}",
                                      "{\"cert_configs\":{\"workload\":{\"key_path\":\"/a\"}}}",
                                      "{\"cert_configs\":{\"workload\":{\"cert_path\":1,\"key_path\":\"/a\"}}}",
                                      "{\"cert_configs\":{\"workload\":{\"cert_path\":\"\",\"key_path\":\"/a\"}}}"};
  fixture fix;
  set_up(&fix);
  cai_subject *subject = make(&fix, NULL);
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    fixture_write(&fix, "config.json", texts[i]);
    expect_failure(subject, false, "The certificate config ");
  }
  assert_int_equal(unlink(fix.path), 0);
  expect_failure(subject, false, "for the credential of /home/x509.json, cannot be read");
  write_config(&fix, "config.json");
  expect_chain(subject, &fix, (const char *const[]){base64s[0], NULL});
  cai_subject_free(subject);
  fixture_fini(&fix);
}

static void check_default(const cai_places *places, const fixture *fix) {
  cai_err err;
  cai_subject *subject = make_of("{\"use_default_certificate_config\":true}", places, &err);
  assert_non_null(subject);
  expect_chain(subject, fix, (const char *const[]){base64s[0], NULL});
  cai_subject_free(subject);
}

static void test_default(void **state) {
  (void)state;
  fixture fix;
  cai_err err;
  set_up(&fix);
  cai_places places = {.gcloud_dir = fix.dir};
  write_config(&fix, "certificate_config.json");
  check_default(&places, &fix);
  assert_int_equal(unlink(fix.path), 0);
  write_config(&fix, "other.json");
  places.certificate_config = fix.path;
  check_default(&places, &fix);
  memset(&places, 0, sizeof places);
  assert_null(make_of("{\"use_default_certificate_config\":true}", &places, &err));
  CONTAINS(err.message, "set GOOGLE_API_CERTIFICATE_CONFIG");
  fixture_fini(&fix);
}

static void test_choice(void **state) {
  (void)state;
  static const char *const texts[][2] = {
      {"{}", "neither"},
      {"{\"use_default_certificate_config\":false}", "neither"},
      {"{\"use_default_certificate_config\":null,\"certificate_config_location\":\"\"}", "neither"},
      {"{\"use_default_certificate_config\":true,\"certificate_config_location\":\"/a\"}", "both"},
      {"{\"use_default_certificate_config\":\"true\"}", "neither true nor false"},
      {"{\"certificate_config_location\":7}", "is no text"},
      {"{\"certificate_config_location\":\"/a\",\"trust_chain_path\":[]}", "\"trust_chain_path\""},
      {"{\"certificate_config_location\":\"/a\\nb\"}", "control character"},
      {"7", "is no JSON object"},
      {"[]", "is no JSON object"}};
  const cai_places places = {.gcloud_dir = (char *)"/nowhere"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    cai_err err;
    assert_null(make_of(texts[i][0], &places, &err));
    assert_int_equal(err.code, CHATABI_E_AUTH_SOURCE);
    CONTAINS(err.message, texts[i][1]);
    CONTAINS(err.message, "/home/x509.json");
  }
}

static void test_no_memory(void **state) {
  (void)state;
  fixture fix;
  set_up(&fix);
  write_chain(&fix, pems[1], "", "");
  cai_subject *subject = make(&fix, "/chain.pem");
  cai_step step = CAI_STEP_FAILED;
  size_t nth = 0;
  while (step == CAI_STEP_FAILED) {
    cai_subject_outcome outcome;
    assert_true(++nth < 1000);
    cai_alloc_fail_at(nth);
    step = run(subject, &outcome);
    cai_alloc_fail_at(0);
    if (step == CAI_STEP_FAILED) assert_int_equal(outcome.setback.err.code, CHATABI_E_NOMEM);
    if (step == CAI_STEP_FAILED) assert_true(outcome.setback.transient);
    cai_subject_outcome_fini(&outcome);
  }
  assert_int_equal(step, CAI_STEP_DONE);
  assert_true(nth > 5);
  cai_subject_free(subject);
  fixture_fini(&fix);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_leaf),     cmocka_unit_test(test_chain),   cmocka_unit_test(test_bad_chain),
      cmocka_unit_test(test_rotation), cmocka_unit_test(test_bad_key), cmocka_unit_test(test_bad_config),
      cmocka_unit_test(test_default),  cmocka_unit_test(test_choice),  cmocka_unit_test(test_no_memory)};
  return cmocka_run_group_tests(tests, make_certs, free_certs);
}
