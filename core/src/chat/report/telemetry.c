/* SPDX-License-Identifier: MIT
 *
 * Source: https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/gen-ai-spans.md,
 * gen-ai-metrics.md and openai.md there; server.*, error.type and http.* are in
 * https://opentelemetry.io/docs/specs/semconv/registry/. */
#include "telemetry.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "../../base/err.h"
#include "../../base/url.h"

enum { TEXT_MAX = 256, LIST_MAX = 16 }; /* what is longer is no name */

typedef enum value_kind { TEXT, INTEGER, NUMBER, TEXTS } value_kind;

/* ---- values ---- */

static void name(cai_buf *out, const char *key) {
  char last = out->len ? cai_buf_view(out)[out->len - 1] : '{';
  cai_buf_format(out, "%s\"%s\":", last == '{' ? "" : ",", key);
}

static void add_text(cai_buf *out, const char *key, const char *text) {
  if (!text || !*text) return;
  name(out, key);
  cai_scan_quote(out, text, strlen(text));
}

static void add_count(cai_buf *out, const char *key, int64_t count, int64_t least) {
  if (count < least) return;
  name(out, key);
  cai_buf_format(out, "%lld", (long long)count);
}

static void add_seconds(cai_buf *out, const char *key, int64_t ms) {
  if (ms < 0) return;
  name(out, key);
  cai_buf_format(out, "%lld.%03d", (long long)(ms / 1000), (int)(ms % 1000));
}

static bool is_name(cai_span value) { return cai_scan_is_string(value) && value.len > 2 && value.len <= TEXT_MAX; }

/* What could not be read is not silently left out. */
static void inherit(cai_buf *out, const cai_buf *part) {
  if (!out->error) out->error = part->error;
}

/* Decoded and quoted anew, so that whatever stands in it is one line of valid UTF-8. */
static void quote(cai_buf *out, cai_span value) {
  cai_buf text;
  cai_buf_init(&text, value.len);
  cai_scan_string(value, &text);
  cai_scan_quote(out, cai_buf_view(&text), text.len);
  inherit(out, &text);
  cai_buf_fini(&text);
}

static bool is_number(cai_span value) {
  return value.len && value.len <= 32 && (*value.at == '-' || (*value.at >= '0' && *value.at <= '9'));
}

/* One text, or a list of them: both are meant by "stop". */
static void add_texts(cai_buf *out, const char *key, cai_span value) {
  cai_span one;
  int count = 0;
  cai_scan scan = cai_scan_elements(value);
  if (is_name(value)) {
    name(out, key);
    cai_buf_byte(out, '[');
    quote(out, value);
    cai_buf_byte(out, ']');
  }
  while (count < LIST_MAX && cai_scan_element(&scan, &one)) {
    if (!is_name(one)) continue;
    if (!count++) name(out, key);
    cai_buf_byte(out, count == 1 ? '[' : ',');
    quote(out, one);
  }
  if (count) cai_buf_byte(out, ']');
}

static void add_value(cai_buf *out, const char *key, value_kind kind, cai_span value) {
  int64_t integer;
  if (kind == TEXTS) {
    add_texts(out, key, value);
  } else if (kind == TEXT && is_name(value)) {
    name(out, key);
    quote(out, value);
  } else if (kind == INTEGER && cai_scan_int(value, &integer)) {
    name(out, key);
    cai_buf_format(out, "%lld", (long long)integer);
  } else if (kind == NUMBER && is_number(value)) {
    name(out, key);
    cai_buf_append(out, value.at, value.len);
  }
}

/* ---- the request ---- */

typedef struct parameter {
  const char *member;
  const char *attribute;
  value_kind kind;
} parameter;

enum { N, STREAM, FORMAT, MODALITIES, OLD_MAX, NEW_MAX, PLAIN }; /* the first ones need a second look */

