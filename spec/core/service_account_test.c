/* SPDX-License-Identifier: MIT */
#include "auth/credential/service_account.h"

#include "auth_fixture.h"
#include "base/alloc.h"
#include "base/scan.h"

static EVP_PKEY *rsa;
static char *pem;
/* 2026-01-01 00:00:00 UTC */
static const cai_now now = {.boot_ms = 1000, .wall_ms = 1767225600000};

static int make_rsa(void **state) {
  (void)state;
  rsa = make_key(EVP_PKEY_RSA);
  pem = pkcs8_of(rsa, NULL);
  return 0;
}

static int free_rsa(void **state) {
  (void)state;
  EVP_PKEY_free(rsa);
  free(pem);
  return 0;
}

/* A credential file with that key and the `rest` of its members. */
static char *file_with(const char *key, const char *rest) {
  cai_buf out;
  cai_buf_init(&out, 1 << 16);
  cai_buf_text(&out, "{\"type\":\"service_account\",\"private_key\":");
  cai_scan_quote(&out, key, strlen(key));
  cai_buf_text(&out, rest);
  cai_buf_text(&out, "}");
  return cai_buf_take(&out);
}

static cai_credential *parse(const char *key, const char *rest, cai_err *err) {
  cai_guard guard;
  char *text = file_with(key, rest);
  assert_int_equal(cai_guard_init(&guard, NULL, NULL, "127.0.0.1:9000"), 0);
  cai_err_clear(err);
  cai_credential *credential = cai_credential_parse(text, strlen(text), "/home/sa.json", &guard, &no_places, NULL, err);
  cai_guard_fini(&guard);
  cai_free(text);
  return credential;
}

/* A server refused a token that the account had signed itself: it asks the token endpoint from now on. */
static cai_credential *parse_granted(const char *key, const char *rest, cai_err *err) {
  cai_credential *credential = parse(key, rest, err);
  assert_non_null(credential);
  assert_int_equal(credential->ops->reject(credential, 0), CAI_REMEDY_OTHER);
  return credential;
}

#define EMAIL ",\"client_email\":\"robot@p.iam.gserviceaccount.com\""

static void read_claims(cai_credential *credential, const char *url, char *header, char *claims) {
  char grant_type[128], jwt[8192];
  cai_errand errand;
  cai_outcome outcome;
  cai_errand_init(&errand);
  cai_outcome_init(&outcome);
  assert_int_equal(credential->ops->ask(credential, now, &errand, &outcome), CAI_STEP_ASK);
  assert_string_equal(errand.http.method, "POST");
  assert_string_equal(errand.http.url, url);
  assert_string_equal(cai_headers_get(&errand.http.headers, "content-type"), "application/x-www-form-urlencoded");
  assert_true(form_field(&errand.http.body, "grant_type", grant_type, sizeof grant_type));
  assert_string_equal(grant_type, "urn:ietf:params:oauth:grant-type:jwt-bearer");
  assert_true(form_field(&errand.http.body, "assertion", jwt, sizeof jwt));
  open_jwt(jwt, rsa, header, claims);
  cai_outcome_fini(&outcome);
  cai_errand_fini(&errand);
}

static void test_request(void **state) {
  (void)state;
  cai_err err;
  char header[512], claims[1024];
  cai_credential *credential = parse_granted(
      pem, EMAIL ",\"private_key_id\":\"key-7\",\"project_id\":\"p\",\"token_uri\":\"http://127.0.0.1:9000/token\"",
      &err);
  assert_non_null(credential);
  assert_string_equal(credential->project_id, "p");
  assert_string_equal(credential->principal, "robot@p.iam.gserviceaccount.com");
  credential->ops->begin(credential);
  read_claims(credential, "http://127.0.0.1:9000/token", header, claims);
  assert_string_equal(header, "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"key-7\"}");
  assert_string_equal(
      claims,
      "{\"iss\":\"robot@p.iam.gserviceaccount.com\",\"scope\":\"https://www.googleapis.com/auth/cloud-platform\","
      "\"aud\":\"http://127.0.0.1:9000/token\",\"iat\":1767225590,\"exp\":1767229190}");
  cai_credential_free(credential);
}

