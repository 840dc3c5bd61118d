/* SPDX-License-Identifier: MIT
 * Every shape in which a server is known to say that something went wrong, with all that is taken from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "chat/failure/failure.h"
#include "chatabi.h"

/* What is not named must be absent. */
typedef struct shape {
  const char *name;
  int http;
  const char *body;
  int error;
  const char *code, *status, *type, *reason, *message, *param, *quota, *id;
  bool retryable;
  int64_t wait_ms; /* 0: the server did not say */
} shape;

static const shape shapes[] = {
    {"OpenAI", 401,
     "{\"error\":{\"message\":\"Incorrect API key provided.\",\"type\":\"invalid_request_error\",\"param\":null,"
     "\"code\":\"invalid_api_key\"}}",
     CHATABI_E_UNAUTHENTICATED, .code = "invalid_api_key", .type = "invalid_request_error",
     .message = "Incorrect API key provided."},
    {"OpenAI with param", 400,
     "{\"error\":{\"message\":\"Unsupported value\",\"type\":\"invalid_request_error\",\"param\":\"temperature\","
     "\"code\":\"unsupported_value\"}}",
     CHATABI_E_INVALID_REQUEST, .code = "unsupported_value", .type = "invalid_request_error",
     .message = "Unsupported value", .param = "temperature"},
    {"Google", 429,
     "{\"error\":{\"code\":429,\"message\":\"Quota.\",\"status\":\"RESOURCE_EXHAUSTED\",\"details\":["
     "{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":\"RATE_LIMIT_EXCEEDED\",\"domain\":"
     "\"googleapis.com\",\"metadata\":{\"quota_limit\":\"PerMinutePerProject\",\"service\":\"x\"}},"
     "{\"@type\":\"type.googleapis.com/google.rpc.RequestInfo\",\"requestId\":\"r-1\"},"
     "{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"34.074824224s\"}]}}",
     CHATABI_E_RATE_LIMIT, .code = "429", .status = "RESOURCE_EXHAUSTED", .reason = "RATE_LIMIT_EXCEEDED",
     .message = "Quota.", .quota = "PerMinutePerProject", .id = "r-1", .retryable = true, .wait_ms = 34075},
    {"Google, pretty array", 400,
     "[{\n  \"error\": {\n    \"code\": 400,\n    \"message\": \"Invalid value\\nat 'x'\",\n    \"errors\": [\n      "
     "{\n"
     "        \"message\": \"Invalid value\",\n        \"domain\": \"global\",\n        \"reason\": \"badRequest\"\n"
     "      }\n    ],\n    \"status\": \"INVALID_ARGUMENT\",\n    \"details\": [{\n      \"@type\": "
     "\"type.googleapis.com/google.rpc.BadRequest\",\n      \"fieldViolations\": [{\"field\": \"contents[0].parts\", "
     "\"description\": \"d\"}]\n    }]\n  }\n}\n]\n",
     CHATABI_E_INVALID_REQUEST, .code = "400", .status = "INVALID_ARGUMENT", .reason = "badRequest",
     .message = "Invalid value at 'x'", .param = "contents[0].parts"},
    {"OpenRouter, at the choice", 200,
     "{\"id\":\"g\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\",\"error\":{"
     "\"code\":502,"
     "\"message\":\"Provider disconnected\"}}]}",
     CHATABI_E_SERVER, .code = "502", .message = "Provider disconnected", .retryable = true},
    {"a stream of one error", 529,
     "event: error\ndata: "
     "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n",
     CHATABI_E_SERVER, .type = "overloaded_error", .message = "Overloaded", .retryable = true},
    {"a byte order mark", 429, "\xEF\xBB\xBF{\"error\":{\"message\":\"Slow down\"}}", CHATABI_E_RATE_LIMIT,
     .message = "Slow down", .retryable = true},
    {"vLLM", 404,
     "{\"error\":{\"message\":\"The model `x` does not exist.\",\"type\":\"NotFoundError\",\"param\":\"model\","
     "\"code\":404}}",
     CHATABI_E_NOT_FOUND, .code = "404", .type = "NotFoundError", .message = "The model `x` does not exist.",
     .param = "model"},
    {"vLLM, old and flat", 400,
     "{\"object\":\"error\",\"message\":\"too long\",\"type\":\"BadRequestError\",\"param\":null,\"code\":400}",
     CHATABI_E_INVALID_REQUEST, .code = "400", .type = "BadRequestError", .message = "too long"},
    {"llama.cpp", 503, "{\"error\":{\"code\":503,\"message\":\"Loading model\",\"type\":\"unavailable_error\"}}",
     CHATABI_E_SERVER, .code = "503", .type = "unavailable_error", .message = "Loading model", .retryable = true},
    {"llama.cpp under 200", 200,
     "{\"error\":{\"message\":\"the request exceeds the available context size\",\"type\":"
     "\"exceed_context_size_error\",\"n_ctx\":4096}}",
     CHATABI_E_INVALID_REQUEST, .type = "exceed_context_size_error",
     .message = "the request exceeds the available context size"},
    {"Ollama", 404, "{\"error\":\"model 'x' not found\"}", CHATABI_E_NOT_FOUND, .message = "model 'x' not found"},
    {"event: error, flat", 200, "{\"message\":\"gone\",\"code\":\"server_error\",\"param\":null}", CHATABI_E_SERVER,
     .code = "server_error", .message = "gone", .retryable = true},
    {"bare in a stream", 200,
     "{\"error\":{\"code\":499,\"message\":\"The operation was cancelled.\",\"status\":\"CANCELLED\"}}",
     CHATABI_E_SERVER, .code = "499", .status = "CANCELLED", .message = "The operation was cancelled.",
     .retryable = true},
    {"Anthropic", 200,
     "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"},"
     "\"request_id\":\"req_1\"}",
     CHATABI_E_SERVER, .type = "overloaded_error", .message = "Overloaded", .id = "req_1", .retryable = true},
    {"a page", 502, " \n<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>",
     CHATABI_E_SERVER, .message = "502 Bad Gateway", .retryable = true},
    {"Cloudflare's page", 522,
     "<html class=\"no-js\">\n<head>\n<title>api.example.com | 522: Connection timed out</title></head></html>",
     CHATABI_E_SERVER, .message = "api.example.com | 522: Connection timed out", .retryable = true},
    {"Cloudflare's text", 429, "error code: 1015", CHATABI_E_RATE_LIMIT, .message = "error code: 1015",
     .retryable = true},
    {"RFC 9457", 429,
     "{\"type\":\"about:blank\",\"title\":\"Too Many Requests\",\"status\":429,\"detail\":\"Slow down.\"}",
     CHATABI_E_RATE_LIMIT, .code = "429", .type = "about:blank", .message = "Slow down.", .retryable = true},
    {"nothing", 500, "", CHATABI_E_SERVER, .retryable = true},
    {"plain text", 503, "upstream connect error or disconnect/reset before headers", CHATABI_E_SERVER,
     .message = "upstream connect error or disconnect/reset before headers", .retryable = true},
    {"gRPC's text", 200, "rpc error: code = ResourceExhausted desc = no more quota", CHATABI_E_RATE_LIMIT,
     .status = "RESOURCE_EXHAUSTED", .message = "no more quota", .retryable = true},
    {"gRPC's text in JSON", 200, "{\"error\":\"rpc error: code = Canceled desc = context canceled\"}", CHATABI_E_SERVER,
     .status = "CANCELLED", .message = "context canceled", .retryable = true},
    {"gRPC's gateway", 200, "{\"code\":7,\"message\":\"denied\",\"details\":[]}", CHATABI_E_PERMISSION, .code = "7",
     .message = "denied"},
    {"FastAPI", 404, "{\"detail\":\"Not Found\"}", CHATABI_E_NOT_FOUND, .message = "Not Found"},
    {"pydantic", 422,
     "{\"detail\":[{\"loc\":[\"body\",\"messages\",0,\"role\"],\"msg\":\"Field required\",\"type\":\"missing\"},"
     "{\"loc\":[\"body\",\"n\"],\"msg\":\"Input should be an integer\",\"type\":\"int_type\"}]}",
     CHATABI_E_INVALID_REQUEST, .type = "missing",
     .message = "messages.0.role: Field required; n: Input should be an integer", .param = "messages.0.role"},
    {"Azure", 400,
     "{\"error\":{\"message\":\"Filtered.\",\"type\":null,\"param\":\"prompt\",\"code\":\"content_filter\",\"status\":"
     "400,\"innererror\":{\"code\":\"ResponsibleAIPolicyViolation\",\"content_filter_result\":{}}}}",
     CHATABI_E_BLOCKED, .code = "content_filter", .reason = "ResponsibleAIPolicyViolation", .message = "Filtered.",
     .param = "prompt"},
    {"Azure's gateway", 401, "{ \"statusCode\": 401, \"message\": \"Access denied\" }", CHATABI_E_UNAUTHENTICATED,
     .code = "401", .message = "Access denied"},
    {"AWS", 400, "{\"__type\":\"com.amazon.coral.service#ValidationException\",\"message\":\"bad\"}",
     CHATABI_E_INVALID_REQUEST, .type = "ValidationException", .message = "bad"},
    {"AWS, capital", 403, "{\"Message\":\"User is not authorized\"}", CHATABI_E_PERMISSION,
     .message = "User is not authorized"},
    {"Mistral", 422,
     "{\"object\":\"error\",\"message\":{\"detail\":[{\"type\":\"extra_forbidden\",\"loc\":[\"body\","
     "\"max_completion_tokens\"],\"msg\":\"Extra inputs are not permitted\",\"input\":32000}]},\"type\":"
     "\"invalid_request_error\",\"param\":null,\"code\":null}",
     CHATABI_E_INVALID_REQUEST, .type = "invalid_request_error",
     .message = "max_completion_tokens: Extra inputs are not permitted", .param = "max_completion_tokens"},
    {"Mistral under 200", 200,
     "{\"object\":\"error\",\"message\":\"Service tier capacity exceeded for this model.\",\"type\":"
     "\"service_tier_capacity_exceeded\",\"param\":null,\"code\":\"3505\",\"raw_status_code\":429}",
     CHATABI_E_RATE_LIMIT, .code = "3505", .type = "service_tier_capacity_exceeded",
     .message = "Service tier capacity exceeded for this model.", .retryable = true},
    {"Mistral, JSON in a string", 422,
     "{\"object\":\"error\",\"message\":\"{\\\"detail\\\":[{\\\"loc\\\":[\\\"body\\\",\\\"seed\\\"],\\\"msg\\\":"
     "\\\"Extra inputs\\\"}]}\",\"code\":\"1000\"}",
     CHATABI_E_INVALID_REQUEST, .code = "1000", .message = "seed: Extra inputs", .param = "seed"},
    {"LiteLLM", 429,
     "{\"error\":{\"message\":\"litellm.RateLimitError: VertexAIException - {\\n  \\\"error\\\": {\\n    \\\"code\\\": "
     "429,\\n    \\\"message\\\": \\\"Resource {exhausted}.\\\",\\n    \\\"status\\\": \\\"RESOURCE_EXHAUSTED\\\",\\n"
     "    \\\"details\\\": [{\\\"violations\\\":[{\\\"quotaId\\\":\\\"Q\\\"}]},{\\\"retryDelay\\\": \\\"7s\\\"}]\\n  "
     "}\\n}"
     "\\n. Received Model Group=gemini\",\"type\":\"None\",\"param\":\"None\",\"code\":\"429\"}}",
     CHATABI_E_RATE_LIMIT, .code = "429", .status = "RESOURCE_EXHAUSTED",
     .message = "litellm.RateLimitError: VertexAIException - Resource {exhausted}.", .quota = "Q", .retryable = true,
     .wait_ms = 7000},
    {"quotes and braces in what is nested", 500,
     "{\"error\":{\"message\":\"upstream: {\\\"message\\\":\\\"say \\\\\\\"}\\\\\\\" twice\\\"} end\"}}",
     CHATABI_E_SERVER, .message = "upstream: say \"}\" twice", .retryable = true},
    {"OpenRouter", 502,
     "{\"error\":{\"message\":\"Provider returned error\",\"code\":502,\"metadata\":{\"raw\":\"{\\\"error\\\":{"
     "\\\"message\\\":\\\"Overloaded\\\",\\\"type\\\":\\\"overloaded_error\\\"}}\",\"provider_name\":\"X\"}},"
     "\"user_id\":\"u\"}",
     CHATABI_E_SERVER, .code = "502", .type = "overloaded_error", .message = "Overloaded", .retryable = true},
    {"OAuth", 400, "{\"error\":\"invalid_grant\",\"error_description\":\"Bad Request\"}", CHATABI_E_INVALID_REQUEST,
     .code = "invalid_grant", .message = "Bad Request"},
    {"Spring", 404, "{\"timestamp\":\"t\",\"status\":404,\"error\":\"Not Found\",\"path\":\"/v1\"}",
     CHATABI_E_NOT_FOUND, .code = "404", .message = "Not Found"},
    {"Hugging Face", 422, "{\"error\":\"Input validation error\",\"error_type\":\"validation\"}",
     CHATABI_E_INVALID_REQUEST, .type = "validation", .message = "Input validation error"},
    {"Cloudflare's API", 401, "{\"success\":false,\"errors\":[{\"code\":10000,\"message\":\"Auth\"}],\"messages\":[]}",
     CHATABI_E_UNAUTHENTICATED, .code = "10000", .message = "Auth"},
    {"a list of errors", 400, "{\"error\":[{\"message\":\"first\"},{\"message\":\"second\"}]}",
     CHATABI_E_INVALID_REQUEST, .message = "first"},
    {"an empty one", 200, "{\"error\":{}}", CHATABI_E_SERVER, .retryable = true},
    {"only true", 400, "{\"error\":true,\"message\":\"m\"}", CHATABI_E_INVALID_REQUEST, .message = "m"},
    {"a string", 500, "\"Internal Server Error\"", CHATABI_E_SERVER, .message = "Internal Server Error",
     .retryable = true},
    {"JSON cut short", 500, "{\"error\":{\"message\":\"half", CHATABI_E_SERVER,
     .message = "{\"error\":{\"message\":\"half", .retryable = true},
};

