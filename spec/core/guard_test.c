/* SPDX-License-Identifier: MIT */
#include "auth/exchange/guard.h"

#include "auth_fixture.h"

static int google(const char *base_url, const char *url) {
  cai_guard guard;
  cai_err err;
  assert_int_equal(cai_guard_init(&guard, NULL, base_url, NULL), 0);
  guard.chosen = true;
  int error = cai_guard_check_google(&guard, url, &err);
  cai_guard_fini(&guard);
  return error;
}

static int key(const char *base_url, const char *allow, const char *url) {
  cai_guard guard;
  assert_int_equal(cai_guard_init(&guard, NULL, base_url, allow), 0);
  int error = cai_guard_check_key(&guard, url, NULL);
  cai_guard_fini(&guard);
  return error;
}

static int exchange_of(cai_guard_kind kind, const char *allow, const char *url) {
  cai_guard guard;
  assert_int_equal(cai_guard_init(&guard, NULL, NULL, allow), 0);
  int error = cai_guard_check_exchange(&guard, kind, url, "token_uri", "/x.json", NULL);
  cai_guard_fini(&guard);
  return error;
}

static int exchange(const char *allow, const char *url) { return exchange_of(CAI_GUARD_OAUTH, allow, url); }

static void check_kind(cai_guard_kind kind, const char *const *good, const char *const *bad) {
  for (; *good; good++)
    if (exchange_of(kind, NULL, *good)) fail_msg("%s was refused", *good);
  for (; *bad; bad++)
    if (exchange_of(kind, NULL, *bad) != CHATABI_E_AUTH_HOST) fail_msg("%s was allowed", *bad);
}

static void test_google_token(void **state) {
  (void)state;
  static const char *const good[] = {"https://aiplatform.googleapis.com/v1/x",
                                     "https://us-central1-aiplatform.googleapis.com",
                                     "https://aiplatform.us.rep.googleapis.com/", "https://AIPLATFORM.GoogleAPIs.com/",
                                     "https://123.us-central1-45.prediction.vertexai.goog/v1"};
  static const char *const bad[] = {"http://aiplatform.googleapis.com/",
                                    "https://googleapis.com.evil.com/",
                                    "https://evilgoogleapis.com/",
                                    "https://api.openai.com/v1",
                                    "https://aiplatform.googleapis.com@evil.com/",
                                    "https://evil.com/#aiplatform.googleapis.com",
                                    "https://evil.com\\@aiplatform.googleapis.com/",
                                    "http://127.0.0.1:8080/",
                                    "ftp://aiplatform.googleapis.com/",
                                    ""};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) assert_int_equal(google(NULL, good[i]), 0);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_int_equal(google(NULL, bad[i]), CHATABI_E_AUTH_HOST);
}

static void test_base_url(void **state) {
  (void)state;
  assert_int_equal(google("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1/chat"), 0);
  assert_int_equal(google("http://127.0.0.1:8080/v1", "http://127.0.0.1:8081/v1/chat"), CHATABI_E_AUTH_HOST);
  assert_int_equal(google("https://proxy.corp", "https://proxy.corp:443/v1/chat"), 0);
  assert_int_equal(google("https://proxy.corp", "https://other.corp/v1/chat"), CHATABI_E_AUTH_HOST);
  assert_int_equal(google("http://proxy.corp", "http://proxy.corp/v1/chat"), CHATABI_E_AUTH_HOST);
}

static int found(const char *base_url, const char *url, cai_err *err) {
  cai_guard guard;
  cai_err_clear(err);
  assert_int_equal(cai_guard_init(&guard, NULL, base_url, NULL), 0);
  int error = cai_guard_check_google(&guard, url, err);
  cai_guard_fini(&guard);
  return error;
}

/* The user named no source: the token is one that lay on the machine. */
static void test_not_chosen(void **state) {
  (void)state;
  cai_err err;
  assert_int_equal(found("https://proxy.corp/v1", "https://proxy.corp/v1/chat", &err), CHATABI_E_AUTH_HOST);
  CONTAINS(err.message, "choose auth \"adc\" explicitly");
  CONTAINS(err.message, "proxy.corp");
  assert_int_equal(found("http://127.0.0.1:8080/", "http://127.0.0.1:8080/chat", &err), CHATABI_E_AUTH_HOST);
  assert_int_equal(found("https://127.0.0.1:8443/", "https://127.0.0.1:8443/chat", &err), 0);
  assert_int_equal(found("https://127.0.0.1:8443/", "https://127.0.0.1:8444/chat", &err), CHATABI_E_AUTH_HOST);
  assert_int_equal(found("https://x.p.googleapis.com/", "https://x.p.googleapis.com/chat", &err), 0);
  assert_int_equal(found("https://1.prediction.vertexai.goog", "https://1.prediction.vertexai.goog/v1", &err), 0);
  assert_int_equal(found(NULL, "https://api.openai.com/v1", &err), CHATABI_E_AUTH_HOST);
  LACKS(err.message, "explicitly");
}

