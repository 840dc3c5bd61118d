/* SPDX-License-Identifier: MIT
 * What is advised for errors as servers send them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chat/failure/failure.h"
#include "chatabi.h"

typedef struct row {
  int status;
  const char *body;
  const char *hint; /* part of it; NULL: none */
} row;

#define GOOGLE(code, status, message) \
  "{\"error\":{\"code\":" code ",\"message\":\"" message "\",\"status\":\"" status "\"}}"
#define GOOGLE_REASON(code, status, message, reason)                               \
  "{\"error\":{\"code\":" code ",\"message\":\"" message "\",\"status\":\"" status \
  "\",\"details\":["                                                               \
  "{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":\"" reason   \
  "\",\"domain\":\"googleapis.com\"}]}}"
#define OPENAI(message, type, param, code) \
  "{\"error\":{\"message\":\"" message "\",\"type\":\"" type "\",\"param\":" param ",\"code\":" code "}}"

static const row rows[] = {
    /* the request */
    {400,
     OPENAI(
         "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
         "invalid_request_error", "\"max_tokens\"", "\"unsupported_parameter\""),
     "takes \"max_completion_tokens\""},
    {422,
     "{\"object\":\"error\",\"message\":{\"detail\":[{\"type\":\"extra_forbidden\",\"loc\":[\"body\","
     "\"max_completion_tokens\"],\"msg\":\"Extra inputs are not permitted\"}]},\"type\":\"invalid_request_error\"}",
     "takes \"max_tokens\" in place"},
    {422,
     "{\"detail\":[{\"type\":\"extra_forbidden\",\"loc\":[\"body\",\"stream_options\"],\"msg\":\"Extra inputs\"}]}",
     "does not know \"stream_options\""},
    {400, "{\"error\":\"json: unknown field \\\"stream_options\\\"\"}", "does not know \"stream_options\""},
    {400,
     OPENAI("Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is "
            "supported.",
            "invalid_request_error", "\"temperature\"", "\"unsupported_value\""),
     "Leave out of the body"},
    {400, OPENAI("Unknown parameter: 'foo'.", "invalid_request_error", "\"foo\"", "\"unknown_parameter\""),
     "Leave out of the body"},
    {422, "{\"detail\":[{\"type\":\"extra_forbidden\",\"loc\":[\"body\",\"store\"],\"msg\":\"Extra inputs\"}]}",
     "Leave out of the body"},
    {400,
     OPENAI("This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
            "invalid_request_error", "\"messages\"", "\"context_length_exceeded\""),
     "longer than this model can take"},
    {400,
     OPENAI("'max_tokens' or 'max_completion_tokens' is too large: 30000. This model's maximum context length is 4096 "
            "tokens and your request has 12 input tokens.",
            "BadRequestError", "null", "400"),
     "lower \"max_tokens\""},
    {400,
     "{\"error\":{\"code\":400,\"message\":\"request (5000 tokens) exceeds the available context size (4096 tokens)\","
     "\"type\":\"exceed_context_size_error\",\"n_prompt_tokens\":5000,\"n_ctx\":4096}}",
     "longer than this model can take"},
    {400,
     "[" GOOGLE("400", "INVALID_ARGUMENT",
                "The input token count (1200293) exceeds the maximum number of tokens allowed (1048576).") "]",
     "longer than this model can take"},
    {400,
     GOOGLE("400", "INVALID_ARGUMENT", "Function calling with a response mime type: 'application/json' is unsupported"),
     "either \"tools\" or"},
    {400,
     GOOGLE("400", "INVALID_ARGUMENT",
            "The specified schema produces a constraint that has too many states for serving."),
     "make it plainer"},
    {400,
     GOOGLE("400", "INVALID_ARGUMENT",
            "Invalid JSON payload received. Unknown name \\\"uniqueItems\\\" at "
            "'request.tools[0].function_declarations[83].parameters': Cannot find field."),
     "make it plainer"},
    {400,
     OPENAI("Invalid schema for response_format 'x': In context=(), 'additionalProperties' is required to be supplied "
            "and to be false.",
            "invalid_request_error", "\"response_format\"", "null"),
     "\"additionalProperties\": false"},
    {400,
     GOOGLE("400", "INVALID_ARGUMENT",
            "Unable to submit request because function call `default_api:f` in the 4. content block is missing a "
            "`thought_signature`."),
     "extra_content"},
    {400,
     GOOGLE("400", "FAILED_PRECONDITION",
            "Dedicated Endpoint cannot be accessed through the shared Vertex AI domain aiplatform.googleapis.com. "
            "Please access the endpoint using its dedicated domain name '1.us-central1-2.prediction.vertexai.goog'"),
     "\"base_url\" to https:// and the dedicated host"},
    {400, GOOGLE("400", "FAILED_PRECONDITION", "User location is not supported for the API use."), "use Vertex AI"},
    {400, "{\"error\":{\"message\":\"registry.ollama.ai/library/x does not support tools\",\"type\":\"api_error\"}}",
     "Leave \"tools\" out"},
    {400,
     OPENAI("An assistant message with 'tool_calls' must be followed by tool messages responding to each "
            "'tool_call_id'.",
            "invalid_request_error", "\"messages\"", "null"),
     "role \"tool\""},
    {400,
     GOOGLE("400", "INVALID_ARGUMENT", "Invalid Endpoint name: The model should be in the format of publisher/model."),
     "google/gemini"},
    {400, OPENAI("bad", "invalid_request_error", "null", "null"), NULL},
    {413, "<html><head><title>413 Request Entity Too Large</title></head></html>", "larger than this server takes"},
    {400,
     "{\"error\":{\"message\":\"Filtered.\",\"code\":\"content_filter\",\"status\":400,\"innererror\":{\"code\":"
     "\"ResponsibleAIPolicyViolation\"}}}",
     "content filter refused"},
    /* the credential */
    {401, OPENAI("Incorrect API key provided: sk-***.", "invalid_request_error", "null", "\"invalid_api_key\""),
     "Check the API key"},
    {401, "{\"detail\":\"Unauthorized\"}", "Check the API key"},
    {400,
     GOOGLE_REASON("400", "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", "API_KEY_INVALID"),
     "Check the API key"},
    {401, GOOGLE("401", "UNAUTHENTICATED", "API keys are not supported by this API. Expected OAuth2 access token."),
     "takes no API key"},
    {401,
     GOOGLE_REASON("401", "UNAUTHENTICATED", "Request had invalid authentication credentials.", "ACCESS_TOKEN_EXPIRED"),
     "clock"},
    {401, GOOGLE("401", "UNAUTHENTICATED", "Request had invalid authentication credentials."), "gcloud auth"},
    {403, "{\"message\":\"Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z\"}", "clock"},
    {403, "{\"__type\":\"RequestTimeTooSkewed\",\"message\":\"m\"}", "clock"},
    /* permission */
    {403,
     GOOGLE_REASON("403", "PERMISSION_DENIED", "Vertex AI API has not been used in project 1 before",
                   "SERVICE_DISABLED"),
     "services enable"},
    {403, GOOGLE_REASON("403", "PERMISSION_DENIED", "This API method requires billing", "BILLING_DISABLED"),
     "Enable billing"},
    {403,
     GOOGLE_REASON("403", "PERMISSION_DENIED", "Request had insufficient authentication scopes.",
                   "ACCESS_TOKEN_SCOPE_INSUFFICIENT"),
     "cloud-platform"},
    {403, GOOGLE_REASON("403", "PERMISSION_DENIED", "Caller does not have required permission", "USER_PROJECT_DENIED"),
     "quota_project"},
    {403, GOOGLE("403", "PERMISSION_DENIED", "Permission 'aiplatform.endpoints.predict' denied on resource '//x'"),
     "aiplatform.user"},
    {403,
     OPENAI("Country, region, or territory not supported", "request_forbidden", "null",
            "\"unsupported_country_region_territory\""),
     "does not serve the country"},
    {402, "{\"error\":{\"message\":\"Insufficient Balance\",\"type\":\"unknown_error\"}}", "credit"},
    {403, "<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>", "for a bot"},
    {403, "<html><head><title>Attention Required! | Cloudflare</title></head></html>", "for a bot"},
    /* not found */
    {404,
     GOOGLE("404", "NOT_FOUND",
            "Publisher Model `projects/p/locations/us-central1/publishers/google/models/gemini-3-pro` was not found or "
            "your project does not have access to it."),
     "location \"global\""},
    {404, "{\"error\":{\"message\":\"model \\\"x\\\" not found, try pulling it first\",\"type\":\"api_error\"}}",
     "ollama pull"},
    {404, GOOGLE("404", "NOT_FOUND", "Endpoint `projects/1/locations/us-central1/endpoints/2` not found."),
     "lives in one region"},
    {404,
     OPENAI("The model `gpt-9` does not exist or you do not have access to it.", "invalid_request_error", "null",
            "\"model_not_found\""),
     "Check the name in \"model\""},
    {404, "<html><head><title>Error 404 (Not Found)!!1</title></head></html>", "base_url"},
    {404, "{\"detail\":\"Not Found\"}", "base_url"},
    {404, "", "base_url"},
    {405, "{\"detail\":\"Method Not Allowed\"}", "base_url"},
    {302, "", "final address"},
    /* limits */
    {429, GOOGLE("429", "RESOURCE_EXHAUSTED", "Resource exhausted. Please try again later."), "\"global\""},
    {429, OPENAI("You exceeded your current quota", "insufficient_quota", "null", "\"insufficient_quota\""), "credit"},
    {429, OPENAI("Your account is not active", "billing_not_active", "null", "\"billing_not_active\""), "billing"},
    {429, OPENAI("Rate limit reached", "tokens", "null", "\"rate_limit_exceeded\""), "fewer requests"},
    {429, "{\"error\":{\"message\":\"Too many requests. Exceeded the Provisioned Throughput.\"}}", "shared capacity"},
    {429, "{\"error\":{\"details\":[{\"violations\":[{\"quotaId\":\"RequestsPerDay\"}]}]}}", "for the day"},
    {429, GOOGLE("429", "RESOURCE_EXHAUSTED", "Quota exceeded for metric: g.com/free, limit: 0, model: x"),
     "no share of this model"},
    /* the server */
    {499, GOOGLE("499", "CANCELLED", "The operation was cancelled."), "gave the request up"},
    {503, GOOGLE("503", "UNAVAILABLE", "The model is overloaded. Please try again later."), "overloaded"},
    {529, "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Busy\"}}", "overloaded"},
    {503, GOOGLE("503", "UNAVAILABLE", "This model is currently experiencing high demand."), "overloaded"},
    {503, "{\"error\":{\"code\":503,\"message\":\"Loading model\",\"type\":\"unavailable_error\"}}", "still loading"},
    {501, GOOGLE("501", "UNIMPLEMENTED", "Operation is not implemented"), "check \"model\""},
    {504, GOOGLE("504", "DEADLINE_EXCEEDED", "Deadline exceeded"), "answers sooner"},
    {502, "<html><head><title>502 Bad Gateway</title></head></html>", "A proxy answered"},
    {500, "", NULL},
};

static void test_each_has_its_advice(void **state) {
  (void)state;
  cai_failure f;
  cai_failure_init(&f);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    cai_failure_from_reply(&f, rows[i].status, NULL, rows[i].body, strlen(rows[i].body), 0);
    if (!f.hint != !rows[i].hint || (f.hint && !strstr(f.hint, rows[i].hint)))
      fail_msg("row %zu, %s: %s", i, rows[i].body, f.err.message);
    if (f.hint) assert_non_null(strstr(f.err.message, f.hint));
    if (f.hint) assert_null(strstr(f.hint, "\n"));
  }
  cai_failure_fini(&f);
}

/* Under status 200 the same words are advised on as under their own. */
static void test_in_a_stream_too(void **state) {
  (void)state;
  const char *body = GOOGLE("503", "UNAVAILABLE", "The model is overloaded.");
  cai_failure f;
  cai_failure_init(&f);
  cai_failure_from_reply(&f, 200, NULL, body, strlen(body), 0);
  assert_non_null(f.hint);
  assert_non_null(strstr(f.hint, "overloaded"));
  cai_failure_fini(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_has_its_advice),
                                     cmocka_unit_test(test_in_a_stream_too)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
