/* SPDX-License-Identifier: MIT */
#include "external_account_fixture.h"

#include <openssl/x509.h>

#define FORM(subject)                                                                                        \
  "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&audience=%2F%2Fiam.googleapis.com%2" \
  "Fprojects%2F1%2Flocations%2Fglobal%2FworkloadIdentityPools%2Fp%2Fproviders%2Fq&scope=https%3A%2F%2Fwww."  \
  "googleapis.com%2Fauth%2Fcloud-platform&requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3A"  \
  "access_token&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt&subject_token=" subject
#define STS_REPLY "{\"access_token\":\"fed-token\",\"expires_in\":1800,\"token_type\":\"Bearer\"}"
#define IAM_REPLY "{\"accessToken\":\"imp-token\",\"expireTime\":\"2026-01-01T01:00:00Z\"}"

static cai_credential *need(const char *text) {
  cai_err err;
  cai_credential *credential = parse(text, &err);
  if (!credential) fail_msg("%s", err.message);
  assert_string_equal(credential->ops->type, "external_account");
  assert_null(credential->ops->reject);
  assert_null(credential->project_id);
  return credential;
}

static void get_subject(cai_credential *credential) {
  credential->ops->begin(credential);
  expect_request(credential, "GET", "http://127.0.0.1:7/t", "");
  expect_step(credential, 200, "e.y.J", CAI_STEP_ASK);
}

static void expect_failure(cai_credential *credential, int status, const char *body, cai_stage stage, bool transient,
                           const char *words) {
  trip t = feed_once(credential, status, body);
  assert_int_equal(t.step, CAI_STEP_FAILED);
  assert_int_equal(t.outcome.setback.stage, stage);
  assert_int_equal(t.outcome.setback.transient, transient);
  assert_null(t.outcome.grant.access_token);
  CONTAINS(t.outcome.setback.err.message, "/home/x.json");
  CONTAINS(t.outcome.setback.err.message, words);
  LACKS(t.outcome.setback.err.message, "e.y.J-long");
  LACKS(t.outcome.setback.err.message, "fed-token");
  LACKS(t.outcome.setback.err.message, "hush-1");
  trip_fini(&t);
}

#define METRICS "gl-c/" CHATABI_VERSION " auth/" CHATABI_VERSION " google-byoid-sdk source/"

static void test_federated(void **state) {
  (void)state;
  cai_credential *credential = need(ACCOUNT());
  assert_string_equal(credential->principal, POOL);
  for (int i = 0; i < 2; i++) {
    get_subject(credential);
    trip t = ask_once(credential);
    assert_int_equal(t.step, CAI_STEP_ASK);
    check_request(&t.errand.http, "POST", STS_URL, FORM("e.y.J"));
    check_header(&t.errand.http, "authorization", NULL);
    check_header(&t.errand.http, "x-goog-api-client", METRICS "url sa-impersonation/false config-lifetime/false");
    assert_null(t.errand.http.client_cert);
    trip_fini(&t);
    expect_token(credential, STS_REPLY, "fed-token", 1800000);
  }
  cai_credential_free(credential);
}

static void expect_impersonation(cai_credential *credential, const char *lifetime) {
  char body[256];
  snprintf(body, sizeof body, "{\"scope\":[\"https://www.googleapis.com/auth/cloud-platform\"],\"lifetime\":\"%s\"}",
           lifetime);
  trip t = ask_once(credential);
  assert_int_equal(t.step, CAI_STEP_ASK);
  check_request(&t.errand.http, "POST", IAM_URL, body);
  check_header(&t.errand.http, "authorization", "Bearer fed-token");
  check_header(&t.errand.http, "content-type", "application/json");
  trip_fini(&t);
}

static void test_impersonated(void **state) {
  (void)state;
  cai_credential *credential =
      need(ACCOUNT(IMPERSONATES ",\"service_account_impersonation\":{\"token_lifetime_seconds\":2800},"
                                "\"token_info_url\":\"https://evil.com\""));
  assert_string_equal(credential->principal, "robot@p.iam.gserviceaccount.com");
  for (int i = 0; i < 2; i++) {
    get_subject(credential);
    trip t = ask_once(credential);
    check_request(&t.errand.http, "POST", STS_URL, FORM("e.y.J"));
    check_header(&t.errand.http, "x-goog-api-client", METRICS "url sa-impersonation/true config-lifetime/true");
    trip_fini(&t);
    expect_step(credential, 200, STS_REPLY, CAI_STEP_ASK);
    expect_impersonation(credential, "2800s");
    expect_token(credential, IAM_REPLY, "imp-token", 3600000);
  }
  cai_credential_free(credential);
}

