/* SPDX-License-Identifier: MIT */
#include "auth/credential/gdch.h"

#include <openssl/ec.h>
#include <openssl/ecdsa.h>

#include "auth_fixture.h"
#include "base/alloc.h"
#include "base/scan.h"

static EVP_PKEY *p256;
static char *pem;
/* 2026-01-01 00:00:00 UTC */
static const cai_now now = {.boot_ms = 1000, .wall_ms = 1767225600000};

static EVP_PKEY *make_ec(int curve) {
  EVP_PKEY *key = NULL;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
  assert_int_equal(EVP_PKEY_keygen_init(context), 1);
  assert_int_equal(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, curve), 1);
  assert_int_equal(EVP_PKEY_keygen(context, &key), 1);
  EVP_PKEY_CTX_free(context);
  return key;
}

static int make_p256(void **state) {
  (void)state;
  p256 = make_ec(NID_X9_62_prime256v1);
  pem = pkcs1_of(p256);
  return 0;
}

static int free_p256(void **state) {
  (void)state;
  EVP_PKEY_free(p256);
  free(pem);
  return 0;
}

#define NAMES "\"format_version\":\"1\",\"project\":\"p-1\",\"name\":\"robot\",\"private_key_id\":\"key-7\""
#define URI "\"token_uri\":\"https://service-identity.example.org/authenticate\""
#define AUDIENCE "\"audience\":\"https://api.example.org\""

static cai_credential *parse_with(const char *key, const char *members, const char *base_url, cai_err *err) {
  cai_guard guard;
  cai_buf text;
  cai_buf_init(&text, 1 << 16);
  cai_buf_format(&text, "{%s,\"private_key\":", members);
  cai_scan_quote(&text, key, strlen(key));
  cai_buf_byte(&text, '}');
  cJSON *root = cJSON_Parse(text.data);
  assert_non_null(root);
  cai_buf_fini(&text);
  cai_err_clear(err);
  assert_int_equal(cai_guard_init(&guard, NULL, base_url, "127.0.0.1:9000"), 0);
  const cai_document document = {.root = root, .origin = "/home/gdch.json", .guard = &guard, .places = &no_places};
  cai_credential *credential = cai_gdch_new(&document, err);
  cai_guard_fini(&guard);
  cJSON_Delete(root);
  return credential;
}

static cai_credential *parse(const char *members) {
  cai_err err;
  cai_credential *credential = parse_with(pem, members, NULL, &err);
  if (!credential) fail_msg("%s", err.message);
  credential->ops->begin(credential);
  return credential;
}

static void decode(const char *text, size_t len, char *out) {
  size_t out_len;
  unbase64url(text, len, (unsigned char *)out, &out_len);
  out[out_len] = '\0';
}

/* As open_jwt of the fixture, for a signature that is r and s. */
static void open_es256(const char *jwt, char *header, char *claims) {
  unsigned char raw[128], *der = NULL;
  size_t len;
  const char *first = strchr(jwt, '.'), *second = strrchr(jwt, '.');
  decode(jwt, (size_t)(first - jwt), header);
  decode(first + 1, (size_t)(second - first - 1), claims);
  unbase64url(second + 1, strlen(second + 1), raw, &len);
  assert_int_equal(len, 64);
  ECDSA_SIG *pair = ECDSA_SIG_new();
  assert_int_equal(ECDSA_SIG_set0(pair, BN_bin2bn(raw, 32, NULL), BN_bin2bn(raw + 32, 32, NULL)), 1);
  int der_len = i2d_ECDSA_SIG(pair, &der);
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  assert_int_equal(EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, p256), 1);
  assert_int_equal(EVP_DigestVerify(context, der, (size_t)der_len, (const unsigned char *)jwt, (size_t)(second - jwt)),
                   1);
  EVP_MD_CTX_free(context);
  ECDSA_SIG_free(pair);
  OPENSSL_free(der);
}

