/* SPDX-License-Identifier: MIT */
#include "auth/credential/metadata.h"

#include "auth_fixture.h"

static const cai_now now = {.boot_ms = 1000, .wall_ms = 1767225600000};

static cai_credential *make(const char *host, const char *account, const char *absent, bool want_project) {
  cai_err err;
  cai_metadata_config config = {.host = host,
                                .account = account,
                                .absent = absent,
                                .want_project = want_project,
                                .patient = true,
                                .universe_domain = "googleapis.com"};
  cai_credential *credential = cai_metadata_new(&config, NULL, &err);
  assert_non_null(credential);
  credential->ops->begin(credential);
  return credential;
}

static void check_ask(cai_credential *credential, const char *url) {
  cai_errand errand;
  cai_outcome outcome;
  cai_errand_init(&errand);
  cai_outcome_init(&outcome);
  assert_int_equal(credential->ops->ask(credential, now, &errand, &outcome), CAI_STEP_ASK);
  assert_string_equal(errand.http.method, "GET");
  assert_string_equal(errand.http.url, url);
  assert_string_equal(cai_headers_get(&errand.http.headers, "Metadata-Flavor"), "Google");
  assert_true(errand.http.no_proxy);
  assert_int_equal(errand.http.timeout_ms, strstr(url, "/email") ? 1000 : 3000);
  assert_int_equal(errand.http.body.len, 0);
  cai_outcome_fini(&outcome);
  cai_errand_fini(&errand);
}

static cai_step feed(cai_credential *credential, int status, bool flavor, const char *body, cai_outcome *outcome) {
  cai_http_reply reply;
  cai_outcome_init(outcome);
  if (status)
    make_reply(&reply, status, body);
  else
    make_no_reply(&reply, strcmp(body, "timeout") == 0 ? CHATABI_E_TIMEOUT : CHATABI_E_CONNECT, body);
  if (flavor) cai_headers_set(&reply.headers, "metadata-flavor", "Google");
  cai_step step = credential->ops->feed(credential, now, &reply, outcome);
  cai_http_reply_fini(&reply);
  return step;
}

static const char token[] = "{\"access_token\":\"t\",\"expires_in\":3599,\"token_type\":\"Bearer\"}";

#define BASE "http://169.254.169.254/computeMetadata/v1/"
#define SCOPES "?scopes=https://www.googleapis.com/auth/cloud-platform"

/* What is asked once before the first token. */
static void settle(cai_credential *credential) {
  cai_outcome outcome;
  assert_int_equal(feed(credential, 404, true, "", &outcome), CAI_STEP_ASK);
  assert_int_equal(feed(credential, 200, true, "robot@p.iam.gserviceaccount.com", &outcome), CAI_STEP_ASK);
}

static void test_project_then_token(void **state) {
  (void)state;
  cai_outcome outcome;
  cai_credential *credential = make(NULL, NULL, NULL, true);
  check_ask(credential, "http://169.254.169.254/computeMetadata/v1/project/project-id");
  assert_int_equal(feed(credential, 200, true, "my-project\n", &outcome), CAI_STEP_ASK);
  assert_string_equal(credential->project_id, "my-project");
  check_ask(credential, BASE "universe/universe-domain");
  assert_int_equal(feed(credential, 200, true, "", &outcome), CAI_STEP_ASK);
  assert_string_equal(credential->universe_domain, "googleapis.com");
  check_ask(credential, BASE "instance/service-accounts/default/email");
  assert_int_equal(feed(credential, 200, true, "robot@p.iam.gserviceaccount.com\n", &outcome), CAI_STEP_ASK);
  assert_string_equal(credential->principal, "robot@p.iam.gserviceaccount.com");
  check_ask(credential, BASE "instance/service-accounts/default/token" SCOPES);
  assert_int_equal(feed(credential, 200, true, token, &outcome), CAI_STEP_DONE);
  assert_int_equal(outcome.grant.life_ms, 3599000);
  cai_outcome_fini(&outcome);
  credential->ops->begin(credential);
  check_ask(credential, BASE "instance/service-accounts/default/token" SCOPES);
  cai_credential_free(credential);
}

