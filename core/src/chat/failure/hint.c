/* SPDX-License-Identifier: MIT
 *
 * The first rule that fits is taken, so the narrower ones stand before the wider ones. */
#include "hint.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "chatabi.h"
#include "quota.h"

typedef struct hint_rule {
  int code;         /* 0: any */
  size_t field;     /* where `part` is looked for, in any case */
  const char *part; /* NULL: whatever the server said */
  const char *also; /* in the server's words, too; NULL: nothing */
  const char *hint;
} hint_rule;

#define CODE offsetof(cai_failure, provider_code)
#define STATUS offsetof(cai_failure, provider_status)
#define TYPE offsetof(cai_failure, provider_type)
#define REASON offsetof(cai_failure, provider_reason)
#define WORDS offsetof(cai_failure, provider_message)
#define PARAM offsetof(cai_failure, param)

static const char too_long[] =
    "The messages are longer than this model can take: send fewer or shorter ones, lower \"max_tokens\", or choose a "
    "model with a longer context.";
static const char other_limit[] = "This model takes \"max_completion_tokens\" in place of \"max_tokens\".";
static const char old_limit[] = "This server takes \"max_tokens\" in place of \"max_completion_tokens\".";
static const char no_stream_options[] =
    "This server does not know \"stream_options\": send the body without it, or with null for it.";
static const char no_member[] =
    "Leave out of the body what the server names here, or give it a value that this model takes.";
static const char schema[] =
    "The schema in \"response_format\" or \"tools\" is not one that this model takes: make it plainer. Gemini takes a "
    "part of OpenAPI 3.0, with few limits and enums; OpenAI's strict mode wants every property in \"required\" and "
    "\"additionalProperties\": false.";
static const char check_key[] = "Check the API key: it may be mistyped, revoked or meant for another server.";
static const char set_clock[] = "Set this machine's clock: it differs from the server's.";
static const char overloaded[] =
    "The model is overloaded: send again later, or use another model; on Vertex AI, location \"global\" has the most "
    "shared capacity.";
static const char bot_check[] =
    "Cloudflare answered in the server's place: it takes this program for a bot, or bars this network. Check option "
    "\"base_url\": an API has a host of its own.";
static const char enable_api[] =
    "Enable the Vertex AI API in this project: gcloud services enable aiplatform.googleapis.com";
static const char quota_project[] =
    "Set option \"quota_project\" to a project in which the credential may use services.";
static const char check_location[] =
    "Check the model's name, and that it is served in this location: many models are only in location \"global\" "
    "(option \"location\").";

/* Sources of words that no documentation has: Function calling https://github.com/googleapis/python-genai/issues/867,
 * schema https://github.com/googleapis/python-genai/issues/660, dedicated host
 * https://github.com/yanolja/ogem/issues/110, input tokens https://github.com/google-gemini/gemini-cli/issues/6678. */