static void test_defaults(void **state) {
  (void)state;
  cai_err err;
  char header[512], claims[1024];
  cai_credential *credential = parse_granted(pem, EMAIL ",\"private_key_id\":\"\"", &err);
  assert_non_null(credential);
  credential->ops->begin(credential);
  read_claims(credential, "https://oauth2.googleapis.com/token", header, claims);
  assert_string_equal(header, "{\"alg\":\"RS256\",\"typ\":\"JWT\"}");
  cai_credential_free(credential);
}

static cai_step feed_date(cai_credential *credential, const char *date, cai_outcome *outcome) {
  cai_http_reply reply;
  cai_outcome_init(outcome);
  make_reply(&reply, 400, "{\"error\":\"invalid_grant\",\"error_description\":\"Invalid JWT Signature.\"}");
  cai_headers_set(&reply.headers, "Date", date);
  cai_step step = credential->ops->feed(credential, now, &reply, outcome);
  cai_http_reply_fini(&reply);
  return step;
}

/* Once with the server's time, then no more. */
static void test_clock(void **state) {
  (void)state;
  cai_err err;
  cai_outcome outcome;
  char header[512], claims[1024];
  cai_credential *credential = parse_granted(pem, EMAIL, &err);
  credential->ops->begin(credential);
  assert_int_equal(feed_date(credential, "Wed, 31 Dec 2025 23:50:00 GMT", &outcome), CAI_STEP_ASK);
  read_claims(credential, "https://oauth2.googleapis.com/token", header, claims);
  CONTAINS(claims, "\"iat\":1767224990,\"exp\":1767228590");
  assert_int_equal(feed_date(credential, "Wed, 31 Dec 2025 23:50:00 GMT", &outcome), CAI_STEP_FAILED);
  /* It was signed with the server's time: the clock is not what it minds. */
  CONTAINS(outcome.setback.err.message, "make a new key");
  LACKS(outcome.setback.err.message, "clock");
  assert_false(outcome.setback.transient);
  cai_credential_free(credential);
}

/* A date of another age is not one to go by; a correction that did not help is taken back. */
static void test_clock_of_another_age(void **state) {
  (void)state;
  cai_err err;
  cai_outcome outcome;
  char header[512], claims[1024];
  cai_credential *credential = parse_granted(pem, EMAIL, &err);
  static const char *const ages[] = {"Thu, 01 Jan 1970 00:00:09 GMT", "Thu, 01 Jan 60000 00:00:00 GMT"};
  for (size_t i = 0; i < sizeof ages / sizeof *ages; i++) {
    credential->ops->begin(credential);
    assert_int_equal(feed_date(credential, ages[i], &outcome), CAI_STEP_FAILED);
    read_claims(credential, "https://oauth2.googleapis.com/token", header, claims);
    CONTAINS(claims, "\"iat\":1767225590");
  }
  credential->ops->begin(credential);
  assert_int_equal(feed_date(credential, "Sat, 01 Jan 2050 00:00:00 GMT", &outcome), CAI_STEP_ASK);
  assert_int_equal(feed_date(credential, "Sat, 01 Jan 2050 00:00:00 GMT", &outcome), CAI_STEP_FAILED);
  credential->ops->begin(credential);
  read_claims(credential, "https://oauth2.googleapis.com/token", header, claims);
  CONTAINS(claims, "\"iat\":1767225590");
  cai_credential_free(credential);
  /* A server that is no token service may not move the time by more than a day. */
  credential = parse(pem, EMAIL, &err);
  assert_int_equal(credential->ops->reject(credential, 25LL * 3600 * 1000), CAI_REMEDY_OTHER);
  read_claims(credential, "https://oauth2.googleapis.com/token", header, claims);
  CONTAINS(claims, "\"iat\":1767225590");
  cai_credential_free(credential);
}

