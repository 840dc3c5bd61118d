/* SPDX-License-Identifier: MIT
 * The Google Cloud CLI: what is run, and what is made of what it prints. */
#include "auth/credential/gcloud.h"

#include "auth_fixture.h"
#include "base/alloc.h"

/* 2026-01-01 00:00:00 UTC */
static const cai_now now = {.boot_ms = 1000, .wall_ms = 1767225600000};

static char path_variable[] = "PATH=/bin", prompts[] = "CLOUDSDK_CORE_DISABLE_PROMPTS=0";
static char *environment[] = {path_variable, prompts, NULL};
static cai_places places = {.environment = environment};

#define TOKEN \
  "\"credential\":{\"access_token\":\"ya29.hush\",\"id_token\":\"x\",\"token_expiry\":\"2026-01-01T00:59:00Z\"}"
#define CORE(members) "\"configuration\":{\"active_configuration\":\"default\",\"properties\":{\"core\":{" members "}}}"

static cai_credential *make(const char *account) {
  cai_err err;
  cai_credential *credential = cai_gcloud_new(&places, account, NULL, &err);
  if (!credential) fail_msg("%s", err.message);
  return credential;
}

static void check_words(cai_credential *credential, const char *fresh, const char *account) {
  const char *const words[] = {"gcloud", "config", "config-helper", "--format=json", fresh};
  cai_errand errand;
  cai_outcome outcome;
  cai_errand_init(&errand);
  cai_outcome_init(&outcome);
  credential->ops->begin(credential);
  assert_int_equal(credential->ops->ask(credential, now, &errand, &outcome), CAI_STEP_ASK);
  assert_true(cai_errand_is_command(&errand));
  char **argv = errand.command.argv;
  for (size_t i = 0; i < 5; i++) assert_string_equal(argv[i], words[i]);
  if (account) {
    assert_string_equal(argv[5], account);
    assert_null(argv[6]);
  } else {
    assert_null(argv[5]);
  }
  assert_int_equal(errand.command.timeout_ms, 60000);
  assert_string_equal(errand.command.env[0], "PATH=/bin");
  assert_string_equal(errand.command.env[1], "CLOUDSDK_CORE_DISABLE_PROMPTS=1");
  assert_null(errand.command.env[2]);
  cai_errand_fini(&errand);
  cai_outcome_fini(&outcome);
}

static void check_ask(cai_credential *credential, const char *account) {
  check_words(credential, "--min-expiry=5m", account);
}

static cai_step feed(cai_credential *credential, const char *body, cai_outcome *outcome) {
  cai_http_reply reply;
  cai_outcome_init(outcome);
  make_reply(&reply, 200, body);
  cai_step step = credential->ops->feed(credential, now, &reply, outcome);
  cai_http_reply_fini(&reply);
  return step;
}

static void expect_token(cai_credential *credential, const char *body, int64_t life_ms) {
  cai_outcome outcome;
  cai_step step = feed(credential, body, &outcome);
  if (step != CAI_STEP_DONE) fail_msg("%s", outcome.setback.err.message);
  assert_string_equal(outcome.grant.access_token, "ya29.hush");
  assert_int_equal(outcome.grant.life_ms, life_ms);
  cai_outcome_fini(&outcome);
}

static void test_active_account(void **state) {
  (void)state;
  cai_credential *credential = make(NULL);
  assert_string_equal(credential->ops->type, "gcloud");
  check_ask(credential, NULL);
  expect_token(credential, "{" CORE("\"account\":\"ann@example.com\",\"project\":\"my-project\"") "," TOKEN "}\n",
               3540000);
  assert_string_equal(credential->project_id, "my-project");
  assert_string_equal(credential->principal, "ann@example.com");
  check_ask(credential, NULL);
  expect_token(credential, "{" CORE("\"account\":\"\",\"project\":\"other\"") "," TOKEN "}", 3540000);
  assert_string_equal(credential->project_id, "other");
  assert_string_equal(credential->principal, "ann@example.com");
  cai_credential_free(credential);
}

static void test_nothing_but_a_token(void **state) {
  (void)state;
  static const char *const rows[] = {"{" TOKEN "}", "{\"configuration\":7," TOKEN "}",
                                     "{\"configuration\":{\"properties\":{}}," TOKEN "}",
                                     "{" CORE("\"account\":7,\"project\":\"a b\\r\\nX: y\"") "," TOKEN "}",
                                     "{" CORE("\"account\":\"\xff\xad@b.c\",\"project\":\"p\xc3\"") "," TOKEN "}"};
  cai_credential *credential = make(NULL);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    expect_token(credential, rows[i], 3540000);
    assert_null(credential->project_id);
    assert_null(credential->principal);
  }
  cai_credential_free(credential);
}

