/* SPDX-License-Identifier: MIT
 * What the user is told to do about each kind of refusal. */
#include "auth/exchange/advice.h"

#include "auth_fixture.h"

static const cai_now now = {.boot_ms = 1000, .wall_ms = 1767225600000};

/* The reply of a token service, with the Date of our own clock unless `date` says otherwise. */
static cai_setback read_refusal(cai_stage stage, int status, const char *body, const char *date) {
  cai_exchange exchange = {.stage = stage,
                           .server = "the service https://s",
                           .origin = "/home/x.json",
                           .advice = "ADVICE-OF-TYPE",
                           .principal = "ann@example.com",
                           .target = "robot@p.iam.gserviceaccount.com"};
  cai_http_reply reply;
  cai_setback setback;
  make_reply(&reply, status, body);
  cai_headers_set(&reply.headers, "Date", date ? date : "Thu, 01 Jan 2026 00:00:00 GMT");
  cai_setback_read(&setback, &exchange, now, &reply);
  cai_http_reply_fini(&reply);
  assert_int_equal(setback.err.code, CHATABI_E_AUTH_EXCHANGE);
  assert_int_equal(setback.http_status, status);
  assert_int_equal(setback.stage, stage);
  CONTAINS(setback.err.message, "/home/x.json");
  CONTAINS(setback.err.message, setback.hint);
  return setback;
}

static void check(cai_stage stage, int status, const char *body, const char *hint) {
  cai_setback setback = read_refusal(stage, status, body, NULL);
  if (*hint)
    CONTAINS(setback.hint, hint);
  else
    assert_string_equal(setback.hint, "");
}

static void test_oauth(void **state) {
  (void)state;
  check(CAI_STAGE_OAUTH, 400, "{\"error\":\"invalid_grant\",\"error_description\":\"Bad Request\"}", "ADVICE-OF-TYPE");
  check(CAI_STAGE_OAUTH, 400, "{\"error\":\"invalid_grant\",\"error_subtype\":\"invalid_rapt\"}",
        "asks for a new sign-in: run `gcloud auth application-default login`");
  check(CAI_STAGE_OAUTH, 400, "{\"error\":\"invalid_grant\",\"error_subtype\":\"rapt_required\"}", "new sign-in");
  check(CAI_STAGE_OAUTH, 400,
        "{\"error\":\"invalid_grant\",\"error_description\":\"Invalid grant: account not found\"}",
        "service account does not exist any more");
  check(CAI_STAGE_OAUTH, 401, "{\"error\":\"invalid_client\"}", "OAuth client");
  check(CAI_STAGE_OAUTH, 401, "{\"error\":\"deleted_client\"}", "OAuth client");
  check(CAI_STAGE_OAUTH, 503, "", "");
}

static void test_clock(void **state) {
  (void)state;
  static const char body[] =
      "{\"error\":\"invalid_grant\",\"error_description\":\"Invalid JWT: Token must be a "
      "short-lived token (60 minutes) and in a reasonable timeframe.\"}";
  cai_setback setback = read_refusal(CAI_STAGE_OAUTH, 400, body, "Thu, 01 Jan 2026 00:10:00 GMT");
  assert_string_equal(setback.hint, "Your clock is 600 s behind: set it right.");
  assert_int_equal(setback.skew_ms, 600000);
  assert_true(setback.bad_time);
  setback = read_refusal(CAI_STAGE_OAUTH, 400, body, "Wed, 31 Dec 2025 23:54:48 GMT");
  assert_string_equal(setback.hint, "Your clock is 312 s ahead: set it right.");
  setback = read_refusal(CAI_STAGE_OAUTH, 400, body, "Thu, 01 Jan 2026 00:00:05 GMT");
  assert_string_equal(setback.hint, "Check this machine's clock.");
}

static void test_sts(void **state) {
  (void)state;
  check(CAI_STAGE_STS, 400, "{\"error\":\"invalid_target\",\"error_description\":\"The target service is wrong\"}",
        "names a pool or provider that does not exist or is disabled");
  check(CAI_STAGE_STS, 400,
        "{\"error\":\"invalid_grant\",\"error_description\":\"ID Token issued at 1749625771 is stale to sign-in.\"}",
        "too old");
  check(CAI_STAGE_STS, 400,
        "{\"error\":\"invalid_grant\",\"error_description\":\"The audience in ID Token [x] does not match the expected "
        "audience.\"}",
        "made for another audience");
}