/* No errand for the subject token: the first one is already STS's. */
static void test_file(void **state) {
  (void)state;
  fixture fix;
  char text[1024];
  fixture_init(&fix);
  snprintf(text, sizeof text,
           "{\"audience\":\"" POOL "\"," TYPE ",\"credential_source\":{\"file\":\"%s\"}" IMPERSONATES "}",
           fixture_write(&fix, "token", "e.y.J\n"));
  cai_credential *credential = need(text);
  credential->ops->begin(credential);
  trip t = ask_once(credential);
  assert_int_equal(t.step, CAI_STEP_ASK);
  check_request(&t.errand.http, "POST", STS_URL, FORM("e.y.J"));
  check_header(&t.errand.http, "x-goog-api-client", METRICS "file sa-impersonation/true config-lifetime/false");
  trip_fini(&t);
  expect_step(credential, 200, STS_REPLY, CAI_STEP_ASK);
  expect_impersonation(credential, "3600s");
  /* Every run reads it anew. */
  fixture_write(&fix, "token", "");
  credential->ops->begin(credential);
  t = ask_once(credential);
  assert_int_equal(t.step, CAI_STEP_FAILED);
  assert_int_equal(t.outcome.setback.stage, CAI_STAGE_SUBJECT_TOKEN);
  assert_true(t.outcome.setback.transient);
  CONTAINS(t.outcome.setback.err.message, fix.path);
  trip_fini(&t);
  fixture_write(&fix, "token", "e.y.J2");
  credential->ops->begin(credential);
  expect_request(credential, "POST", STS_URL, FORM("e.y.J2"));
  cai_credential_free(credential);
  fixture_fini(&fix);
}

/* An account with a certificate of its own. */
typedef struct certified {
  fixture fix;
  char cert[128], key[128], account[1024];
} certified;

static void write_pair(certified *c) {
  EVP_PKEY *pair = make_key(EVP_PKEY_RSA);
  X509 *cert = X509_new();
  BIO *bio = BIO_new(BIO_s_mem());
  X509_gmtime_adj(X509_getm_notBefore(cert), 0);
  X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
  assert_int_equal(X509_set_pubkey(cert, pair), 1);
  assert_true(X509_sign(cert, pair, EVP_sha256()) > 0);
  assert_int_equal(PEM_write_bio_X509(bio, cert), 1);
  char *cert_pem = text_of(bio), *key_pem = pkcs8_of(pair, NULL);
  strcpy(c->cert, fixture_write(&c->fix, "cert.pem", cert_pem));
  strcpy(c->key, fixture_write(&c->fix, "key.pem", key_pem));
  free(cert_pem);
  free(key_pem);
  X509_free(cert);
  EVP_PKEY_free(pair);
}

static void certified_init(certified *c) {
  char config[512];
  fixture_init(&c->fix);
  write_pair(c);
  snprintf(config, sizeof config, "{\"cert_configs\":{\"workload\":{\"cert_path\":\"%s\",\"key_path\":\"%s\"}}}",
           c->cert, c->key);
  snprintf(c->account, sizeof c->account,
           "{\"audience\":\"" POOL "\"," TYPE IMPERSONATES
           ",\"credential_source\":{\"certificate\":{\"certificate_config_location\":\"%s\"}}}",
           fixture_write(&c->fix, "config.json", config));
}

/* Both services see the source's certificate. */
static void test_certificate(void **state) {
  (void)state;
  certified c;
  certified_init(&c);
  cai_credential *credential = need(c.account);
  for (int i = 0; i < 2; i++) {
    credential->ops->begin(credential);
    trip t = ask_once(credential);
    if (t.step != CAI_STEP_ASK) fail_msg("%s", t.outcome.setback.err.message);
    assert_string_equal(t.errand.http.url, "https://sts.mtls.googleapis.com/v1/token");
    check_header(&t.errand.http, "x-goog-api-client", METRICS "x509 sa-impersonation/true config-lifetime/false");
    assert_string_equal(t.errand.http.client_cert, c.cert);
    assert_string_equal(t.errand.http.client_key, c.key);
    trip_fini(&t);
    expect_step(credential, 200, STS_REPLY, CAI_STEP_ASK);
    t = ask_once(credential);
    assert_string_equal(t.errand.http.url, IAM_URL);
    assert_string_equal(t.errand.http.client_cert, c.cert);
    assert_string_equal(t.errand.http.client_key, c.key);
    trip_fini(&t);
    expect_token(credential, IAM_REPLY, "imp-token", 3600000);
  }
  cai_credential_free(credential);
  fixture_fini(&c.fix);
}