/* Some put a key into the query. */
static void test_no_query(void **state) {
  (void)state;
  cai_guard guard;
  cai_err err;
  assert_int_equal(cai_guard_init(&guard, NULL, "https://a.example/v1?key=hush-hush", NULL), 0);
  assert_int_equal(cai_guard_check_key(&guard, "https://b.example/v1?key=hush-hush", &err), CHATABI_E_AUTH_HOST);
  CONTAINS(err.message, "https://a.example:443/v1");
  CONTAINS(err.message, "b.example");
  LACKS(err.message, "hush");
  cai_guard_fini(&guard);
}

static void test_universe(void **state) {
  (void)state;
  cai_guard guard;
  assert_int_equal(cai_guard_init(&guard, "example.goog", NULL, NULL), 0);
  assert_int_equal(cai_guard_check_google(&guard, "https://aiplatform.example.goog/v1", NULL), 0);
  assert_int_equal(cai_guard_check_google(&guard, "https://aiplatform.notexample.goog/v1", NULL), CHATABI_E_AUTH_HOST);
  cai_guard_fini(&guard);
}

static void test_key(void **state) {
  (void)state;
  assert_int_equal(key("https://api.openai.com/v1", NULL, "https://api.openai.com/v1/chat/completions"), 0);
  assert_int_equal(key("https://api.openai.com/v1", NULL, "https://aiplatform.googleapis.com/"), CHATABI_E_AUTH_HOST);
  assert_int_equal(key(NULL, NULL, "https://api.openai.com/v1"), 0);
  assert_int_equal(key("http://10.0.0.5:8000/v1", NULL, "http://10.0.0.5:8000/v1/chat"), CHATABI_E_AUTH_HOST);
  assert_int_equal(key("http://10.0.0.5:8000/v1", "10.0.0.5:8000", "http://10.0.0.5:8000/v1/chat"), 0);
  assert_int_equal(key("http://localhost:8000/v1", NULL, "http://localhost:8000/v1/chat"), 0);
}

static void test_exchange(void **state) {
  (void)state;
  assert_int_equal(exchange(NULL, "https://oauth2.googleapis.com/token"), 0);
  assert_int_equal(exchange(NULL, "https://accounts.google.com/o/oauth2/token"), 0);
  assert_int_equal(exchange(NULL, "http://oauth2.googleapis.com/token"), CHATABI_E_AUTH_HOST);
  assert_int_equal(exchange(NULL, "https://evil.com/token"), CHATABI_E_AUTH_HOST);
  assert_int_equal(exchange(NULL, "http://127.0.0.1:9000/token"), CHATABI_E_AUTH_HOST);
  assert_int_equal(exchange("a.example, 127.0.0.1:9000", "http://127.0.0.1:9000/token"), 0);
  assert_int_equal(exchange("127.0.0.1:9000", "http://127.0.0.1:9001/token"), CHATABI_E_AUTH_HOST);
  assert_int_equal(exchange("127.0.0.1", "http://127.0.0.1:9001/token"), 0);
  assert_int_equal(exchange("[::1]:90", "http://[::1]:90/token"), 0);
  assert_int_equal(exchange("a.example", "https://A.example/token"), 0);
  assert_int_equal(exchange("a.example", "http://a.example/token"), CHATABI_E_AUTH_HOST);
  assert_int_equal(exchange("a.example", "https://a.example.evil.com/token"), CHATABI_E_AUTH_HOST);
  assert_int_equal(exchange("a.example", "https://b.a.example/token"), CHATABI_E_AUTH_HOST);
}

static void test_oauth(void **state) {
  (void)state;
  static const char *const good[] = {"https://oauth2.googleapis.com/token", "https://oauth2.mtls.googleapis.com/token",
                                     "https://www.googleapis.com/oauth2/v4/token",
                                     "https://accounts.google.com/o/oauth2/token", NULL};
  /* Google lets everybody write to some of its hosts. */
  static const char *const bad[] = {"https://storage.googleapis.com/bucket/token",
                                    "https://www.googleapis.com/upload/storage/v1/b/mine/o",
                                    "https://www.googleapis.com/oauth2/../upload/storage/v1/b/mine/o",
                                    "https://accounts.google.com/signin",
                                    "https://oauth2.googleapis.com:8443/token",
                                    "https://oauth2.googleapis.com.evil.com/token",
                                    "https://sts.googleapis.com/v1/token",
                                    "https://user@oauth2.googleapis.com/token",
                                    "file:///etc/passwd",
                                    NULL};
  check_kind(CAI_GUARD_OAUTH, good, bad);
}