/* Checks the request and gives the parts of its claim. */
static void expect_request(cai_credential *credential, const char *url, const char *audience, const char *ca_file,
                           char *header, char *claims) {
  cai_errand errand;
  cai_outcome outcome;
  char expected[8192];
  cai_errand_init(&errand);
  cai_outcome_init(&outcome);
  assert_int_equal(credential->ops->ask(credential, now, &errand, &outcome), CAI_STEP_ASK);
  assert_false(cai_errand_is_command(&errand));
  assert_string_equal(errand.http.method, "POST");
  assert_string_equal(errand.http.url, url);
  assert_string_equal(cai_headers_get(&errand.http.headers, "content-type"), "application/json");
  assert_int_equal(errand.http.ca_file != NULL, ca_file != NULL);
  if (ca_file) assert_string_equal(errand.http.ca_file, ca_file);
  cJSON *body = cJSON_Parse(errand.http.body.data);
  const char *jwt = cai_json_string(body, "subject_token");
  assert_non_null(jwt);
  snprintf(expected, sizeof expected,
           "{\"grant_type\":\"urn:ietf:params:oauth:token-type:token-exchange\",\"audience\":\"%s\","
           "\"requested_token_type\":\"urn:ietf:params:oauth:token-type:access_token\",\"subject_token\":\"%s\","
           "\"subject_token_type\":\"urn:k8s:params:oauth:token-type:serviceaccount\"}",
           audience, jwt);
  assert_string_equal(errand.http.body.data, expected);
  open_es256(jwt, header, claims);
  cJSON_Delete(body);
  cai_outcome_fini(&outcome);
  cai_errand_fini(&errand);
}

static const char uri[] = "https://service-identity.example.org/authenticate";

static void test_request(void **state) {
  (void)state;
  char header[512], claims[1024];
  fixture fix;
  fixture_init(&fix);
  char members[1024];
  snprintf(members, sizeof members, NAMES "," URI "," AUDIENCE ",\"ca_cert_path\":\"%s\"",
           fixture_write(&fix, "ca.pem", "x"));
  cai_credential *credential = parse(members);
  assert_string_equal(credential->project_id, "p-1");
  assert_string_equal(credential->principal, "system:serviceaccount:p-1:robot");
  assert_string_equal(credential->ops->type, "gdch_service_account");
  expect_request(credential, uri, "https://api.example.org", fix.path, header, claims);
  assert_string_equal(header, "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"key-7\"}");
  assert_string_equal(claims,
                      "{\"iss\":\"system:serviceaccount:p-1:robot\",\"sub\":\"system:serviceaccount:p-1:robot\","
                      "\"aud\":\"https://service-identity.example.org/authenticate\",\"iat\":1767225590,"
                      "\"exp\":1767229190}");
  cai_credential_free(credential);
  fixture_fini(&fix);
}

static cai_step feed(cai_credential *credential, int status, const char *body, const char *date, cai_outcome *outcome) {
  cai_http_reply reply;
  cai_outcome_init(outcome);
  make_reply(&reply, status, body);
  if (date) cai_headers_set(&reply.headers, "Date", date);
  cai_step step = credential->ops->feed(credential, now, &reply, outcome);
  cai_http_reply_fini(&reply);
  return step;
}

static void expect_grant(cai_credential *credential) {
  char header[512], claims[1024];
  cai_outcome outcome;
  expect_request(credential, uri, "https://api.example.org", NULL, header, claims);
  assert_int_equal(feed(credential, 200, "{\"access_token\":\"hush\",\"expires_in\":3600,\"token_type\":\"Bearer\"}",
                        NULL, &outcome),
                   CAI_STEP_DONE);
  assert_string_equal(outcome.grant.access_token, "hush");
  assert_int_equal(outcome.grant.life_ms, 3600000);
  cai_outcome_fini(&outcome);
}

static void test_grant(void **state) {
  (void)state;
  cai_credential *credential = parse(NAMES "," URI "," AUDIENCE);
  for (int i = 0; i < 2; i++) {
    credential->ops->begin(credential);
    expect_grant(credential);
  }
  cai_credential_free(credential);
}

/* The file's own audience, else base_url's origin. */
static void test_audience(void **state) {
  (void)state;
  static const char *const pairs[][2] = {{"https://Vertex.example.org/v1/x?y=z", "https://vertex.example.org"},
                                         {"https://vertex.example.org:443", "https://vertex.example.org"},
                                         {"https://vertex.example.org:8443/v1", "https://vertex.example.org:8443"},
                                         {"http://127.0.0.1:9000/v1", "http://127.0.0.1:9000"}};
  cai_err err;
  char header[512], claims[1024];
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    cai_credential *credential = parse_with(pem, NAMES "," URI, pairs[i][0], &err);
    assert_non_null(credential);
    expect_request(credential, uri, pairs[i][1], NULL, header, claims);
    cai_credential_free(credential);
    credential = parse_with(pem, NAMES "," URI "," AUDIENCE, pairs[i][0], &err);
    expect_request(credential, uri, "https://api.example.org", NULL, header, claims);
    cai_credential_free(credential);
  }
  assert_null(parse_with(pem, NAMES "," URI, NULL, &err));
  CONTAINS(err.message, "set the option base_url");
  assert_int_equal(err.code, CHATABI_E_AUTH_SOURCE);
}

