/* SPDX-License-Identifier: MIT */
#include "auth/exchange/sts.h"

#include "federation_fixture.h"

#define AUDIENCE "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q"
#define FORM                                                                                                 \
  "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&audience=%2F%2Fiam.googleapis.com%2" \
  "Fprojects%2F1%2Flocations%2Fglobal%2FworkloadIdentityPools%2Fp%2Fproviders%2Fq&scope=a%20b&"              \
  "requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token&subject_token_type=urn%3A"   \
  "jwt&subject_token=e.f%2B%2F%3D"

static const cai_sts plain = {.url = "https://sts.googleapis.com/v1/token",
                              .audience = AUDIENCE,
                              .scope = "a b",
                              .subject_token_type = "urn:jwt",
                              .subject_token = "e.f+/="};

static void test_request(void **state) {
  (void)state;
  cai_http_request request;
  cai_http_request_init(&request);
  assert_int_equal(cai_sts_ask(&request, &plain), 0);
  check_request(&request, "POST", "https://sts.googleapis.com/v1/token", FORM);
  check_header(&request, "content-type", "application/x-www-form-urlencoded");
  check_header(&request, "accept", "application/json");
  check_header(&request, "authorization", NULL);
  check_header(&request, "x-goog-api-client", NULL);
  cai_http_request_fini(&request);
}

static void test_no_scope(void **state) {
  (void)state;
  cai_http_request request;
  cai_sts sts = plain;
  char scope[8];
  sts.scope = "";
  cai_http_request_init(&request);
  assert_int_equal(cai_sts_ask(&request, &sts), 0);
  assert_false(form_field(&request.body, "scope", scope, sizeof scope));
  cai_http_request_fini(&request);
}

static void test_user_project(void **state) {
  (void)state;
  cai_http_request request;
  cai_sts sts = plain;
  char options[128];
  sts.user_project = "pro\"ject\\";
  sts.metrics = "gl-c/1";
  cai_http_request_init(&request);
  assert_int_equal(cai_sts_ask(&request, &sts), 0);
  assert_true(form_field(&request.body, "options", options, sizeof options));
  assert_string_equal(options, "{\"userProject\":\"pro\\\"ject\\\\\"}");
  check_header(&request, "x-goog-api-client", "gl-c/1");
  cai_http_request_fini(&request);
  sts.client_id = "id";
  cai_http_request_init(&request);
  assert_int_equal(cai_sts_ask(&request, &sts), 0);
  assert_string_equal(request.body.data, FORM);
  check_header(&request, "authorization", "Basic aWQ6");
  cai_http_request_fini(&request);
}

static void check_basic(const char *id, const char *secret, const char *value) {
  cai_http_request request;
  cai_http_request_init(&request);
  assert_int_equal(cai_basic_set(&request, id, secret), 0);
  check_header(&request, "authorization", value);
  cai_http_request_fini(&request);
}