static void same(const char *name, const char *member, const char *got, const char *wanted) {
  if (!got != !wanted || (got && strcmp(got, wanted) != 0))
    fail_msg("%s, %s: \"%s\" instead of \"%s\"", name, member, got ? got : "(none)", wanted ? wanted : "(none)");
}

static void check(const shape *s, const cai_failure *f) {
  if (f->err.code != s->error) fail_msg("%s: %s", s->name, f->err.message);
  same(s->name, "code", f->provider_code, s->code);
  same(s->name, "status", f->provider_status, s->status);
  same(s->name, "type", f->provider_type, s->type);
  same(s->name, "reason", f->provider_reason, s->reason);
  same(s->name, "message", f->provider_message, s->message);
  same(s->name, "param", f->param, s->param);
  same(s->name, "quota", f->quota, s->quota);
  same(s->name, "request_id", f->request_id, s->id);
  if (f->retryable != s->retryable) fail_msg("%s: retryable", s->name);
  if (f->retry_after_ms != (s->wait_ms ? s->wait_ms : -1)) fail_msg("%s: retry_after_ms", s->name);
  if (s->message && !strstr(f->err.message, s->message)) fail_msg("%s: %s", s->name, f->err.message);
}

static void test_every_shape_is_read(void **state) {
  (void)state;
  cai_failure f;
  cai_failure_init(&f);
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    cai_failure_from_reply(&f, shapes[i].http, NULL, shapes[i].body, strlen(shapes[i].body), 0);
    check(&shapes[i], &f);
  }
  cai_failure_fini(&f);
}

