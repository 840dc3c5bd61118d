/* SPDX-License-Identifier: MIT */
#include "prompt.h"

#include <string.h>

#include "base/alloc.h"
#include "base/json.h"

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

static bool refuse(emu_problem *problem, const char *param, const char *message) {
  problem->param = param;
  return emu_problem_set(problem, 400, NULL, "%s", message);
}

static bool role_is(const cJSON *message, const char *role) {
  const char *own = cai_json_string(message, "role");
  return own && strcmp(own, role) == 0;
}

static bool arguments_are_object(const char *arguments) {
  cJSON *tree = arguments ? cai_json_parse(arguments, strlen(arguments), "arguments", NULL) : NULL;
  bool is_object = cJSON_IsObject(tree);
  cJSON_Delete(tree);
  return is_object;
}

static bool check_calls(const cJSON *calls, emu_problem *problem) {
  const cJSON *call;
  if (calls && !cJSON_IsArray(calls)) return refuse(problem, "messages", "'tool_calls' must be an array.");
  cJSON_ArrayForEach(call, calls) {
    const cJSON *function = cai_json_object(call, "function");
    if (!cai_json_string(call, "id") || !cai_json_string(function, "name"))
      return refuse(problem, "messages", "A tool call in the history lacks its id or its function's name.");
    if (!arguments_are_object(cai_json_string(function, "arguments")))
      return refuse(problem, "messages",
                    "Expected a valid JSON object in the arguments of a tool call in the history.");
  }
  return true;
}

static bool has_call(const cJSON *message, const char *id) {
  const cJSON *call;
  cJSON_ArrayForEach(call, cJSON_GetObjectItemCaseSensitive(message, "tool_calls")) {
    const char *own = cai_json_string(call, "id");
    if (own && strcmp(own, id) == 0) return true;
  }
  return false;
}

/* A tool's message must answer a call that stands before it. */
static bool check_tool(const cJSON *message, emu_problem *problem) {
  const char *id = cai_json_string(message, "tool_call_id");
  if (!id) return refuse(problem, "messages", "A message with role 'tool' needs a 'tool_call_id'.");
  /* In a cJSON array the first element's prev is the last element. */
  for (const cJSON *before = message->prev; before && before->next; before = before->prev)
    if (has_call(before, id)) return true;
  return refuse(problem, "messages",
                "Messages with role 'tool' must be a response to a preceding message with 'tool_calls'.");
}

static bool check_message(const cJSON *message, emu_problem *problem) {
  static const char *const roles[] = {"system", "developer", "user", "assistant", "tool", "function"};
  bool known = false;
  for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) known = known || role_is(message, roles[i]);
  if (!cJSON_IsObject(message) || !known)
    return refuse(problem, "messages", "Every message needs a role that is known.");
  const cJSON *content = cJSON_GetObjectItemCaseSensitive(message, "content");
  bool has_content = cJSON_IsString(content) || cJSON_IsArray(content);
  if (!has_content && !role_is(message, "assistant"))
    return refuse(problem, "messages", "Expected 'content' to be a string or an array of parts.");
  if (role_is(message, "tool")) return check_tool(message, problem);
  return check_calls(cJSON_GetObjectItemCaseSensitive(message, "tool_calls"), problem);
}

/* Gemini 3 refuses a call of its own that comes back without the signature that came with it. */
static bool check_signatures(const cJSON *messages, emu_problem *problem) {
  const cJSON *message;
  int place = 0;
  cJSON_ArrayForEach(message, messages) {
    place++;
    const cJSON *first = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(message, "tool_calls"), 0);
    if (!first) continue;
    const char *signature =
        cai_json_string(cai_json_object(cai_json_object(first, "extra_content"), "google"), "thought_signature");
    if (signature &&
        (strncmp(signature, "ZW11bGF0b3It", 12) == 0 || strcmp(signature, "skip_thought_signature_validator") == 0))
      continue;
    return emu_problem_set(
        problem, 400, NULL,
        "Unable to submit request because function call `default_api:%.100s` in the %d. content block is missing a "
        "`thought_signature`.",
        cai_json_string(cai_json_object(first, "function"), "name"), place);
  }
  return true;
}