static void test_basic(void **state) {
  (void)state;
  check_basic("id", "secret", "Basic aWQ6c2VjcmV0");
  check_basic("Aladdin", "open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  check_basic("i", "", "Basic aTo=");
  check_basic("i", NULL, "Basic aTo=");
  check_basic("\xc3\xa4\r\nX: y", "%2F+/", "Basic w6QNClg6IHk6JTJGKy8=");
}

/* Nothing of it ends a field or a line. */
static void test_hostile_form(void **state) {
  (void)state;
  cai_http_request request;
  cai_sts sts = plain;
  char got[64];
  sts.audience = "a&scope=all\r\nHost: evil.com";
  sts.subject_token = "%0d%0a&audience=x";
  cai_http_request_init(&request);
  assert_int_equal(cai_sts_ask(&request, &sts), 0);
  CONTAINS(request.body.data, "&audience=a%26scope%3Dall%0D%0AHost%3A%20evil.com&scope=a%20b&");
  CONTAINS(request.body.data, "&subject_token=%250d%250a%26audience%3Dx");
  assert_true(form_field(&request.body, "audience", got, sizeof got));
  assert_string_equal(got, sts.audience);
  cai_http_request_fini(&request);
}

static void test_large(void **state) {
  (void)state;
  cai_http_request request;
  cai_sts sts = plain;
  char *token = long_text("", "%", 1 << 20, "");
  sts.subject_token = token;
  cai_http_request_init(&request);
  assert_int_equal(cai_sts_ask(&request, &sts), 0);
  assert_true(request.body.len > (3u << 20));
  cai_http_request_fini(&request);
  cai_free(token);
}

static int read_reply(cai_http_reply *reply, cai_grant *grant, cai_setback *setback) {
  static const char *const secrets[] = {"subject-secret", NULL};
  const cai_exchange exchange = {.stage = CAI_STAGE_STS,
                                 .server = "the token endpoint https://sts",
                                 .origin = "/home/x.json",
                                 .advice = "Look at the pool.",
                                 .secrets = secrets,
                                 .principal = "pool",
                                 .target = NULL};
  cai_grant_init(grant);
  int error = cai_sts_read(grant, &exchange, now, reply, setback);
  cai_http_reply_fini(reply);
  return error;
}

static int read_body(int status, const char *body, cai_grant *grant, cai_setback *setback) {
  cai_http_reply reply;
  make_reply(&reply, status, body);
  return read_reply(&reply, grant, setback);
}

#define TYPE "\"issued_token_type\":\"urn:ietf:params:oauth:token-type:access_token\""

static void check_good(const char *body, int64_t life_ms) {
  cai_grant grant;
  cai_setback setback;
  assert_int_equal(read_body(200, body, &grant, &setback), 0);
  assert_string_equal(grant.access_token, "fed");
  assert_null(grant.refresh_token);
  assert_int_equal(grant.life_ms, life_ms);
  cai_grant_fini(&grant);
}

static void test_good(void **state) {
  (void)state;
  check_good("{\"access_token\":\"fed\"," TYPE ",\"token_type\":\"Bearer\",\"expires_in\":3599}", 3599000);
  check_good("{\"access_token\":\"fed\",\"token_type\":\"bearer\",\"expires_in\":\"60\",\"refresh_token\":\"r\"}",
             60000);
  check_good("{\"access_token\":\"fed\",\"access_token\":\"other\",\"expires_in\":60}", 60000);
  check_good("{\"access_token\":\"fed\",\"expires_in\":9e15}", INT64_C(7) * 24 * 3600 * 1000);
}

static void test_no_life(void **state) {
  (void)state;
  check_good("{\"access_token\":\"fed\"}", 600000);
  check_good("{\"access_token\":\"fed\",\"expires_in\":null}", 600000);
}

static void test_odd(void **state) {
  (void)state;
  static const char *const bodies[] = {"",
                                       "<html>fed</html>",
                                       "[]",
                                       "{}",
                                       "{\"access_token\":\"\"}",
                                       "{\"access_token\":7}",
                                       "{\"access_token\":[\"fed\"]}",
                                       "{\"Access_Token\":\"fed\"}",
                                       "{\"access_token\":\"fed\\r\\nX: y\"}",
                                       "{\"access_token\":\"fed up\"}",
                                       "{\"access_token\":\"fed\",\"expires_in\":0}",
                                       "{\"access_token\":\"fed\",\"expires_in\":-1}",
                                       "{\"access_token\":\"fed\",\"expires_in\":1.5}",
                                       "{\"access_token\":\"fed\",\"expires_in\":1e400}",
                                       "{\"access_token\":\"fed\",\"expires_in\":\"soon\"}",
                                       "{\"access_token\":\"fed\",\"expires_in\":{}}",
                                       "{\"access_token\":\"fed\",\"token_type\":\"DPoP\"}",
                                       "{\"access_token\":\"fed\",\"issued_token_type\":\"urn:x\"}",
                                       "{\"access_token\":\"fed\"} {}"};
  for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
    cai_grant grant;
    cai_setback setback;
    if (!read_body(200, bodies[i], &grant, &setback)) fail_msg("taken: %s", bodies[i]);
    assert_int_equal(setback.err.code, CHATABI_E_AUTH_EXCHANGE);
    assert_int_equal(setback.stage, CAI_STAGE_STS);
    assert_true(setback.transient);
    assert_null(grant.access_token);
    CONTAINS(setback.err.message, "https://sts");
    LACKS(setback.err.message, "fed\"");
  }
}