static void test_the_same_in_an_array(void **state) {
  (void)state;
  cai_failure f;
  cai_failure_init(&f);
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    char body[2000];
    if (*shapes[i].body != '{' || strcmp(shapes[i].name, "JSON cut short") == 0) continue;
    snprintf(body, sizeof body, "[ %s ]", shapes[i].body);
    cai_failure_from_reply(&f, shapes[i].http, NULL, body, strlen(body), 0);
    check(&shapes[i], &f);
  }
  cai_failure_fini(&f);
}

/* Short of memory less is known, and nothing breaks or is left over. */
static void test_every_allocation_fails_once(void **state) {
  (void)state;
  cai_failure f;
  cai_failure_init(&f);
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
    for (size_t nth = 1;; nth++) {
      cai_alloc_fail_at(nth);
      cai_failure_from_reply(&f, shapes[i].http, NULL, shapes[i].body, strlen(shapes[i].body), 0);
      size_t made = cai_alloc_count();
      cai_alloc_fail_at(0);
      if (f.http_status != shapes[i].http || !*f.err.message) fail_msg("%s, %zu", shapes[i].name, nth);
      if (made < nth) break;
    }
  cai_failure_fini(&f);
}

static void nest(cai_buf *out, int depth) {
  for (int i = 0; i < depth; i++) cai_buf_text(out, "{\"message\":");
  cai_buf_text(out, "\"deep\"");
  for (int i = 0; i < depth; i++) cai_buf_byte(out, '}');
}

