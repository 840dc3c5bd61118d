/* SPDX-License-Identifier: MIT */
#include "auth/subject/aws_signature.h"

#include "auth_fixture.h"
#include "aws_signature_vectors.h"
#include "base/alloc.h"

#define KEY_ID "AKIDEXAMPLE"
#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

static void sign(const cai_aws_request *request, const char *secret, const char *signature, const char *name) {
  cai_buf out;
  cai_buf_init(&out, 4096);
  assert_int_equal(cai_aws_signature_sign(request, KEY_ID, secret, &out), 0);
  const char *found = strstr(out.data, "Signature=");
  if (!found || strcmp(found + 10, signature) != 0) fail_msg("%s: %s", name, out.data);
  cai_buf_fini(&out);
}

static void add_headers(cai_headers *headers, const char *const (*pairs)[2], size_t count) {
  for (size_t i = 0; i < count && pairs[i][0]; i++)
    assert_int_equal(cai_headers_set(headers, pairs[i][0], pairs[i][1]), 0);
}

static void test_published(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
    const vector *it = &published[i];
    cai_headers headers;
    cai_headers_init(&headers);
    add_headers(&headers, it->headers, 2);
    cai_headers_set(&headers, "X-Amz-Date", "20150830T123600Z");
    cai_headers_set(&headers, "Host", "example.amazonaws.com");
    cai_aws_request request = {it->method,          it->path,    it->query, &headers,          it->payload,
                               strlen(it->payload), "us-east-1", "service", "20150830T123600Z"};
    sign(&request, SECRET, it->signature, it->name);
    cai_headers_fini(&headers);
  }
}

static void test_early(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof early / sizeof *early; i++) {
    const vector *it = &early[i];
    cai_headers headers;
    cai_headers_init(&headers);
    add_headers(&headers, it->headers, 2);
    cai_headers_set(&headers, "host", "host.foo.com");
    cai_headers_set(&headers, "date", "Mon, 09 Sep 2011 23:36:00 GMT");
    cai_aws_request request = {it->method,          it->path,    it->query, &headers,          it->payload,
                               strlen(it->payload), "us-east-1", "host",    "20110909T233600Z"};
    sign(&request, SECRET, it->signature, it->name);
    cai_headers_fini(&headers);
  }
}

#define TARGET \
  "//iam.googleapis.com/projects/123456/locations/global/workloadIdentityPools/POOL_ID/providers/PROVIDER_ID"

static cai_aws_request caller_identity(cai_headers *headers) {
  cai_headers_init(headers);
  cai_headers_set(headers, "host", "sts.us-east-2.amazonaws.com");
  cai_headers_set(headers, "x-amz-date", "20200811T065522Z");
  return (cai_aws_request){.method = "POST",
                           .path = "/",
                           .query = "Action=GetCallerIdentity&Version=2011-06-15",
                           .headers = headers,
                           .region = "us-east-2",
                           .service = "sts",
                           .time = "20200811T065522Z"};
}

static void test_caller_identity(void **state) {
  (void)state;
  cai_headers headers;
  cai_aws_request request = caller_identity(&headers);
  sign(&request, SECRET, "c2cd16c60bad2917a87f35755cd14eb10bfcba1d10ea115e77ac3587711c6e17", "plain");
  cai_headers_set(&headers, "x-goog-cloud-target-resource", TARGET);
  sign(&request, SECRET, "e77ca1b796a66545caaf78b7a0e5ff44ed9d68de8698f252c6a0e522381a96f6", "target");
  cai_headers_fini(&headers);
}

/* With a session token, and the other example secret of AWS. */
static void test_session_token(void **state) {
  (void)state;
  cai_headers headers;
  cai_aws_request request = caller_identity(&headers);
  cai_headers_set(&headers, "x-amz-security-token",
                  "AQoEXAMPLEH4aoAH0gNCAPyJxz4BlCFFxWNE1OPTgk5TthT+FvwqnKwRcOIfrRh3c/"
                  "LTo6UDdyJwOOvEVPvLXCrrrUtdnniCEXAMPLE/"
                  "IvU1dYUg2RVAJBanLiHb4IgRmpRV3zrkuWJOgQs8IZZaIv2BXIa2R4OlgkBN9bkUDNCJiBeb/"
                  "AXlzBBko7b15fjrBs2+cTQtpZ3CYWFXG8C5zqx37wnOE49mRl/+OtkIKGO7fAE");
  sign(&request, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
       "596aa990b792d763465d73703e684ca273c45536c6d322c31be01a41d02e5b60", "token");
  cai_headers_fini(&headers);
}