static const hint_rule rules[] = {
    {0, WORDS, "Just a moment...", NULL, bot_check},
    {0, WORDS, "Attention Required!", "Cloudflare", bot_check},

    {CHATABI_E_INVALID_REQUEST, WORDS, "thought_signature", NULL,
     "Send assistant messages back as they came in the result, with \"extra_content\" in their tool calls."},
    {CHATABI_E_INVALID_REQUEST, CODE, "context_length_exceeded", NULL, too_long},
    {CHATABI_E_INVALID_REQUEST, TYPE, "exceed_context_size", NULL, too_long},
    {CHATABI_E_INVALID_REQUEST, WORDS, "maximum context length", NULL, too_long},
    {CHATABI_E_INVALID_REQUEST, WORDS, "context size", NULL, too_long},
    {CHATABI_E_INVALID_REQUEST, WORDS, "input token count", "exceeds", too_long},
    {CHATABI_E_INVALID_REQUEST, WORDS, "prompt is too long", NULL, too_long},
    {CHATABI_E_INVALID_REQUEST, PARAM, "max_completion_tokens", NULL, old_limit},
    {CHATABI_E_INVALID_REQUEST, WORDS, "'max_tokens'", "max_completion_tokens", other_limit},
    {CHATABI_E_INVALID_REQUEST, PARAM, "stream_options", NULL, no_stream_options},
    {CHATABI_E_INVALID_REQUEST, WORDS, "stream_options", NULL, no_stream_options},
    {CHATABI_E_INVALID_REQUEST, WORDS, "function calling with a response mime type", NULL,
     "This model takes either \"tools\" or a JSON \"response_format\", not both: leave one of them out."},
    {CHATABI_E_INVALID_REQUEST, WORDS, "too many states", NULL, schema},
    {CHATABI_E_INVALID_REQUEST, WORDS, "invalid schema", NULL, schema},
    {CHATABI_E_INVALID_REQUEST, WORDS, "unknown name", "schema", schema},
    {CHATABI_E_INVALID_REQUEST, WORDS, "unknown name", "function_declarations", schema},
    {CHATABI_E_INVALID_REQUEST, CODE, "unsupported_", NULL, no_member},
    {CHATABI_E_INVALID_REQUEST, CODE, "unknown_parameter", NULL, no_member},
    {CHATABI_E_INVALID_REQUEST, TYPE, "extra_forbidden", NULL, no_member},
    {CHATABI_E_INVALID_REQUEST, WORDS, "dedicated endpoint", NULL,
     "Set option \"base_url\" to https:// and the dedicated host that the server names; \"endpoint\" and the others "
     "stay."},
    {CHATABI_E_INVALID_REQUEST, WORDS, "location is not supported", NULL,
     "The Gemini API is not offered where this machine is: use Vertex AI (option \"provider\" vertex)."},
    {CHATABI_E_INVALID_REQUEST, WORDS, "does not support tools", NULL,
     "Leave \"tools\" out of the body, or choose a model that was made for them."},
    {CHATABI_E_INVALID_REQUEST, WORDS, "tool_call_id", "must be followed",
     "Behind an assistant message with tool calls there must be one message of role \"tool\" for each of them."},
    {CHATABI_E_INVALID_REQUEST, WORDS, "publisher", "model",
     "On Vertex AI a model's name has its publisher before it, such as \"google/gemini-2.5-flash\"."},

    {CHATABI_E_BLOCKED, WORDS, NULL, NULL,
     "The provider's content filter refused this: change the messages, or the filter's settings (Google: "
     "\"safety_settings\" in \"extra_body\"; Azure: the deployment's content filter)."},

    {CHATABI_E_UNAUTHENTICATED, WORDS, "API keys are not supported", NULL,
     "This path of Vertex AI takes no API key: use auth \"adc\", or provider \"gemini\" with a key of the Gemini API."},
    {CHATABI_E_UNAUTHENTICATED, REASON, "API_KEY_INVALID", NULL, check_key},
    {CHATABI_E_UNAUTHENTICATED, WORDS, "API key", NULL, check_key},
    {CHATABI_E_UNAUTHENTICATED, REASON, "ACCESS_TOKEN_EXPIRED", NULL,
     "The access token was past its end: give a new one if it is your own (auth \"token\"), or else check this "
     "machine's "
     "clock."},
    {CHATABI_E_UNAUTHENTICATED, STATUS, "", NULL,
     "Check the credential: it may be expired, revoked or meant for another service. A person's login is renewed by: "
     "gcloud auth application-default login"},
    {0, TYPE, "RequestTimeTooSkewed", NULL, set_clock},
    {0, WORDS, "signature expired", NULL, set_clock},
    {0, WORDS, "signature not yet current", NULL, set_clock},
    {CHATABI_E_UNAUTHENTICATED, WORDS, NULL, NULL, check_key},

    {CHATABI_E_PERMISSION, REASON, "SERVICE_DISABLED", NULL, enable_api},
    {CHATABI_E_PERMISSION, WORDS, "has not been used in project", NULL, enable_api},
    {CHATABI_E_PERMISSION, REASON, "BILLING_DISABLED", NULL, "Enable billing for the project."},
    {CHATABI_E_PERMISSION, REASON, "ACCESS_TOKEN_SCOPE_INSUFFICIENT", NULL,
     "The credential lacks the scope https://www.googleapis.com/auth/cloud-platform."},
    {CHATABI_E_PERMISSION, REASON, "USER_PROJECT_DENIED", NULL, quota_project},
    {CHATABI_E_PERMISSION, WORDS, "quota project", NULL, quota_project},
    {CHATABI_E_PERMISSION, CODE, "unsupported_country", NULL,
     "The provider does not serve the country that this machine is seen in (options \"proxy\", \"base_url\")."},
    {CHATABI_E_PERMISSION, WORDS, "aiplatform.", NULL,
     "Grant the credential's principal the role roles/aiplatform.user in this project, and check option \"project\"."},
    {CHATABI_E_PERMISSION, WORDS, "billing", NULL, "Enable billing for the project."},

    {CHATABI_E_NOT_FOUND, WORDS, "publishers/", NULL, check_location},
    {CHATABI_E_NOT_FOUND, WORDS, "publisher model", NULL, check_location},
    {CHATABI_E_NOT_FOUND, WORDS, "try pulling it", NULL, "Load the model onto the server first: ollama pull MODEL"},
    {CHATABI_E_NOT_FOUND, WORDS, "endpoint", NULL,
     "Check options \"endpoint\" and \"location\": an endpoint lives in one region, and one with a dedicated host "
     "needs "
     "that host as \"base_url\"."},
    {CHATABI_E_NOT_FOUND, WORDS, "model", NULL,
     "Check the name in \"model\", and that this account may use that model on this server."},

    {CHATABI_E_SERVER, STATUS, "CANCELLED", NULL,
     "The server gave the request up before it was done: send it again; with a lower \"max_tokens\" or "
     "\"reasoning_effort\" it is done sooner."},
    {CHATABI_E_SERVER, TYPE, "overloaded", NULL, overloaded},
    {CHATABI_E_SERVER, WORDS, "overloaded", NULL, overloaded},
    {CHATABI_E_SERVER, WORDS, "high demand", NULL, overloaded},
    {CHATABI_E_SERVER, WORDS, "over capacity", NULL, overloaded},
    {CHATABI_E_SERVER, WORDS, "loading model", NULL, "The server is still loading the model: send again in a minute."},
    {CHATABI_E_SERVER, STATUS, "UNIMPLEMENTED", NULL,
     "This server does not do that for this model: check \"model\", and the path of option \"base_url\"."},
    {CHATABI_E_TIMEOUT, WORDS, NULL, NULL,
     "The server itself ran out of time: send again; with \"stream\": true, or a lower \"max_tokens\" or "
     "\"reasoning_effort\", it answers sooner."},
};