static void test_moments(void **state) {
  (void)state;
  cai_credential *credential = make(NULL);
  expect_token(credential,
               "{\"credential\":{\"access_token\":\"ya29.hush\",\"token_expiry\":\"2026-01-01T00:00:30.5Z\"}}", 30500);
  expect_token(credential,
               "{\"credential\":{\"access_token\":\"ya29.hush\",\"token_expiry\":\"2026-01-01T03:00:00+02:00\"}}",
               3600000);
  expect_token(credential,
               "{\"credential\":{\"access_token\":\"ya29.hush\",\"token_expiry\":\"2126-01-01T00:00:00Z\"}}",
               24 * 3600000);
  cai_credential_free(credential);
}

/* The token that gcloud keeps was refused: it must get another one, once. */
static void test_refused_token(void **state) {
  (void)state;
  cai_credential *credential = make(NULL);
  check_ask(credential, NULL);
  expect_token(credential, "{" TOKEN "}", 3540000);
  assert_int_equal(credential->ops->reject(credential, 0), CAI_REMEDY_SAME);
  check_words(credential, "--force-auth-refresh", NULL);
  expect_token(credential, "{" TOKEN "}", 3540000);
  check_ask(credential, NULL);
  cai_credential_free(credential);
}

/* Of some credentials gcloud does not know the end: asked again soon. */
static void test_unknown_end(void **state) {
  (void)state;
  cai_credential *credential = make(NULL);
  expect_token(credential, "{\"credential\":{\"access_token\":\"ya29.hush\",\"token_expiry\":\"\"}}", 300000);
  expect_token(credential, "{\"credential\":{\"access_token\":\"ya29.hush\"}}", 300000);
  cai_credential_free(credential);
}

static void test_account(void **state) {
  (void)state;
  static const char *const bad[] = {
      "ann",      "ann@",        "@example.com", "a b@example.com", "a@b@c",         "a@b.c --x=y",        "a@b.c\n",
      "a@b.c;id", "a@b.c,d@e.f", "$(id)@b.c",    "a/../b@c.com",    "a\xc3\xa9@b.c", "--account=a=b@c.com"};
  cai_credential *credential = make("robot-1@p.iam.gserviceaccount.com");
  check_ask(credential, "--account=robot-1@p.iam.gserviceaccount.com");
  assert_string_equal(credential->principal, "robot-1@p.iam.gserviceaccount.com");
  expect_token(credential, "{" CORE("\"account\":\"active@example.com\",\"project\":\"p\"") "," TOKEN "}", 3540000);
  assert_string_equal(credential->principal, "robot-1@p.iam.gserviceaccount.com");
  cai_credential_free(credential);
  credential = make("");
  check_ask(credential, NULL);
  cai_credential_free(credential);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    cai_err err;
    assert_null(cai_gcloud_new(&places, bad[i], NULL, &err));
    assert_int_equal(err.code, CHATABI_E_AUTH_SOURCE);
    CONTAINS(err.message, "no account's email");
    LACKS(err.message, "@");
  }
}

static void check_failure(const cai_outcome *outcome, int code, bool transient, const char *part, const char *hint) {
  assert_int_equal(outcome->setback.err.code, code);
  assert_int_equal(outcome->setback.stage, CAI_STAGE_COMMAND);
  assert_int_equal(outcome->setback.transient, transient);
  CONTAINS(outcome->setback.err.message, part);
  assert_string_equal(outcome->setback.hint, hint);
  CONTAINS(outcome->setback.err.message, hint);
  LACKS(outcome->setback.err.message, "hush");
  assert_null(outcome->grant.access_token);
}

#define LOGIN "Run `gcloud auth login`."

static void test_no_answer(void **state) {
  (void)state;
  static const struct {
    int given, code;
    bool transient;
    const char *part, *hint;
  } rows[] = {
      {CHATABI_E_NOT_FOUND, CHATABI_E_AUTH_SOURCE, false, "gcloud was not found in PATH. Install the Google Cloud CLI",
       "Install the Google Cloud CLI or use auth \"adc\"."},
      {CHATABI_E_AUTH_EXCHANGE, CHATABI_E_AUTH_EXCHANGE, false,
       "It went so. It has no usable sign-in, or no network. Run", LOGIN},
      {CHATABI_E_TIMEOUT, CHATABI_E_AUTH_EXCHANGE, false, "It went so.", ""},
      {CHATABI_E_TOO_LARGE, CHATABI_E_AUTH_EXCHANGE, false, "It went so.", ""},
      {CHATABI_E_AUTH_SOURCE, CHATABI_E_AUTH_SOURCE, false, "It went so.", ""},
      {CHATABI_E_UNSUPPORTED, CHATABI_E_AUTH_SOURCE, false, "It went so.", ""},
      {CHATABI_E_NOMEM, CHATABI_E_AUTH_EXCHANGE, true, "It went so.", ""}};
  cai_credential *credential = make(NULL);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    cai_http_reply reply;
    cai_outcome outcome;
    make_no_reply(&reply, rows[i].given, "It went so.");
    cai_outcome_init(&outcome);
    assert_int_equal(credential->ops->feed(credential, now, &reply, &outcome), CAI_STEP_FAILED);
    check_failure(&outcome, rows[i].code, rows[i].transient, rows[i].part, rows[i].hint);
    cai_http_reply_fini(&reply);
    cai_outcome_fini(&outcome);
    expect_token(credential, "{" TOKEN "}", 3540000);
  }
  cai_credential_free(credential);
  credential = make("bob@example.com");
  cai_http_reply reply;
  cai_outcome outcome;
  make_no_reply(&reply, CHATABI_E_AUTH_EXCHANGE, "It went so.");
  cai_outcome_init(&outcome);
  credential->ops->feed(credential, now, &reply, &outcome);
  check_failure(&outcome, CHATABI_E_AUTH_EXCHANGE, false,
                "It has no usable sign-in of bob@example.com, or no network. Run", LOGIN);
  cai_http_reply_fini(&reply);
  cai_outcome_fini(&outcome);
  cai_credential_free(credential);
}

