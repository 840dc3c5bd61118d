/* SPDX-License-Identifier: MIT */
#include "prompt.h"

#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "history.h"
#include "manners.h"
#include "part.h"
#include "signature.h"

enum { TEXT_MAX = EMU_BODY_MAX };

static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

int64_t emu_prompt_words(const char *text) {
  int64_t words = 0;
  bool inside = false;
  for (; *text; text++) {
    if (!is_space(*text) && !inside) words++;
    inside = !is_space(*text);
  }
  return words;
}

/* ---- text of messages ---- */

static void append_line(cai_buf *out, const char *text) {
  bool gap = out->len > 0;
  for (; *text; text++) {
    if (is_space(*text)) {
      gap = out->len > 0;
      continue;
    }
    if (gap && out->len) cai_buf_byte(out, ' ');
    gap = false;
    cai_buf_byte(out, *text);
  }
}

static void append_content(cai_buf *out, const cJSON *message) {
  const cJSON *content = cJSON_GetObjectItemCaseSensitive(message, "content"), *part;
  if (cJSON_IsString(content)) append_line(out, content->valuestring);
  if (!cJSON_IsArray(content)) return;
  cJSON_ArrayForEach(part, content) {
    const char *text = cai_json_string(part, "text");
    if (text) append_line(out, text);
  }
}

/* Owned; NULL when out of memory. */
static char *content_text(const cJSON *message) {
  cai_buf text;
  cai_buf_init(&text, TEXT_MAX);
  append_content(&text, message);
  char *taken = cai_buf_take(&text);
  cai_buf_fini(&text);
  return taken;
}

/* ---- checks ---- */

static bool check_types(const cJSON *body, emu_problem *problem) {
  const cJSON *stream = cJSON_GetObjectItemCaseSensitive(body, "stream"),
              *tools = cJSON_GetObjectItemCaseSensitive(body, "tools"),
              *n = cJSON_GetObjectItemCaseSensitive(body, "n"), *tool;
  if (stream && !cJSON_IsBool(stream) && !cJSON_IsNull(stream))
    return emu_problem_refuse(problem, NULL, "stream", "'stream' must be a boolean.");
  if (n && !cJSON_IsNull(n) && (cai_json_int(body, "n", 0) < 1 || cai_json_int(body, "n", 0) > EMU_CHOICES_MAX))
    return emu_problem_refuse(problem, NULL, "n", "'n' must be a whole number from 1 to 16.");
  if (tools && !cJSON_IsArray(tools) && !cJSON_IsNull(tools))
    return emu_problem_refuse(problem, NULL, "tools", "'tools' must be an array.");
  cJSON_ArrayForEach(tool, tools) {
    if (!cai_json_string(cai_json_object(tool, "function"), "name"))
      return emu_problem_refuse(problem, NULL, "tools", "Every tool needs a function with a name.");
  }
  const cJSON *options = cJSON_GetObjectItemCaseSensitive(body, "stream_options");
  if (cJSON_IsObject(options) && !cJSON_IsTrue(stream))
    return emu_problem_refuse(problem, NULL, "stream_options",
                              "The 'stream_options' parameter is only allowed when 'stream' is enabled.");
  return true;
}

static bool check_chat(const cJSON *body, const emu_place *place, emu_problem *problem) {
  const cJSON *messages = cJSON_GetObjectItemCaseSensitive(body, "messages");
  const char *model = cai_json_string(body, "model");
  if (!emu_history_check(messages, problem)) return false;
  if (!model && place->surface != EMU_ENDPOINT)
    return emu_problem_refuse(problem, NULL, "model", "You must provide a model parameter.");
  if (!model) model = "";
  if (!emu_manners_check(body, place, model, problem)) return false;
  if (emu_signature_is_wanted(place, model) && !emu_signature_check(messages, place, problem)) return false;
  return check_types(body, problem);
}