static void test_refused(void **state) {
  (void)state;
  cai_err err;
  cai_outcome outcome;
  cai_credential *credential = parse_granted(pem, EMAIL, &err);
  credential->ops->begin(credential);
  assert_int_equal(feed_date(credential, "Thu, 01 Jan 2026 00:00:00 GMT", &outcome), CAI_STEP_FAILED);
  CONTAINS(outcome.setback.err.message, "/home/sa.json");
  CONTAINS(outcome.setback.err.message, "The key was deleted");
  cai_credential_free(credential);
}

static void test_echo(void **state) {
  (void)state;
  cai_err err;
  cai_outcome outcome;
  cai_errand errand;
  cai_http_reply reply;
  char jwt[8192], body[16384];
  cai_credential *credential = parse_granted(pem, EMAIL, &err);
  credential->ops->begin(credential);
  cai_errand_init(&errand);
  cai_outcome_init(&outcome);
  assert_int_equal(credential->ops->ask(credential, now, &errand, &outcome), CAI_STEP_ASK);
  assert_true(form_field(&errand.http.body, "assertion", jwt, sizeof jwt));
  snprintf(body, sizeof body, "{\"error\":\"invalid_request\",\"error_description\":\"bad %s here, %.40s... there\"}",
           jwt, jwt);
  make_reply(&reply, 400, body);
  assert_int_equal(credential->ops->feed(credential, now, &reply, &outcome), CAI_STEP_FAILED);
  CONTAINS(outcome.setback.err.message, ": bad [secret] here, [secret]... there");
  jwt[20] = '\0';
  LACKS(outcome.setback.err.message, jwt);
  cai_http_reply_fini(&reply);
  cai_errand_fini(&errand);
  cai_credential_free(credential);
}

static void check_broken(const char *key, const char *rest, int code, const char *words) {
  cai_err err;
  assert_null(parse(key, rest, &err));
  assert_int_equal(err.code, code);
  CONTAINS(err.message, "/home/sa.json");
  CONTAINS(err.message, words);
  LACKS(err.message, "MII");
}

static void test_broken(void **state) {
  (void)state;
  check_broken(pem, "", CHATABI_E_AUTH_SOURCE, "\"client_email\"");
  check_broken("", EMAIL, CHATABI_E_AUTH_SOURCE, "\"private_key\"");
  check_broken("-----BEGIN PRIVATE KEY-----\nMIIx\n-----END PRIVATE KEY-----\n", EMAIL, CHATABI_E_AUTH_SOURCE,
               "damaged");
  check_broken(pem, EMAIL ",\"token_uri\":\"https://evil.com/token\"", CHATABI_E_AUTH_HOST, "auth_allow_hosts");
  check_broken(pem, EMAIL ",\"token_uri\":\"http://oauth2.googleapis.com/token\"", CHATABI_E_AUTH_HOST, "token_uri");
  check_broken(pem, EMAIL ",\"universe_domain\":\"other.goog\"", CHATABI_E_AUTH_HOST, "universe_domain to other.goog");
}

/* ---- signed by the account itself ---- */

static void read_own(cai_credential *credential, char *header, char *claims) {
  cai_errand errand;
  cai_outcome outcome;
  cai_errand_init(&errand);
  cai_outcome_init(&outcome);
  credential->ops->begin(credential);
  assert_int_equal(credential->ops->ask(credential, now, &errand, &outcome), CAI_STEP_DONE);
  assert_null(errand.http.url);
  assert_int_equal(outcome.grant.life_ms, 3590000);
  open_jwt(outcome.grant.access_token, rsa, header, claims);
  cai_outcome_fini(&outcome);
  cai_errand_fini(&errand);
}

static void test_self_signed(void **state) {
  (void)state;
  cai_err err;
  char header[512], claims[1024];
  cai_credential *credential = parse(pem, EMAIL ",\"private_key_id\":\"key-7\"", &err);
  read_own(credential, header, claims);
  assert_string_equal(header, "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"key-7\"}");
  assert_string_equal(
      claims,
      "{\"iss\":\"robot@p.iam.gserviceaccount.com\",\"scope\":\"https://www.googleapis.com/auth/cloud-platform\","
      "\"sub\":\"robot@p.iam.gserviceaccount.com\",\"iat\":1767225590,\"exp\":1767229190}");
  cai_credential_free(credential);
}