#define WITH(members) "{\"credential\":{" members "}}"
#define LATER ",\"token_expiry\":\"2026-01-01T00:59:00Z\""

static void test_bad_answers(void **state) {
  (void)state;
  static const struct {
    const char *body;
    bool transient;
    const char *part, *hint;
  } rows[] = {{"", true, "What gcloud printed is not valid JSON", ""},
              {"ya29.hush", true, "is not valid JSON", ""},
              {"[]", false, "no \"access_token\"", LOGIN},
              {"{}", false, "no \"access_token\"", LOGIN},
              {WITH("\"access_token\":null" LATER), false, "no \"access_token\"", LOGIN},
              {WITH("\"access_token\":\"\"" LATER), false, "no \"access_token\"", LOGIN},
              {WITH("\"Access_Token\":\"hush\"" LATER), false, "no \"access_token\"", LOGIN},
              {WITH("\"access_token\":\"hu\\r\\nsh: x\"" LATER), false, "cannot be a header's value", ""},
              {WITH("\"access_token\":\"hush\",\"token_expiry\":\"soon\""), false, "\"token_expiry\"",
               "Update the Google Cloud CLI."},
              {WITH("\"access_token\":\"hush\",\"token_expiry\":\"2026-01-01T00:00:00Z\""), true, "has expired",
               "Check this machine's clock."}};
  cai_credential *credential = make(NULL);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    cai_outcome outcome;
    assert_int_equal(feed(credential, rows[i].body, &outcome), CAI_STEP_FAILED);
    check_failure(&outcome, CHATABI_E_AUTH_EXCHANGE, rows[i].transient, rows[i].part, rows[i].hint);
    cai_outcome_fini(&outcome);
    expect_token(credential, "{" TOKEN "}", 3540000);
  }
  cai_credential_free(credential);
}

#ifdef CAI_TEST_ALLOC
static void live(void) {
  cai_err err;
  cai_errand errand;
  cai_outcome outcome;
  cai_credential *credential = cai_gcloud_new(&places, "ann@example.com", NULL, &err);
  if (!credential) {
    assert_int_equal(err.code, CHATABI_E_NOMEM);
    return;
  }
  cai_errand_init(&errand);
  cai_outcome_init(&outcome);
  cai_step step = credential->ops->ask(credential, now, &errand, &outcome);
  if (step == CAI_STEP_ASK) {
    cai_http_reply reply;
    make_reply(&reply, 200, "{" CORE("\"project\":\"p\"") "," TOKEN "}");
    step = credential->ops->feed(credential, now, &reply, &outcome);
    cai_http_reply_fini(&reply);
  }
  if (step == CAI_STEP_FAILED) assert_true(outcome.setback.transient);
  cai_outcome_fini(&outcome);
  cai_errand_fini(&errand);
  cai_credential_free(credential);
}

static void test_allocations(void **state) {
  (void)state;
  cai_alloc_fail_at(0);
  size_t before = cai_alloc_count();
  live();
  size_t count = cai_alloc_count() - before;
  assert_true(count > 10);
  for (size_t nth = 1; nth <= count; nth++) {
    cai_alloc_fail_at(nth);
    live();
  }
  cai_alloc_fail_at(0);
}
#endif

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_active_account), cmocka_unit_test(test_nothing_but_a_token),
      cmocka_unit_test(test_moments),        cmocka_unit_test(test_account),
      cmocka_unit_test(test_refused_token),  cmocka_unit_test(test_unknown_end),
      cmocka_unit_test(test_no_answer),      cmocka_unit_test(test_bad_answers),
#ifdef CAI_TEST_ALLOC
      cmocka_unit_test(test_allocations),
#endif
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