#define WRONG_TIME "{\"error\":\"invalid_grant\",\"error_description\":\"hush no\"}"

/* Once with the server's time, then no more. */
static void test_clock(void **state) {
  (void)state;
  static const char date[] = "Wed, 31 Dec 2025 23:50:00 GMT";
  char header[512], claims[1024];
  cai_outcome outcome;
  cai_credential *credential = parse(NAMES "," URI "," AUDIENCE);
  assert_int_equal(feed(credential, 400, WRONG_TIME, date, &outcome), CAI_STEP_ASK);
  cai_outcome_fini(&outcome);
  expect_request(credential, uri, "https://api.example.org", NULL, header, claims);
  CONTAINS(claims, "\"iat\":1767224990,\"exp\":1767228590");
  assert_int_equal(feed(credential, 400, WRONG_TIME, date, &outcome), CAI_STEP_FAILED);
  assert_int_equal(outcome.setback.stage, CAI_STAGE_STS);
  assert_false(outcome.setback.transient);
  CONTAINS(outcome.setback.err.message, "/home/gdch.json");
  cai_outcome_fini(&outcome);
  credential->ops->begin(credential);
  expect_grant(credential);
  cai_credential_free(credential);
}

static void test_refused(void **state) {
  (void)state;
  cai_outcome outcome;
  cai_credential *credential = parse(NAMES "," URI "," AUDIENCE);
  assert_int_equal(feed(credential, 400, WRONG_TIME, "Thu, 01 Jan 2026 00:00:00 GMT", &outcome), CAI_STEP_FAILED);
  CONTAINS(outcome.setback.err.message, "the token endpoint https://service-identity.example.org/authenticate");
  CONTAINS(outcome.setback.err.message, "The key was deleted");
  cai_outcome_fini(&outcome);
  assert_int_equal(feed(credential, 503, "", NULL, &outcome), CAI_STEP_FAILED);
  assert_true(outcome.setback.transient);
  assert_int_equal(outcome.setback.stage, CAI_STAGE_STS);
  cai_outcome_fini(&outcome);
  assert_int_equal(feed(credential, 200, "{\"access_token\":[]}", NULL, &outcome), CAI_STEP_FAILED);
  cai_outcome_fini(&outcome);
  expect_grant(credential);
  cai_credential_free(credential);
}

static void check_broken(const char *key, const char *members, int code, const char *words) {
  cai_err err;
  cai_credential *credential = parse_with(key, members, "https://a.example.org", &err);
  if (credential) fail_msg("%s was accepted", members);
  assert_int_equal(err.code, code);
  CONTAINS(err.message, words);
  CONTAINS(err.message, "/home/gdch.json");
  LACKS(err.message, "MHc");
}