/* A token service that is out does not make it sign for a server that refused what it signed, unless there is nothing
 * else left. */
static void test_stuck(void **state) {
  (void)state;
  cai_err err;
  cai_errand errand;
  cai_outcome outcome;
  cai_http_reply reply;
  char header[512], claims[1024];
  cai_credential *credential = parse_granted(pem, EMAIL, &err);
  for (int i = 0; i < 3; i++) {
    cai_errand_init(&errand);
    cai_outcome_init(&outcome);
    credential->ops->begin(credential);
    assert_int_equal(credential->ops->ask(credential, now, &errand, &outcome), CAI_STEP_ASK);
    make_reply(&reply, 503, "");
    assert_int_equal(credential->ops->feed(credential, now, &reply, &outcome), CAI_STEP_FAILED);
    cai_http_reply_fini(&reply);
    cai_outcome_fini(&outcome);
    cai_errand_fini(&errand);
  }
  credential->stuck = true;
  read_own(credential, header, claims);
  cai_credential_free(credential);
}

/* The time first, the kind of token then. */
static void test_rejected(void **state) {
  (void)state;
  cai_err err;
  char header[512], claims[1024];
  cai_credential *credential = parse(pem, EMAIL, &err);
  assert_int_equal(credential->ops->reject(credential, -600000), CAI_REMEDY_OTHER);
  read_own(credential, header, claims);
  CONTAINS(claims, "\"iat\":1767224990,\"exp\":1767228590");
  assert_int_equal(credential->ops->reject(credential, -601000), CAI_REMEDY_OTHER);
  read_claims(credential, "https://oauth2.googleapis.com/token", header, claims);
  CONTAINS(claims, "\"aud\":\"https://oauth2.googleapis.com/token\",\"iat\":1767224990");
  LACKS(claims, "\"sub\"");
  assert_int_equal(credential->ops->reject(credential, 0), CAI_REMEDY_SAME);
  cai_credential_free(credential);
}

/* Clouds other than Google's own have no token endpoint for service accounts. */
static void test_universe(void **state) {
  (void)state;
  cai_err err;
  cai_guard guard;
  char header[512], claims[1024];
  char *text = file_with(pem, EMAIL ",\"universe_domain\":\"other.goog\"");
  assert_int_equal(cai_guard_init(&guard, "other.goog", NULL, NULL), 0);
  cai_credential *credential =
      cai_credential_parse(text, strlen(text), "/home/sa.json", &guard, &no_places, NULL, &err);
  cai_guard_fini(&guard);
  assert_non_null(credential);
  read_own(credential, header, claims);
  assert_int_equal(credential->ops->reject(credential, 0), CAI_REMEDY_NONE);
  read_own(credential, header, claims);
  cai_credential_free(credential);
  cai_free(text);
}

static void test_pkcs1(void **state) {
  (void)state;
  cai_err err;
  char header[512], claims[1024];
  char *old_pem = pkcs1_of(rsa);
  CONTAINS(old_pem, "BEGIN RSA PRIVATE KEY");
  cai_credential *credential = parse(old_pem, EMAIL, &err);
  assert_non_null(credential);
  read_own(credential, header, claims);
  cai_credential_free(credential);
  free(old_pem);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_request),
                                     cmocka_unit_test(test_defaults),
                                     cmocka_unit_test(test_clock),
                                     cmocka_unit_test(test_refused),
                                     cmocka_unit_test(test_echo),
                                     cmocka_unit_test(test_broken),
                                     cmocka_unit_test(test_clock_of_another_age),
                                     cmocka_unit_test(test_self_signed),
                                     cmocka_unit_test(test_stuck),
                                     cmocka_unit_test(test_rejected),
                                     cmocka_unit_test(test_universe),
                                     cmocka_unit_test(test_pkcs1)};
  return cmocka_run_group_tests(tests, make_rsa, free_rsa);
}