static bool check_types(const cJSON *body, emu_problem *problem) {
  const cJSON *stream = cJSON_GetObjectItemCaseSensitive(body, "stream"),
              *tools = cJSON_GetObjectItemCaseSensitive(body, "tools"),
              *n = cJSON_GetObjectItemCaseSensitive(body, "n"), *tool;
  if (stream && !cJSON_IsBool(stream) && !cJSON_IsNull(stream))
    return refuse(problem, "stream", "'stream' must be a boolean.");
  if (n && !cJSON_IsNull(n) && (cai_json_int(body, "n", 0) < 1 || cai_json_int(body, "n", 0) > EMU_CHOICES_MAX))
    return refuse(problem, "n", "'n' must be a whole number from 1 to 16.");
  if (tools && !cJSON_IsArray(tools) && !cJSON_IsNull(tools))
    return refuse(problem, "tools", "'tools' must be an array.");
  cJSON_ArrayForEach(tool, tools) {
    if (!cai_json_string(cai_json_object(tool, "function"), "name"))
      return refuse(problem, "tools", "Every tool needs a function with a name.");
  }
  const cJSON *options = cJSON_GetObjectItemCaseSensitive(body, "stream_options");
  if (cJSON_IsObject(options) && !cJSON_IsTrue(stream))
    return refuse(problem, "stream_options",
                  "The 'stream_options' parameter is only allowed when 'stream' is enabled.");
  return true;
}

static bool check_body(const cJSON *body, const emu_place *place, emu_problem *problem) {
  const cJSON *messages = cJSON_GetObjectItemCaseSensitive(body, "messages"), *message;
  if (!cJSON_IsArray(messages)) return refuse(problem, "messages", "Missing required parameter: 'messages'.");
  if (cJSON_GetArraySize(messages) == 0)
    return refuse(problem, "messages", "'messages' is empty: expected at least one message.");
  cJSON_ArrayForEach(message, messages) {
    if (!check_message(message, problem)) return false;
  }
  const char *model = cai_json_string(body, "model");
  if (!model && place->surface != EMU_ENDPOINT) return refuse(problem, "model", "You must provide a model parameter.");
  if (place->surface == EMU_VERTEX && strncmp(model, "google/gemini-3", 15) == 0 &&
      !check_signatures(messages, problem))
    return false;
  return check_types(body, problem);
}

/* ---- understanding ---- */

static uint64_t hash(const char *text) {
  uint64_t sum = 14695981039346656037u; /* FNV-1a */
  for (; *text; text++) sum = (sum ^ (unsigned char)*text) * 1099511628211u;
  return sum;
}

static bool take_messages(emu_prompt *prompt) {
  const cJSON *messages = cJSON_GetObjectItemCaseSensitive(prompt->body, "messages"), *message, *user = NULL,
              *last = NULL;
  char *printed = cJSON_PrintUnformatted(messages);
  if (!printed) return false;
  prompt->seed = hash(printed);
  cJSON_free(printed);
  cJSON_ArrayForEach(message, messages) {
    last = message;
    if (role_is(message, "user")) user = message;
    char *text = content_text(message);
    if (!text) return false;
    prompt->prompt_tokens += emu_prompt_words(text);
    cai_free(text);
  }
  prompt->user = content_text(user);
  bool is_tool = role_is(last, "tool") || role_is(last, "function");
  if (is_tool) prompt->tool_result = content_text(last);
  return prompt->user && (!is_tool || prompt->tool_result);
}

static void take_switches(emu_prompt *prompt) {
  const cJSON *body = prompt->body, *google = cai_json_object(cai_json_object(body, "extra_body"), "google");
  prompt->model = cai_json_string(body, "model");
  if (!prompt->model) prompt->model = "";
  prompt->stream = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(body, "stream"));
  prompt->include_usage =
      cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(cai_json_object(body, "stream_options"), "include_usage"));
  prompt->choices = (int)cai_json_int(body, "n", 1);
  prompt->max_tokens = cai_json_int(body, "max_completion_tokens", cai_json_int(body, "max_tokens", -1));
  const char *effort = cai_json_string(body, "reasoning_effort");
  prompt->reasons = (effort && strcmp(effort, "none") != 0) || cai_json_object(google, "thinking_config");
}

bool emu_prompt_read(const emu_exchange *exchange, const emu_place *place, emu_prompt *prompt, emu_problem *problem) {
  cai_err err;
  memset(prompt, 0, sizeof *prompt);
  const char *type = emu_exchange_header(exchange, "Content-Type");
  if (!type || strncmp(type, "application/json", 16) != 0)
    return refuse(problem, NULL, "The Content-Type must be application/json.");
  prompt->body = cai_json_parse(cai_buf_view(&exchange->body), exchange->body.len, "the request body", &err);
  if (!prompt->body)
    return emu_problem_set(problem, 400, NULL, "%s: %.400s",
                           place->surface == EMU_OPENAI ? "We could not parse the JSON body of your request"
                                                        : "Invalid JSON payload received. Unexpected token",
                           err.message);
  if (!cJSON_IsObject(prompt->body)) return refuse(problem, NULL, "The body must be a JSON object.");
  if (!check_body(prompt->body, place, problem)) return false;
  take_switches(prompt);
  return take_messages(prompt) || emu_problem_set(problem, 500, NULL, "The emulator is out of memory.");
}

void emu_prompt_fini(emu_prompt *prompt) {
  cJSON_Delete(prompt->body);
  cai_free(prompt->user);
  cai_free(prompt->tool_result);
}