static void test_broken(void **state) {
  (void)state;
  static const char version[] = "\"format_version\":\"1\"";
  char members[256];
  check_broken(pem, "\"a\":1", CHATABI_E_AUTH_SOURCE, "\"format_version\"");
  check_broken(pem, "\"format_version\":1", CHATABI_E_AUTH_SOURCE, "\"format_version\"");
  check_broken(pem, "\"format_version\":\"2\"", CHATABI_E_UNSUPPORTED, "is \"2\"");
  snprintf(members, sizeof members, "%s,\"project\":\"p\"", version);
  check_broken(pem, version, CHATABI_E_AUTH_SOURCE, "\"project\"");
  check_broken(pem, members, CHATABI_E_AUTH_SOURCE, "\"name\"");
  snprintf(members, sizeof members, "%s,\"project\":\"p\",\"name\":\"n\\n\"", version);
  check_broken(pem, members, CHATABI_E_AUTH_SOURCE, "\"name\"");
  snprintf(members, sizeof members, "%s,\"project\":\"p\",\"name\":\"n\"", version);
  check_broken(pem, members, CHATABI_E_AUTH_SOURCE, "\"private_key_id\"");
  check_broken(pem, NAMES, CHATABI_E_AUTH_SOURCE, "\"token_uri\"");
  check_broken(pem, NAMES ",\"token_uri\":\"http://example.org/\"", CHATABI_E_AUTH_HOST, "\"token_uri\"");
  check_broken(pem, NAMES ",\"token_uri\":\"https://x@example.org/\"", CHATABI_E_AUTH_HOST, "\"token_uri\"");
  check_broken(pem, NAMES "," URI ",\"ca_cert_path\":\"/nowhere/ca.pem\"", CHATABI_E_AUTH_SOURCE, "/nowhere/ca.pem");
  check_broken(pem, NAMES "," URI ",\"ca_cert_path\":\"/tmp\"", CHATABI_E_AUTH_SOURCE, "no such regular file");
  check_broken(pem, NAMES "," URI ",\"ca_cert_path\":7", CHATABI_E_AUTH_SOURCE, "\"ca_cert_path\"");
  check_broken(pem, NAMES "," URI ",\"audience\":7", CHATABI_E_AUTH_SOURCE, "\"audience\"");
  check_broken("", NAMES "," URI, CHATABI_E_AUTH_SOURCE, "\"private_key\"");
  check_broken("hello", NAMES "," URI, CHATABI_E_AUTH_SOURCE, "PEM line");
}

static void check_key(EVP_PKEY *key, const char *words) {
  char *text = pkcs8_of(key, NULL);
  check_broken(text, NAMES "," URI, CHATABI_E_AUTH_SOURCE, words);
  free(text);
  EVP_PKEY_free(key);
}

static void test_wrong_key(void **state) {
  (void)state;
  check_key(make_ec(NID_secp384r1), "another curve than P-256");
  check_key(make_key(EVP_PKEY_RSA), "no EC key");
}

static bool run_short(size_t nth) {
  cai_err err;
  cai_errand errand;
  cai_outcome outcome;
  cai_http_reply reply;
  cai_credential *credential = parse_with(pem, NAMES "," URI, "https://a.example.org/x", &err);
  make_reply(&reply, 200, "{\"access_token\":\"hush\",\"expires_in\":3600}");
  cai_errand_init(&errand);
  cai_outcome_init(&outcome);
  cai_alloc_fail_at(nth);
  credential->ops->begin(credential);
  cai_step step = credential->ops->ask(credential, now, &errand, &outcome);
  if (step == CAI_STEP_ASK) step = credential->ops->feed(credential, now, &reply, &outcome);
  cai_alloc_fail_at(0);
  if (step != CAI_STEP_DONE) assert_int_equal(outcome.setback.err.code, CHATABI_E_NOMEM);
  if (step != CAI_STEP_DONE) assert_true(outcome.setback.transient);
  cai_outcome_fini(&outcome);
  cai_errand_fini(&errand);
  cai_http_reply_fini(&reply);
  cai_credential_free(credential);
  return step == CAI_STEP_DONE;
}

static void test_no_memory(void **state) {
  (void)state;
  size_t nth = 1;
  while (!run_short(nth)) assert_true(++nth < 500);
  assert_true(nth > 8);
}

/* Making it, too: NULL or whole, and no leak. */
static void test_no_memory_new(void **state) {
  (void)state;
  cai_guard guard;
  cai_credential *credential = NULL;
  assert_int_equal(cai_guard_init(&guard, NULL, "https://a.example.org/x", NULL), 0);
  cJSON *root = cJSON_Parse("{" NAMES "," URI "}");
  cJSON_AddStringToObject(root, "private_key", pem);
  const cai_document document = {.root = root, .origin = "/home/gdch.json", .guard = &guard, .places = &no_places};
  for (size_t nth = 1; !credential; nth++) {
    cai_err err;
    assert_true(nth < 200);
    cai_alloc_fail_at(nth);
    credential = cai_gdch_new(&document, &err);
    cai_alloc_fail_at(0);
  }
  cai_credential_free(credential);
  cai_guard_fini(&guard);
  cJSON_Delete(root);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_request),   cmocka_unit_test(test_grant),     cmocka_unit_test(test_audience),
      cmocka_unit_test(test_clock),     cmocka_unit_test(test_refused),   cmocka_unit_test(test_broken),
      cmocka_unit_test(test_wrong_key), cmocka_unit_test(test_no_memory), cmocka_unit_test(test_no_memory_new)};
  return cmocka_run_group_tests(tests, make_p256, free_p256);
}