static bool has(const char *text, const char *part) { return text && (!part || strcasestr(text, part)); }

static bool fits(const hint_rule *rule, const cai_failure *failure) {
  char *text;
  if (rule->code && rule->code != failure->err.code) return false;
  if (!rule->part) return true;
  memcpy(&text, (const char *)failure + rule->field, sizeof text);
  return has(text, rule->part) && (!rule->also || has(failure->provider_message, rule->also));
}

static const char *for_quota(const cai_failure *failure) {
  if (cai_quota_is_credit(failure))
    return "The account has no credit left, or is closed: waiting does not help, check its plan and billing.";
  if (has(failure->provider_message, "provisioned throughput"))
    return "Waiting rarely helps: allow shared capacity too, or order more provisioned throughput.";
  if (cai_quota_is_zero(failure))
    return "This account's plan has no share of this model at all: use another model, or enable billing.";
  if (failure->terminal) return "This is a quota for the day: wait for the next day or ask for more quota.";
  if (has(failure->provider_status, "RESOURCE_EXHAUSTED"))
    return "Send fewer requests at a time; on Vertex AI, location \"global\" has the most shared capacity.";
  return "Send fewer requests at a time.";
}

/* A page or silence; FastAPI and others say no more than the status's name. */
static bool is_wrong_path(const cai_failure *failure, bool is_html) {
  const char *words = failure->provider_message;
  if (failure->http_status == 405) return true;
  if (failure->err.code == CHATABI_E_INVALID_REQUEST) return is_html && failure->http_status != 413;
  return failure->err.code == CHATABI_E_NOT_FOUND && (is_html || !words || strcasecmp(words, "not found") == 0);
}

static const char *by_status(const cai_failure *failure, bool is_html) {
  if (failure->err.code == CHATABI_E_RATE_LIMIT) return for_quota(failure);
  if (failure->http_status == 402) return "Check the account's billing and credit.";
  if (failure->http_status == 413)
    return "The body is larger than this server takes: send fewer or smaller messages, images and files.";
  if (failure->http_status >= 300 && failure->http_status < 400)
    return "Redirects are not followed: set option \"base_url\" to the server's final address.";
  if (failure->err.code == CHATABI_E_SERVER && is_html)
    return "A proxy answered, not the server behind it: is that running, and does option \"base_url\" lead to it?";
  return NULL;
}

const char *cai_hint_for(const cai_failure *failure, bool is_html) {
  if (is_wrong_path(failure, is_html))
    return "No such path on this server: check the path of option \"base_url\" (it usually ends in /v1).";
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
    if (fits(&rules[i], failure)) return rules[i].hint;
  return by_status(failure, is_html);
}