static void test_deep(void **state) {
  (void)state;
  cai_grant grant;
  cai_setback setback;
  char *body = long_text("{\"access_token\":\"fed\",\"x\":", "[", 100000, "");
  assert_int_equal(read_body(200, body, &grant, &setback), CHATABI_E_AUTH_EXCHANGE);
  assert_int_equal(read_body(400, body, &grant, &setback), CHATABI_E_AUTH_EXCHANGE);
  cai_free(body);
}

static void test_refused(void **state) {
  (void)state;
  cai_grant grant;
  cai_setback setback;
  read_body(400, "{\"error\":\"invalid_grant\",\"error_description\":\"subject-secret is bad\"}", &grant, &setback);
  assert_false(setback.transient);
  assert_int_equal(setback.stage, CAI_STAGE_STS);
  assert_int_equal(setback.http_status, 400);
  assert_string_equal(setback.error, "invalid_grant");
  CONTAINS(setback.err.message, "/home/x.json");
  CONTAINS(setback.err.message, "Look at the pool.");
  LACKS(setback.err.message, "subject-secret");
  read_body(400, "{\"error\":\"invalid_target\"}", &grant, &setback);
  CONTAINS(setback.err.message, "\"audience\" in the credential file");
  read_body(503, "busy", &grant, &setback);
  assert_true(setback.transient);
  /* A redirect is not followed, and is no success. */
  read_body(302, "{\"access_token\":\"fed\",\"expires_in\":60}", &grant, &setback);
  assert_false(setback.transient);
  assert_null(grant.access_token);
}

static void test_transport(void **state) {
  (void)state;
  cai_http_reply reply;
  cai_grant grant;
  cai_setback setback;
  make_no_reply(&reply, CHATABI_E_CONNECT, "connection refused");
  assert_int_equal(read_reply(&reply, &grant, &setback), CHATABI_E_AUTH_EXCHANGE);
  assert_true(setback.transient);
  assert_int_equal(setback.stage, CAI_STAGE_STS);
}

#ifdef CAI_TEST_ALLOC
static bool live(void *world) {
  cai_http_request request;
  cai_grant grant;
  cai_setback setback;
  cai_sts sts = plain;
  (void)world;
  sts.user_project = "p";
  cai_http_request_init(&request);
  int error = cai_sts_ask(&request, &sts);
  cai_http_request_fini(&request);
  sts.client_id = "i";
  sts.metrics = "m";
  cai_http_request_init(&request);
  int other = cai_sts_ask(&request, &sts);
  cai_http_request_fini(&request);
  assert_true((!error || error == CHATABI_E_NOMEM) && (!other || other == CHATABI_E_NOMEM));
  int third = read_body(200, "{\"access_token\":\"fed\",\"expires_in\":60}", &grant, &setback);
  if (third) assert_true(setback.transient);
  cai_grant_fini(&grant);
  return !error && !other && !third;
}

static void test_allocations(void **state) {
  (void)state;
  starve(live, NULL);
}
#endif

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_request),      cmocka_unit_test(test_no_scope), cmocka_unit_test(test_user_project),
      cmocka_unit_test(test_basic),        cmocka_unit_test(test_large),    cmocka_unit_test(test_good),
      cmocka_unit_test(test_hostile_form), cmocka_unit_test(test_no_life),  cmocka_unit_test(test_odd),
      cmocka_unit_test(test_deep),         cmocka_unit_test(test_refused),  cmocka_unit_test(test_transport),
#ifdef CAI_TEST_ALLOC
      cmocka_unit_test(test_allocations),
#endif
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