static void test_nesting_ends(void **state) {
  (void)state;
  cai_buf body;
  cai_failure f;
  cai_failure_init(&f);
  cai_buf_init(&body, 100000);
  nest(&body, 3);
  cai_failure_from_reply(&f, 400, NULL, body.data, body.len, 0);
  assert_string_equal(f.provider_message, "deep");
  cai_buf_reset(&body);
  nest(&body, 100);
  cai_failure_from_reply(&f, 400, NULL, body.data, body.len, 0);
  assert_null(f.provider_message);
  assert_non_null(f.body);
  cai_buf_fini(&body);
  cai_failure_fini(&f);
}

/* Braces without end, or with no JSON between them, are text. */
static void test_braces_in_words(void **state) {
  (void)state;
  static const char *const texts[] = {"{{{{{{{{{{{{", "use {name} and {\"a\":1}", "{\"message\":\"x\" ", "} {",
                                      "{\"\\"};
  cai_failure f;
  cai_failure_init(&f);
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    cai_failure_from_reply(&f, 500, NULL, texts[i], strlen(texts[i]), 0);
    assert_string_equal(f.provider_message,
                        strcmp(texts[i], "{\"message\":\"x\" ") == 0 ? "{\"message\":\"x\"" : texts[i]);
  }
  cai_failure_fini(&f);
}