static void test_steps(void **state) {
  (void)state;
  cai_headers headers;
  cai_buf out;
  cai_aws_request request = caller_identity(&headers);
  cai_buf_init(&out, 4096);
  assert_int_equal(cai_aws_signature_canonical(&request, &out), 0);
  assert_string_equal(out.data,
                      "POST\n/\nAction=GetCallerIdentity&Version=2011-06-15\nhost:sts.us-east-2.amazonaws.com\n"
                      "x-amz-date:20200811T065522Z\n\nhost;x-amz-date\n"
                      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  cai_buf_reset(&out);
  assert_int_equal(cai_aws_signature_text(&request, &out), 0);
  assert_string_equal(out.data,
                      "AWS4-HMAC-SHA256\n20200811T065522Z\n20200811/us-east-2/sts/aws4_request\n"
                      "400fa6642cda1239c56407c2baa49f0daa9d3525ed22e791c0550787dad13bd6");
  cai_buf_reset(&out);
  assert_int_equal(cai_aws_signature_sign(&request, KEY_ID, SECRET, &out), 0);
  CONTAINS(out.data,
           "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20200811/us-east-2/sts/aws4_request, "
           "SignedHeaders=host;x-amz-date, Signature=c2cd16");
  cai_buf_fini(&out);
  cai_headers_fini(&headers);
}

static void check_line(const char *path, const char *query, const char *expected) {
  cai_headers headers;
  cai_buf out;
  cai_headers_init(&headers);
  cai_aws_request request = {.method = "GET", .path = path, .query = query, .headers = &headers, .time = "2020"};
  cai_buf_init(&out, 4096);
  assert_int_equal(cai_aws_signature_canonical(&request, &out), 0);
  assert_int_equal(strncmp(out.data, "GET\n", 4), 0);
  if (strncmp(out.data + 4, expected, strlen(expected)) != 0) fail_msg("%s?%s: %s", path, query, out.data);
  cai_buf_fini(&out);
  cai_headers_fini(&headers);
}

static void test_ugly(void **state) {
  (void)state;
  check_line("", NULL, "/\n\n\n\n");
  check_line("/../../a/..", "", "/\n\n\n\n");
  check_line("/a/../b/.", NULL, "/b/\n\n");
  check_line("/a/.../..b", NULL, "/a/.../..b\n\n");
  check_line("/", "&&a&=x&a=&", "/\n=x&a=&a=\n");
  check_line("/", "a=b=c&a-=1", "/\na=b%3Dc&a-=1\n");
  check_line("/", "a=%&b=%4&c=%zz&d=%00&e=%2f+", "/\na=%25&b=%254&c=%25zz&d=%00&e=%2F%2B\n");
}

static void test_no_memory(void **state) {
  (void)state;
  cai_headers headers;
  cai_aws_request request = caller_identity(&headers);
  int error = CHATABI_E_NOMEM;
  for (size_t nth = 1; error == CHATABI_E_NOMEM; nth++) {
    cai_buf out;
    assert_true(nth < 200);
    cai_buf_init(&out, 4096);
    cai_alloc_fail_at(nth);
    error = cai_aws_signature_sign(&request, KEY_ID, SECRET, &out);
    cai_alloc_fail_at(0);
    cai_buf_fini(&out);
  }
  assert_int_equal(error, 0);
  cai_headers_fini(&headers);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_published),       cmocka_unit_test(test_early),
                                     cmocka_unit_test(test_caller_identity), cmocka_unit_test(test_session_token),
                                     cmocka_unit_test(test_steps),           cmocka_unit_test(test_ugly),
                                     cmocka_unit_test(test_no_memory)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