static bool check_completion(const cJSON *body, const emu_place *place, emu_problem *problem) {
  const cJSON *prompt = cJSON_GetObjectItemCaseSensitive(body, "prompt");
  if (!cai_json_string(body, "model") && place->surface != EMU_ENDPOINT)
    return emu_problem_refuse(problem, NULL, "model", "You must provide a model parameter.");
  if (!cJSON_IsString(prompt) && !cJSON_IsArray(prompt))
    return emu_problem_refuse(problem, NULL, "prompt", "Expected 'prompt' to be a string or an array.");
  return check_types(body, problem);
}

/* ---- understanding ---- */

static uint64_t hash(uint64_t sum, const char *text) {
  for (; *text; text++) sum = (sum ^ (unsigned char)*text) * 1099511628211u; /* FNV-1a */
  return sum;
}

/* Of what is asked, in whatever order an object's members come: languages write them in orders of their own. */
static uint64_t seed_of(const cJSON *item) {
  const uint64_t start = 14695981039346656037u;
  uint64_t sum = hash(start, cJSON_IsString(item) ? item->valuestring : "");
  const cJSON *child;
  cJSON_ArrayForEach(child, item) {
    if (cJSON_IsObject(item))
      sum += hash(seed_of(child), child->string);
    else
      sum = (sum ^ seed_of(child)) * 1099511628211u;
  }
  uint64_t number = 0;
  if (cJSON_IsNumber(item)) memcpy(&number, &item->valuedouble, sizeof number);
  return sum + number + (uint64_t)item->type;
}

static bool take_user(emu_prompt *prompt, const emu_place *place, const cJSON *user) {
  cai_buf parts;
  /* Google's paths know no part of the type "file", and what they do not know they leave out. */
  bool skip_files = emu_manners_of(place, prompt->model) == EMU_LIKE_GOOGLE;
  cai_buf_init(&parts, 4096);
  emu_part_list(user, skip_files, &parts);
  prompt->parts = cai_buf_take(&parts);
  cai_buf_fini(&parts);
  prompt->user = content_text(user);
  return prompt->user && prompt->parts;
}

static bool take_messages(emu_prompt *prompt, const emu_place *place) {
  const cJSON *messages = cJSON_GetObjectItemCaseSensitive(prompt->body, "messages"), *message, *user = NULL,
              *last = NULL;
  cJSON_ArrayForEach(message, messages) {
    last = message;
    if (emu_history_role_is(message, "user")) user = message;
    char *text = content_text(message);
    if (!text) return false;
    prompt->prompt_tokens += emu_prompt_words(text);
    cai_free(text);
  }
  prompt->rounds = emu_history_rounds(messages);
  bool is_tool = emu_history_role_is(last, "tool") || emu_history_role_is(last, "function");
  if (is_tool) prompt->tool_result = content_text(last);
  prompt->seed = seed_of(messages);
  return take_user(prompt, place, user) && (!is_tool || prompt->tool_result);
}

static bool take_text(emu_prompt *prompt) {
  const cJSON *asked = cJSON_GetObjectItemCaseSensitive(prompt->body, "prompt"),
              *text = cJSON_IsArray(asked) ? asked->child : asked;
  cai_buf line;
  cai_buf_init(&line, TEXT_MAX);
  if (cJSON_IsString(text)) append_line(&line, text->valuestring);
  prompt->user = cai_buf_take(&line);
  cai_buf_fini(&line);
  prompt->parts = cai_strdup("");
  if (prompt->user) prompt->prompt_tokens = emu_prompt_words(prompt->user);
  prompt->completion = true;
  prompt->seed = seed_of(asked);
  return prompt->user && prompt->parts;
}

static bool is_on(const cJSON *object, const char *name) {
  return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static bool wants_audio(const cJSON *body) {
  const cJSON *one;
  cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(body, "modalities")) {
    if (cJSON_IsString(one) && strcmp(one->valuestring, "audio") == 0) return true;
  }
  return false;
}

/* Source: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/v1/GenerateContentResponse
 * (TrafficType). */