static void test_services(void **state) {
  (void)state;
  static const char *const good[] = {"https://sts.googleapis.com/v1/token",
                                     "https://sts.mtls.googleapis.com/v1/token",
                                     "https://us-east1.sts.googleapis.com/v1/token",
                                     "https://us-east1.sts.mtls.googleapis.com/v1/token",
                                     "https://sts.us-east1.googleapis.com/v1/token",
                                     "https://us-east1-sts.googleapis.com/v1/token",
                                     "https://sts-us-east1.p.googleapis.com/v1/token",
                                     "https://sts.us-east4.rep.googleapis.com/v1/token",
                                     "https://STS.googleapis.com/v1/token",
                                     NULL};
  static const char *const bad[] = {"http://sts.googleapis.com/v1/token",
                                    "https://iamcredentials.googleapis.com/v1/token",
                                    "https://stsgoogleapis.com/v1/token",
                                    "https://sts.googleapis.com.evil.com/v1/token",
                                    "https://sts.googleapis.com@evil.com/v1/token",
                                    "https://evil.com\\.sts.googleapis.com/v1/token",
                                    "https://a.b.sts.googleapis.com/v1/token",
                                    "https://evil.com/sts.googleapis.com",
                                    "https://sts.evil.com/v1/token",
                                    "https://.sts.googleapis.com/v1/token",
                                    "https://storage.googleapis.com/sts",
                                    NULL};
  check_kind(CAI_GUARD_STS, good, bad);
  assert_int_equal(exchange_of(CAI_GUARD_IAM, NULL, "https://iamcredentials.googleapis.com/v1/x"), 0);
  assert_int_equal(exchange_of(CAI_GUARD_IAM, NULL, "https://sts.googleapis.com/v1/x"), CHATABI_E_AUTH_HOST);
}

static void test_subject(void **state) {
  (void)state;
  static const char *const good[] = {"http://127.0.0.1:5000/token",
                                     "http://localhost/token",
                                     "http://[::1]:5000/",
                                     "http://169.254.169.254/metadata/identity/oauth2/token?resource=x",
                                     "https://pipelines.actions.githubusercontent.com/x?api-version=2.0&audience=y",
                                     NULL};
  static const char *const bad[] = {"http://10.0.0.1/token",
                                    "https://evil.com/token",
                                    "http://169.254.169.254.evil.com/",
                                    "http://169.254.169.254@evil.com/",
                                    "http://169.254.169.254:8080/",
                                    "http://localhost.evil.com/",
                                    "http://pipelines.actions.githubusercontent.com/x",
                                    "https://raw.githubusercontent.com/x",
                                    "file:///etc/passwd",
                                    "gopher://127.0.0.1/",
                                    NULL};
  check_kind(CAI_GUARD_SUBJECT, good, bad);
}

static void test_aws(void **state) {
  (void)state;
  static const char *const good[] = {"http://169.254.169.254/latest/api/token", "http://[fd00:ec2::254]/latest",
                                     /* the same address, as libcurl normalises it */
                                     "http://0xa9fea9fe/latest", NULL};
  static const char *const bad[] = {"http://169.254.169.254.evil.com/", "http://127.0.0.1/latest",  "https://evil.com/",
                                    "http://169.254.170.2/v2",          "http://[fd00:ec2::2540]/", NULL};
  check_kind(CAI_GUARD_AWS_METADATA, good, bad);
  static const char *const container[] = {"http://169.254.170.2/v2/x",
                                          "http://169.254.170.23/v1/credentials",
                                          "http://[fd00:ec2::23]/v1/credentials",
                                          "http://localhost:3000/x",
                                          "https://broker.example/x",
                                          NULL};
  static const char *const no_container[] = {"http://broker.example/x", "http://169.254.169.254/x",
                                             "http://169.254.170.2.evil.com/", NULL};
  check_kind(CAI_GUARD_AWS_CONTAINER, container, no_container);
}

static void test_message(void **state) {
  (void)state;
  cai_guard guard;
  cai_err err;
  assert_int_equal(cai_guard_init(&guard, NULL, NULL, NULL), 0);
  cai_guard_check_exchange(&guard, CAI_GUARD_OAUTH, "https://evil.com:8443/token", "token_uri", "/home/x.json", &err);
  CONTAINS(err.message, "/home/x.json");
  CONTAINS(err.message, "token_uri");
  CONTAINS(err.message, "add evil.com:8443 to the option auth_allow_hosts");
  cai_guard_fini(&guard);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_google_token), cmocka_unit_test(test_base_url),   cmocka_unit_test(test_universe),
      cmocka_unit_test(test_key),          cmocka_unit_test(test_not_chosen), cmocka_unit_test(test_no_query),
      cmocka_unit_test(test_exchange),     cmocka_unit_test(test_message),    cmocka_unit_test(test_oauth),
      cmocka_unit_test(test_services),     cmocka_unit_test(test_subject),    cmocka_unit_test(test_aws)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