static void test_client(void **state) {
  (void)state;
  cai_credential *credential = need(ACCOUNT(",\"client_id\":\"id\",\"client_secret\":\"hush-1\""));
  get_subject(credential);
  trip t = ask_once(credential);
  check_request(&t.errand.http, "POST", STS_URL, FORM("e.y.J"));
  check_header(&t.errand.http, "authorization", "Basic aWQ6aHVzaC0x");
  trip_fini(&t);
  expect_failure(credential, 401, "{\"error\":\"invalid_client\",\"error_description\":\"not hush-1\"}", CAI_STAGE_STS,
                 false, "invalid_client");
  cai_credential_free(credential);
}

static const char *options_of(const char *text, char *options, size_t size) {
  cai_credential *credential = need(text);
  get_subject(credential);
  trip t = ask_once(credential);
  assert_int_equal(t.step, CAI_STEP_ASK);
  int found = form_field(&t.errand.http.body, "options", options, size);
  trip_fini(&t);
  cai_credential_free(credential);
  return found ? options : "none";
}

#define WORKER(rest) \
  "{\"audience\":\"" WORKFORCE "\"," TYPE "," SOURCE ",\"workforce_pool_user_project\":\"payer\"" rest "}"

static void test_workforce(void **state) {
  (void)state;
  char options[128];
  assert_string_equal(options_of(WORKER(), options, sizeof options), "{\"userProject\":\"payer\"}");
  assert_string_equal(options_of(WORKER(",\"client_id\":\"id\""), options, sizeof options), "none");
  assert_string_equal(options_of(ACCOUNT(",\"workforce_pool_user_project\":\"\""), options, sizeof options), "none");
}

static void test_subject_fails(void **state) {
  (void)state;
  cai_credential *credential = need(ACCOUNT());
  credential->ops->begin(credential);
  expect_request(credential, "GET", "http://127.0.0.1:7/t", "");
  expect_failure(credential, 500, "oops", CAI_STAGE_SUBJECT_TOKEN, true, "http://127.0.0.1:7/t");
  credential->ops->begin(credential);
  expect_request(credential, "GET", "http://127.0.0.1:7/t", "");
  expect_failure(credential, 200, "e.y.J-long\r\nX: y", CAI_STAGE_SUBJECT_TOKEN, false, "control character");
  get_subject(credential);
  expect_request(credential, "POST", STS_URL, FORM("e.y.J"));
  expect_token(credential, STS_REPLY, "fed-token", 1800000);
  cai_credential_free(credential);
}

static void test_sts_fails(void **state) {
  (void)state;
  cai_credential *credential = need(ACCOUNT(IMPERSONATES));
  credential->ops->begin(credential);
  expect_request(credential, "GET", "http://127.0.0.1:7/t", "");
  expect_step(credential, 200, "e.y.J-long", CAI_STEP_ASK);
  expect_request(credential, "POST", STS_URL, FORM("e.y.J-long"));
  expect_failure(credential, 400, "{\"error\":\"invalid_grant\",\"error_description\":\"bad e.y.J-long here\"}",
                 CAI_STAGE_STS, false, "workload identity pool");
  get_subject(credential);
  expect_request(credential, "POST", STS_URL, FORM("e.y.J"));
  expect_failure(credential, 503, "", CAI_STAGE_STS, true, "https://sts.googleapis.com/v1/token");
  get_subject(credential);
  expect_request(credential, "POST", STS_URL, FORM("e.y.J"));
  expect_failure(credential, 200, "<html>", CAI_STAGE_STS, true, "not the JSON object");
  get_subject(credential);
  expect_request(credential, "POST", STS_URL, FORM("e.y.J"));
  expect_step(credential, 200, STS_REPLY, CAI_STEP_ASK);
  expect_impersonation(credential, "3600s");
  cai_credential_free(credential);
}

static void start_impersonation(cai_credential *credential) {
  get_subject(credential);
  expect_request(credential, "POST", STS_URL, FORM("e.y.J"));
  expect_step(credential, 200, STS_REPLY, CAI_STEP_ASK);
  expect_impersonation(credential, "3600s");
}