static void test_host_and_account(void **state) {
  (void)state;
  cai_outcome outcome;
  cai_credential *credential = make("127.0.0.1:8080", "robot@p.iam.gserviceaccount.com", NULL, false);
  check_ask(credential, "http://127.0.0.1:8080/computeMetadata/v1/universe/universe-domain");
  assert_int_equal(feed(credential, 404, true, "", &outcome), CAI_STEP_ASK);
  check_ask(credential,
            "http://127.0.0.1:8080/computeMetadata/v1/instance/service-accounts/robot@p.iam.gserviceaccount.com/"
            "token" SCOPES);
  cai_credential_free(credential);
}

static void check_refused(const char *host, const char *account) {
  cai_err err;
  cai_metadata_config config = {.host = host, .account = account, .universe_domain = "googleapis.com"};
  assert_null(cai_metadata_new(&config, NULL, &err));
  assert_int_equal(err.code, CHATABI_E_AUTH_SOURCE);
}

static void test_bad_config(void **state) {
  (void)state;
  check_refused("host/path", NULL);
  check_refused("a b", NULL);
  check_refused("user@host", NULL);
  check_refused(NULL, "../../x");
  check_refused(NULL, "a b");
}

static void test_absent(void **state) {
  (void)state;
  cai_outcome outcome;
  cai_credential *credential = make(NULL, NULL, "PLACE-1; PLACE-2", false);
  assert_int_equal(feed(credential, 0, false, "no route to host", &outcome), CAI_STEP_FAILED);
  assert_int_equal(outcome.setback.err.code, CHATABI_E_AUTH_SOURCE);
  assert_false(outcome.setback.transient);
  assert_int_equal(outcome.setback.retry_after_ms, 60000);
  assert_int_equal(outcome.setback.stage, CAI_STAGE_LOCATE);
  CONTAINS(outcome.setback.hint, "gcloud auth application-default login");
  CONTAINS(outcome.setback.err.message,
           "PLACE-1; PLACE-2; the metadata server at http://169.254.169.254 (no route to host)");
  CONTAINS(outcome.setback.err.message, "gcloud auth application-default login");
  /* A captive portal. */
  assert_int_equal(feed(credential, 200, false, token, &outcome), CAI_STEP_FAILED);
  assert_int_equal(outcome.setback.err.code, CHATABI_E_AUTH_SOURCE);
  CONTAINS(outcome.setback.err.message, "not Google's metadata server");
  /* Once it was there, its absence is an accident. */
  settle(credential);
  assert_int_equal(feed(credential, 200, true, token, &outcome), CAI_STEP_DONE);
  cai_outcome_fini(&outcome);
  assert_int_equal(feed(credential, 0, false, "no route to host", &outcome), CAI_STEP_FAILED);
  assert_true(outcome.setback.transient);
  cai_credential_free(credential);
}

static void check_miss(cai_credential *credential, int status, const char *body, int64_t remembered_ms) {
  cai_outcome outcome;
  assert_int_equal(feed(credential, status, false, body, &outcome), CAI_STEP_FAILED);
  assert_int_equal(outcome.setback.transient, remembered_ms == 0);
  assert_int_equal(outcome.setback.retry_after_ms, remembered_ms);
  CONTAINS(outcome.setback.err.message, "PLACE-1");
}

/* A machine that starts answers late, or not yet. */
static void test_slow_start(void **state) {
  (void)state;
  cai_credential *credential = make(NULL, NULL, "PLACE-1", false);
  static const int statuses[] = {0, 503, 429};
  for (size_t i = 0; i < 3; i++) {
    check_miss(credential, statuses[i], "timeout", 0);
    check_miss(credential, statuses[i], "timeout", 0);
    check_miss(credential, statuses[i], "timeout", 60000);
  }
  check_miss(credential, 0, "timeout", 0);
  check_miss(credential, 0, "connection refused", 60000);
  check_miss(credential, 404, "", 60000);
  cai_credential_free(credential);
}

static void test_explicit(void **state) {
  (void)state;
  cai_outcome outcome;
  cai_credential *credential = make(NULL, NULL, NULL, false);
  assert_int_equal(feed(credential, 0, false, "no route to host", &outcome), CAI_STEP_FAILED);
  assert_int_equal(outcome.setback.err.code, CHATABI_E_AUTH_EXCHANGE);
  assert_true(outcome.setback.transient);
  CONTAINS(outcome.setback.err.message, "no route to host");
  settle(credential);
  assert_int_equal(feed(credential, 503, true, "starting", &outcome), CAI_STEP_FAILED);
  assert_true(outcome.setback.transient);
  assert_int_equal(feed(credential, 404, true, "", &outcome), CAI_STEP_FAILED);
  assert_false(outcome.setback.transient);
  CONTAINS(outcome.setback.err.message, "no service account \"default\"");
  assert_int_equal(feed(credential, 403, true, "", &outcome), CAI_STEP_FAILED);
  CONTAINS(outcome.setback.err.message, "cloud-platform");
  cai_credential_free(credential);
}