static const char *traffic_of(const emu_exchange *exchange) {
  const char *shared = emu_exchange_header(exchange, "X-Vertex-AI-LLM-Shared-Request-Type"),
             *type = emu_exchange_header(exchange, "X-Vertex-AI-LLM-Request-Type");
  if (type && strcmp(type, "dedicated") == 0) return "PROVISIONED_THROUGHPUT";
  if (shared && strcmp(shared, "flex") == 0) return "ON_DEMAND_FLEX";
  return shared && strcmp(shared, "priority") == 0 ? "ON_DEMAND_PRIORITY" : "ON_DEMAND";
}

static void take_thinking(emu_prompt *prompt) {
  const cJSON *body = prompt->body, *google = cai_json_object(cai_json_object(body, "extra_body"), "google"),
              *thinking = cai_json_object(google, "thinking_config");
  const char *effort = cai_json_string(body, "reasoning_effort");
  prompt->reasons = (effort && strcmp(effort, "none") != 0) || thinking;
  prompt->shows_thoughts = is_on(thinking, "include_thoughts");
  prompt->marker = cai_json_string(google, "thought_tag_marker");
}

static void take_switches(emu_prompt *prompt, const emu_exchange *exchange, const emu_place *place) {
  const cJSON *body = prompt->body;
  prompt->model = cai_json_string(body, "model");
  if (!prompt->model) prompt->model = "";
  prompt->stream = is_on(body, "stream");
  prompt->include_usage = is_on(cai_json_object(body, "stream_options"), "include_usage");
  prompt->choices = (int)cai_json_int(body, "n", 1);
  prompt->max_tokens = cai_json_int(body, "max_completion_tokens", cai_json_int(body, "max_tokens", -1));
  prompt->logprobs = is_on(body, "logprobs");
  prompt->top_logprobs = (int)cai_json_int(body, "top_logprobs", 0);
  prompt->audio = wants_audio(body);
  prompt->traffic = traffic_of(exchange);
  prompt->signs = emu_signature_is_wanted(place, prompt->model);
  take_thinking(prompt);
}

bool emu_prompt_parse(const emu_exchange *exchange, const emu_place *place, cJSON **body, emu_problem *problem) {
  cai_err err;
  const char *type = emu_exchange_header(exchange, "Content-Type");
  if (!type || strncmp(type, "application/json", 16) != 0)
    return emu_problem_refuse(problem, NULL, NULL, "The Content-Type must be application/json.");
  *body = cai_json_parse(cai_buf_view(&exchange->body), exchange->body.len, "the request body", &err);
  if (!*body)
    return emu_problem_set(problem, 400, NULL, "%s: %.400s",
                           place->surface == EMU_OPENAI ? "We could not parse the JSON body of your request"
                                                        : "Invalid JSON payload received. Unexpected token",
                           err.message);
  return cJSON_IsObject(*body) || emu_problem_refuse(problem, NULL, NULL, "The body must be a JSON object.");
}

bool emu_prompt_read(const emu_exchange *exchange, const emu_place *place, emu_prompt *prompt, emu_problem *problem) {
  memset(prompt, 0, sizeof *prompt);
  bool chat = place->task == EMU_CHAT;
  if (!emu_prompt_parse(exchange, place, &prompt->body, problem)) return false;
  if (!(chat ? check_chat : check_completion)(prompt->body, place, problem)) return false;
  take_switches(prompt, exchange, place);
  if (!(chat ? take_messages(prompt, place) : take_text(prompt)))
    return emu_problem_set(problem, 500, NULL, "The emulator is out of memory.");
  prompt->refuses = chat && strstr(prompt->user, "refuse");
  prompt->reasons = chat && prompt->reasons;
  prompt->audio = chat && prompt->audio;
  return true;
}

void emu_prompt_fini(emu_prompt *prompt) {
  cJSON_Delete(prompt->body);
  cai_free(prompt->user);
  cai_free(prompt->parts);
  cai_free(prompt->tool_result);
}