static void test_is_error(void **state) {
  (void)state;
  static const char *const yes[] = {"{\"error\":{}}",
                                    "{\"error\":\"x\"}",
                                    "[ {\"error\":{\"code\":1}}]",
                                    "[\n{\n\"error\": {}\n}\n]\n",
                                    "{\"object\":\"error\",\"message\":\"m\"}",
                                    "{\"error\":[{\"message\":\"m\"}]}",
                                    "{\"error\":true,\"message\":\"m\"}",
                                    "{\"success\":false,\"errors\":[{\"message\":\"m\"}]}",
                                    "{\"choices\":[{\"delta\":{}}],\"error\":{\"code\":502,\"message\":\"m\"}}",
                                    "{\"choices\":[],\"error\":\"m\"}",
                                    "{\"choices\":[{\"delta\":{}},{\"error\":{\"code\":502,\"message\":\"m\"}}]}",
                                    "{\"error\":null,\"choices\":[{\"error\":{\"message\":\"m\"}}]}"};
  static const char *const no[] = {"{\"error\":null,\"choices\":[]}",
                                   "{\"error\":null}",
                                   "{\"error\":\"\"}",
                                   "{\"error\":false}",
                                   "{\"error\":[]}",
                                   "{\"errors\":[]}",
                                   "{\"error\":{},\"choices\":[]}",
                                   "{\"error\":{\"message\":\"\",\"code\":null,\"type\":\"\"},\"choices\":[{}]}",
                                   "{\"errors\":[{}],\"choices\":[{}]}",
                                   "{\"a\":\"error\"}",
                                   "{\"choices\":[{\"error\":{}}]}",
                                   "{\"choices\":[{\"error\":null},{\"error\":\"\"},7,null]}",
                                   "{\"choices\":[{\"delta\":{\"content\":\"{\\\"error\\\":{}}\"}}]}",
                                   "[]",
                                   "[[{\"error\":{}}]]",
                                   "7",
                                   "",
                                   "{\"error\""};
  for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
    if (!cai_failure_is_error(yes[i], strlen(yes[i]))) fail_msg("%s", yes[i]);
  for (size_t i = 0; i < sizeof no / sizeof *no; i++)
    if (cai_failure_is_error(no[i], strlen(no[i]))) fail_msg("%s", no[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_shape_is_read),
      cmocka_unit_test(test_the_same_in_an_array),
      cmocka_unit_test(test_every_allocation_fails_once),
      cmocka_unit_test(test_nesting_ends),
      cmocka_unit_test(test_braces_in_words),
      cmocka_unit_test(test_is_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