/* Nothing says that this is one of Google's machines: one short look must do. */
static void test_impatient(void **state) {
  (void)state;
  cai_err err;
  cai_errand errand;
  cai_outcome outcome;
  cai_metadata_config config = {.absent = "PLACE-1", .universe_domain = "googleapis.com"};
  cai_credential *credential = cai_metadata_new(&config, NULL, &err);
  assert_non_null(credential);
  credential->ops->begin(credential);
  cai_errand_init(&errand);
  cai_outcome_init(&outcome);
  assert_int_equal(credential->ops->ask(credential, now, &errand, &outcome), CAI_STEP_ASK);
  assert_int_equal(errand.http.timeout_ms, 1500);
  cai_errand_fini(&errand);
  check_miss(credential, 0, "timeout", 60000);
  cai_credential_free(credential);
}

static void test_other_universe(void **state) {
  (void)state;
  cai_outcome outcome;
  cai_credential *credential = make(NULL, NULL, NULL, false);
  assert_int_equal(feed(credential, 200, true, "other.goog", &outcome), CAI_STEP_FAILED);
  assert_int_equal(outcome.setback.err.code, CHATABI_E_AUTH_HOST);
  assert_false(outcome.setback.transient);
  CONTAINS(outcome.setback.err.message, "universe_domain to other.goog");
  credential->ops->begin(credential);
  check_ask(credential, BASE "universe/universe-domain");
  cai_credential_free(credential);
}

/* What a terminal would act upon. */
static void test_control_characters(void **state) {
  (void)state;
  cai_outcome outcome;
  cai_credential *credential = make(NULL, NULL, NULL, true);
  assert_int_equal(feed(credential, 200, true, "p\033[2J", &outcome), CAI_STEP_FAILED);
  LACKS(outcome.setback.err.message, "\033");
  assert_int_equal(feed(credential, 200, true, "p", &outcome), CAI_STEP_ASK);
  assert_int_equal(feed(credential, 200, true, "u\033]0;x\a", &outcome), CAI_STEP_ASK);
  assert_string_equal(credential->universe_domain, "googleapis.com");
  assert_int_equal(feed(credential, 200, true, "robot\xff@p", &outcome), CAI_STEP_ASK);
  assert_string_equal(credential->principal, "default");
  cai_credential_free(credential);
}

/* Good to know, but no reason to go without a token. */
static void test_no_email(void **state) {
  (void)state;
  cai_outcome outcome;
  cai_credential *credential = make(NULL, NULL, NULL, false);
  assert_int_equal(feed(credential, 404, true, "", &outcome), CAI_STEP_ASK);
  assert_int_equal(feed(credential, 0, false, "timeout", &outcome), CAI_STEP_ASK);
  check_ask(credential, BASE "instance/service-accounts/default/token" SCOPES);
  assert_string_equal(credential->principal, "default");
  assert_int_equal(feed(credential, 200, true, token, &outcome), CAI_STEP_DONE);
  cai_outcome_fini(&outcome);
  cai_credential_free(credential);
}

static void test_no_project(void **state) {
  (void)state;
  cai_outcome outcome;
  cai_credential *credential = make(NULL, NULL, NULL, true);
  assert_int_equal(feed(credential, 404, true, "", &outcome), CAI_STEP_FAILED);
  CONTAINS(outcome.setback.err.message, "set the option project");
  assert_int_equal(feed(credential, 200, true, "", &outcome), CAI_STEP_FAILED);
  assert_null(credential->project_id);
  cai_credential_free(credential);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_project_then_token),
                                     cmocka_unit_test(test_host_and_account),
                                     cmocka_unit_test(test_bad_config),
                                     cmocka_unit_test(test_absent),
                                     cmocka_unit_test(test_explicit),
                                     cmocka_unit_test(test_slow_start),
                                     cmocka_unit_test(test_no_project),
                                     cmocka_unit_test(test_control_characters),
                                     cmocka_unit_test(test_impatient),
                                     cmocka_unit_test(test_other_universe),
                                     cmocka_unit_test(test_no_email)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