static const parameter parameters[] = {
    [N] = {"n", "gen_ai.request.choice.count", INTEGER},
    [STREAM] = {"stream", "gen_ai.request.stream", TEXT},
    [FORMAT] = {"response_format", "gen_ai.output.type", TEXT},
    [MODALITIES] = {"modalities", "gen_ai.output.type", TEXT},
    [OLD_MAX] = {"max_tokens", "gen_ai.request.max_tokens", INTEGER},
    [NEW_MAX] = {"max_completion_tokens", "gen_ai.request.max_tokens", INTEGER},
    [PLAIN] = {"model", "gen_ai.request.model", TEXT},
    {"temperature", "gen_ai.request.temperature", NUMBER},
    {"top_p", "gen_ai.request.top_p", NUMBER},
    {"top_k", "gen_ai.request.top_k", NUMBER},
    {"frequency_penalty", "gen_ai.request.frequency_penalty", NUMBER},
    {"presence_penalty", "gen_ai.request.presence_penalty", NUMBER},
    {"seed", "gen_ai.request.seed", INTEGER},
    {"stop", "gen_ai.request.stop_sequences", TEXTS},
    {"reasoning_effort", "gen_ai.request.reasoning.level", TEXT},
    {"service_tier", "openai.request.service_tier", TEXT},
};

enum { PARAMETERS = sizeof parameters / sizeof *parameters };

static const char *output_type(cai_span format, cai_span modalities) {
  cai_span one, type = cai_scan_get(format, "type");
  const char *found = NULL;
  if (cai_span_equal(type, "\"json_object\"") || cai_span_equal(type, "\"json_schema\"")) return "json";
  if (cai_span_equal(type, "\"text\"")) found = "text";
  cai_scan scan = cai_scan_elements(modalities);
  while (cai_scan_element(&scan, &one)) {
    if (cai_span_equal(one, "\"image\"")) return "image";
    if (cai_span_equal(one, "\"audio\"")) return "speech";
  }
  return found;
}

int cai_telemetry_request(cai_buf *out, cai_span body) {
  cai_span values[PARAMETERS] = {{NULL, 0}}, key, value;
  int64_t n;
  cai_scan scan = cai_scan_members(body);
  while (cai_scan_member(&scan, &key, &value))
    for (size_t i = 0; i < PARAMETERS; i++)
      if (cai_scan_key_is(key, parameters[i].member)) values[i] = value;
  for (size_t i = PLAIN; i < PARAMETERS; i++) add_value(out, parameters[i].attribute, parameters[i].kind, values[i]);
  add_value(out, parameters[NEW_MAX].attribute, INTEGER, values[cai_scan_int(values[NEW_MAX], &n) ? NEW_MAX : OLD_MAX]);
  if (cai_scan_int(values[N], &n) && n != 1) add_count(out, parameters[N].attribute, n, 0);
  if (cai_span_equal(values[STREAM], "true")) {
    name(out, parameters[STREAM].attribute);
    cai_buf_text(out, "true");
  }
  add_text(out, parameters[FORMAT].attribute, output_type(values[FORMAT], values[MODALITIES]));
  return out->error;
}

/* ---- the line ---- */

/* A server that speaks OpenAI's protocol is named after who runs it, where the convention has a name for that. */
static const char *provider_of(const cai_telemetry *facts) {
  static const struct {
    const char *domain, *name;
  } hosts[] = {{"openai.azure.com", "azure.ai.openai"},
               {"openai.com", "openai"},
               {"anthropic.com", "anthropic"},
               {"mistral.ai", "mistral_ai"},
               {"groq.com", "groq"},
               {"deepseek.com", "deepseek"},
               {"x.ai", "x_ai"},
               {"perplexity.ai", "perplexity"},
               {"cohere.com", "cohere"},
               {"cohere.ai", "cohere"},
               {"moonshot.ai", "moonshot_ai"},
               {"amazonaws.com", "aws.bedrock"},
               {"aiplatform.googleapis.com", "gcp.vertex_ai"},
               {"generativelanguage.googleapis.com", "gcp.gemini"}};
  const char *provider = facts->provider ? facts->provider : "compatible";
  if (strcmp(provider, "vertex") == 0) return "gcp.vertex_ai";
  if (strcmp(provider, "gemini") == 0) return "gcp.gemini";
  if (strcmp(provider, "compatible") != 0) return provider;
  for (size_t i = 0; facts->address && i < sizeof hosts / sizeof *hosts; i++)
    if (cai_url_host_within(facts->address, hosts[i].domain)) return hosts[i].name;
  return provider;
}