/* The next run begins with the subject token: nothing of the failed one is kept. */
static void test_impersonation_fails(void **state) {
  (void)state;
  cai_credential *credential = need(ACCOUNT(IMPERSONATES));
  start_impersonation(credential);
  expect_failure(credential, 403, "{\"error\":{\"status\":\"PERMISSION_DENIED\",\"message\":\"no fed-token\"}}",
                 CAI_STAGE_IMPERSONATE, false,
                 "roles/iam.serviceAccountTokenCreator on robot@p.iam.gserviceaccount.com to //iam.googleapis.com");
  start_impersonation(credential);
  expect_failure(credential, 401, "{}", CAI_STAGE_IMPERSONATE, false, "401");
  start_impersonation(credential);
  expect_failure(credential, 500, "", CAI_STAGE_IMPERSONATE, true, "robot@p.iam.gserviceaccount.com");
  start_impersonation(credential);
  expect_failure(credential, 200, "{\"accessToken\":\"imp\"}", CAI_STAGE_IMPERSONATE, true, "expireTime");
  start_impersonation(credential);
  expect_token(credential, IAM_REPLY, "imp-token", 3600000);
  cai_credential_free(credential);
}

/* A run that is given up half-way leaves nothing to the next one. */
static void test_abandoned(void **state) {
  (void)state;
  cai_credential *credential = need(ACCOUNT(IMPERSONATES));
  start_impersonation(credential);
  get_subject(credential);
  get_subject(credential);
  expect_request(credential, "POST", STS_URL, FORM("e.y.J"));
  start_impersonation(credential);
  cai_credential_free(credential);
}

static void test_allowed_hosts(void **state) {
  (void)state;
  cai_credential *credential =
      need(ACCOUNT(",\"token_url\":\"http://127.0.0.1:9000/sts\",\"service_account_impersonation_url\":\"http://"
                   "127.0.0.1:9000" IAM "\""));
  get_subject(credential);
  expect_request(credential, "POST", "http://127.0.0.1:9000/sts", FORM("e.y.J"));
  cai_credential_free(credential);
  credential = need(ACCOUNT(",\"token_url\":\"https://sts.mtls.googleapis.com/v1/token\""));
  get_subject(credential);
  expect_request(credential, "POST", "https://sts.mtls.googleapis.com/v1/token", FORM("e.y.J"));
  cai_credential_free(credential);
}

#ifdef CAI_TEST_ALLOC
/* One errand there and back; false when the run has ended. */
static bool go(cai_credential *credential, const char *body, cai_outcome *outcome, bool *done) {
  cai_errand errand;
  cai_http_reply reply;
  cai_errand_init(&errand);
  cai_step step = credential->ops->ask(credential, now, &errand, outcome);
  cai_errand_fini(&errand);
  if (step == CAI_STEP_ASK) {
    make_reply(&reply, 200, body);
    step = credential->ops->feed(credential, now, &reply, outcome);
    cai_http_reply_fini(&reply);
  }
  *done = step == CAI_STEP_DONE;
  if (step == CAI_STEP_FAILED) assert_true(outcome->setback.transient && outcome->setback.err.code);
  return step == CAI_STEP_ASK;
}

static bool run(cai_credential *credential) {
  static const char *const bodies[] = {"e.y.J", STS_REPLY, IAM_REPLY};
  cai_outcome outcome;
  bool done = false;
  cai_outcome_init(&outcome);
  credential->ops->begin(credential);
  for (size_t i = 0; i < 3 && go(credential, bodies[i], &outcome, &done);) i++;
  if (done) assert_string_equal(outcome.grant.access_token, "imp-token");
  cai_outcome_fini(&outcome);
  return done;
}

static bool live(void *world) {
  const papers *p = world;
  cai_err err;
  cai_err_clear(&err);
  cai_credential *credential = cai_external_account_new(&p->document, &err);
  if (!credential) {
    assert_true(err.code != 0);
    return false;
  }
  bool done = run(credential);
  /* What failed for want of memory works in the next run. */
  if (!done) assert_true(run(credential));
  cai_credential_free(credential);
  return done;
}

static void test_allocations(void **state) {
  (void)state;
  papers p;
  papers_open(&p, ACCOUNT(IMPERSONATES ",\"client_id\":\"i\",\"client_secret\":\"s\""));
  starve(live, &p);
  papers_close(&p);
}
#endif

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_federated),
      cmocka_unit_test(test_impersonated),
      cmocka_unit_test(test_file),
      cmocka_unit_test(test_certificate),
      cmocka_unit_test(test_client),
      cmocka_unit_test(test_workforce),
      cmocka_unit_test(test_subject_fails),
      cmocka_unit_test(test_sts_fails),
      cmocka_unit_test(test_abandoned),
      cmocka_unit_test(test_allowed_hosts),
      cmocka_unit_test(test_impersonation_fails),
#ifdef CAI_TEST_ALLOC
      cmocka_unit_test(test_allocations),
#endif
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