static void test_iam(void **state) {
  (void)state;
  check(CAI_STAGE_IMPERSONATE, 403,
        "{\"error\":{\"code\":403,\"message\":\"Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or "
        "it may not exist).\",\"status\":\"PERMISSION_DENIED\",\"details\":[{\"@type\":"
        "\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":\"IAM_PERMISSION_DENIED\"}]}}",
        "roles/iam.serviceAccountTokenCreator on robot@p.iam.gserviceaccount.com to ann@example.com");
  check(CAI_STAGE_IMPERSONATE, 404,
        "{\"error\":{\"status\":\"NOT_FOUND\",\"message\":\"Requested entity was not found.\"}}", "does not exist");
  cai_setback setback = read_refusal(
      CAI_STAGE_IMPERSONATE, 403,
      "{\"error\":{\"code\":403,\"message\":\"IAM Service Account Credentials API has not been used in project 7 "
      "before "
      "or it is disabled.\",\"status\":\"PERMISSION_DENIED\",\"details\":[{\"@type\":\"type.googleapis.com/"
      "google.rpc.Help\"},{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":\"SERVICE_DISABLED\","
      "\"metadata\":{\"service\":\"iamcredentials.googleapis.com\",\"activationUrl\":\"https://console.example/"
      "enable\"}}"
      "]}}",
      NULL);
  assert_string_equal(setback.reason, "SERVICE_DISABLED");
  assert_string_equal(setback.error, "PERMISSION_DENIED");
  CONTAINS(setback.hint, "Enable the API iamcredentials.googleapis.com");
  CONTAINS(setback.hint, "https://console.example/enable");
  check(CAI_STAGE_IMPERSONATE, 403,
        "{\"error\":{\"status\":\"PERMISSION_DENIED\",\"details\":[{\"@type\":\"google.rpc.ErrorInfo\",\"reason\":"
        "\"USER_PROJECT_DENIED\"}]}}",
        "quota_project");
}

/* Foreign words in a terminal: neither control sequences nor marks that turn the text around. */
static void test_foreign_words(void **state) {
  (void)state;
  cai_setback setback = read_refusal(
      CAI_STAGE_OAUTH, 400,
      "{\"error\":\"invalid\\u001b[2J\",\"error_description\":\"a\\u009bb\\u202ec\\u2066d\\u200fe \\u00e4\\u20ac\"}",
      NULL);
  LACKS(setback.err.message, "\033");
  LACKS(setback.err.message, "\xc2\x9b");
  LACKS(setback.err.message, "\xe2\x80\xae");
  LACKS(setback.err.message, "\xe2\x81\xa6");
  LACKS(setback.err.message, "\xe2\x80\x8f");
  CONTAINS(setback.err.message, "\xc3\xa4\xe2\x82\xac");
}

static void test_described(void **state) {
  (void)state;
  cai_setback setback =
      read_refusal(CAI_STAGE_OAUTH, 400, "{\"error\":\"invalid_grant\",\"error_subtype\":\"invalid_rapt\"}", NULL);
  cJSON *object = cJSON_CreateObject();
  assert_true(cai_setback_describe(&setback, object));
  assert_string_equal(cai_json_string(object, "stage"), "oauth");
  assert_string_equal(cai_json_string(object, "error"), "invalid_grant");
  assert_string_equal(cai_json_string(object, "error_subtype"), "invalid_rapt");
  assert_int_equal(cai_json_int(object, "http_status", 0), 400);
  assert_true(cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(object, "transient")));
  assert_null(cJSON_GetObjectItemCaseSensitive(object, "reason"));
  cJSON_Delete(object);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_oauth),     cmocka_unit_test(test_clock),
                                     cmocka_unit_test(test_sts),       cmocka_unit_test(test_iam),
                                     cmocka_unit_test(test_described), cmocka_unit_test(test_foreign_words)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