static bool is_stream(cai_span key, cai_span value) {
  return cai_scan_key_is(key, parameters[STREAM].attribute) && cai_span_equal(value, "true");
}

/* True: the answer was asked for as a stream. What is OpenAI's own is only told of OpenAI. */
static bool add_request(cai_buf *out, cai_span request, bool openai) {
  cai_buf object;
  cai_span key, value;
  bool streamed = false;
  cai_buf_init(&object, request.len + 2);
  cai_buf_byte(&object, '{');
  if (request.len) cai_buf_append(&object, request.at, request.len);
  cai_buf_byte(&object, '}');
  cai_scan scan = cai_scan_members((cai_span){cai_buf_view(&object), object.len});
  while (cai_scan_member(&scan, &key, &value)) {
    streamed = streamed || is_stream(key, value);
    if (!openai && key.len > 7 && memcmp(key.at, "openai.", 7) == 0) continue;
    cai_buf_format(out, ",\"%.*s\":", (int)key.len, key.at);
    cai_buf_append(out, value.at, value.len);
  }
  inherit(out, &object);
  cai_buf_fini(&object);
  return streamed;
}

static void add_finish_reasons(cai_buf *out, cai_span choices) {
  cai_span choice;
  int count = 0;
  cai_scan scan = cai_scan_elements(choices);
  while (cai_scan_element(&scan, &choice)) {
    cai_span reason = cai_scan_get(choice, "finish_reason");
    if (!is_name(reason)) continue;
    if (!count++) name(out, "gen_ai.response.finish_reasons");
    cai_buf_byte(out, count == 1 ? '[' : ',');
    quote(out, reason);
  }
  if (count) cai_buf_byte(out, ']');
}

static void add_answer(cai_buf *out, cai_span answer, bool openai) {
  add_value(out, "gen_ai.response.id", TEXT, cai_scan_get(answer, "id"));
  add_value(out, "gen_ai.response.model", TEXT, cai_scan_get(answer, "model"));
  add_finish_reasons(out, cai_scan_get(answer, "choices"));
  if (!openai) return;
  add_value(out, "openai.response.service_tier", TEXT, cai_scan_get(answer, "service_tier"));
  add_value(out, "openai.response.system_fingerprint", TEXT, cai_scan_get(answer, "system_fingerprint"));
}

static void add_usage(cai_buf *out, const cai_telemetry *facts) {
  add_count(out, "gen_ai.usage.input_tokens", facts->input_tokens, 0);
  add_count(out, "gen_ai.usage.output_tokens", facts->output_tokens, 0);
  add_count(out, "gen_ai.usage.reasoning.output_tokens", facts->reasoning_tokens, 0);
  add_count(out, "gen_ai.usage.cache_read.input_tokens", facts->cached_tokens, 0);
}

int cai_telemetry_write(cai_buf *out, const cai_telemetry *facts) {
  const char *provider = provider_of(facts);
  bool openai = strcmp(provider, "openai") == 0;
  cai_buf_byte(out, '{');
  add_text(out, "gen_ai.operation.name", facts->operation ? facts->operation : "chat");
  add_text(out, "gen_ai.provider.name", provider);
  if (openai) add_text(out, "openai.api.type", "chat_completions");
  add_text(out, "server.address", facts->address);
  if (facts->address) add_count(out, "server.port", facts->port, 1);
  bool streamed = add_request(out, facts->request, openai);
  add_answer(out, facts->answer, openai);
  add_usage(out, facts);
  add_count(out, "http.response.status_code", facts->http_status, 1);
  add_count(out, "http.request.resend_count", facts->attempts - 1, 1);
  if (facts->error_code) add_text(out, "error.type", cai_err_name(facts->error_code));
  add_seconds(out, "gen_ai.client.operation.duration", facts->total_ms);
  if (streamed) add_seconds(out, "gen_ai.response.time_to_first_chunk", facts->first_token_ms);
  return cai_buf_byte(out, '}');
}
