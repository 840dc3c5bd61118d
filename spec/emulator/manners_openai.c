/* SPDX-License-Identifier: MIT
 * Source of the members: https://platform.openai.com/docs/api-reference/chat/create */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "history.h"
#include "manners.h"
#include "part.h"

static bool is_one_of(const char *name, const char *const *names) {
  while (*names && strcmp(*names, name) != 0) names++;
  return *names;
}

static bool check_members(const cJSON *body, emu_problem *problem) {
  static const char *const known[] = {"messages",
                                      "model",
                                      "audio",
                                      "frequency_penalty",
                                      "function_call",
                                      "functions",
                                      "logit_bias",
                                      "logprobs",
                                      "max_completion_tokens",
                                      "max_tokens",
                                      "metadata",
                                      "modalities",
                                      "moderation",
                                      "n",
                                      "parallel_tool_calls",
                                      "prediction",
                                      "presence_penalty",
                                      "prompt_cache_key",
                                      "prompt_cache_options",
                                      "prompt_cache_retention",
                                      "reasoning_effort",
                                      "response_format",
                                      "safety_identifier",
                                      "seed",
                                      "service_tier",
                                      "stop",
                                      "store",
                                      "stream",
                                      "stream_options",
                                      "temperature",
                                      "tool_choice",
                                      "tools",
                                      "top_logprobs",
                                      "top_p",
                                      "user",
                                      "verbosity",
                                      "web_search_options",
                                      NULL};
  const cJSON *member;
  cJSON_ArrayForEach(member, body) {
    if (is_one_of(member->string, known)) continue;
    return emu_problem_refuse(problem, "unknown_parameter", member->string,
                              "Unrecognized request argument supplied: %.100s", member->string);
  }
  return true;
}

/* ---- models that reason ---- */

static bool is_family(const char *model, const char *name) {
  size_t len = strlen(name);
  return strncmp(model, name, len) == 0 && (!model[len] || model[len] == '-');
}

static bool always_reasons(const char *model) {
  if (strncmp(model, "gpt-5", 5) == 0) return strncmp(model, "gpt-5-chat", 10) != 0;
  return is_family(model, "o1") || is_family(model, "o3") || is_family(model, "o4");
}

static bool check_reasoner(const cJSON *body, emu_problem *problem) {
  const cJSON *limit = cJSON_GetObjectItemCaseSensitive(body, "max_tokens"),
              *temperature = cJSON_GetObjectItemCaseSensitive(body, "temperature"),
              *messages = cJSON_GetObjectItemCaseSensitive(body, "messages");
  if (limit && !cJSON_IsNull(limit))
    return emu_problem_refuse(problem, "unsupported_parameter", "max_tokens",
                              "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
                              "'max_completion_tokens' instead.");
  if (cJSON_IsNumber(temperature) && (temperature->valuedouble < 1 || temperature->valuedouble > 1))
    return emu_problem_refuse(
        problem, "unsupported_value", "temperature",
        "Unsupported value: 'temperature' does not support %.3g with this model. Only the default "
        "(1) value is supported.",
        temperature->valuedouble);
  if (emu_history_has_role(messages, "system") && emu_history_has_role(messages, "developer"))
    return emu_problem_refuse(problem, "invalid_value", "messages",
                              "Messages of the roles 'system' and 'developer' cannot be mixed.");
  return true;
}

/* ---- messages ---- */

static bool refuse_member(const char *at, const char *name, emu_problem *problem) {
  char path[160];
  snprintf(path, sizeof path, "%s.%s", at, name);
  return emu_problem_refuse(problem, "unknown_parameter", path, "Unknown parameter: '%s'.", path);
}

/* What other servers answer with is nothing that may be sent back here. */
static bool check_foreign(const cJSON *object, const char *at, emu_problem *problem) {
  static const char *const foreign[] = {"extra_content", "reasoning_content", "reasoning", "reasoning_details"};
  for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
    if (cJSON_GetObjectItemCaseSensitive(object, foreign[i])) return refuse_member(at, foreign[i], problem);
  return true;
}

static bool check_image(const cJSON *part, const char *at, emu_problem *problem) {
  const char *url = emu_part_image_url(part);
  if (cJSON_IsString(cJSON_GetObjectItemCaseSensitive(part, "image_url")))
    return emu_problem_refuse(problem, "invalid_type", at,
                              "Invalid type for '%s.image_url': expected an object, but got a string instead.", at);
  if (!url)
    return emu_problem_refuse(problem, "missing_required_parameter", at,
                              "Missing required parameter: '%s.image_url.url'.", at);
  if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0 && strncmp(url, "data:image/", 11) != 0)
    return emu_problem_refuse(
        problem, "invalid_image_url", at,
        "Invalid image URL. Expected a valid http(s) URL or a base64-encoded data URL of an image.");
  return true;
}

static bool check_audio(const cJSON *part, const char *at, emu_problem *problem) {
  const char *format = cai_json_string(cai_json_object(part, "input_audio"), "format");
  if (format && (strcmp(format, "wav") == 0 || strcmp(format, "mp3") == 0)) return true;
  return emu_problem_refuse(problem, "invalid_value", at,
                            "Invalid value for '%s.input_audio.format'. Supported values are: 'wav' and 'mp3'.", at);
}

static bool check_part(const cJSON *part, const char *at, emu_problem *problem) {
  const char *type = cai_json_string(part, "type");
  if (!check_foreign(part, at, problem)) return false;
  if (type && strcmp(type, "image_url") == 0) return check_image(part, at, problem);
  if (type && strcmp(type, "input_audio") == 0) return check_audio(part, at, problem);
  emu_part kind = emu_part_of(part);
  if (kind != EMU_PART_UNKNOWN && kind != EMU_PART_VIDEO && kind != EMU_PART_THINKING) return true;
  return emu_problem_refuse(problem, "invalid_value", at,
                            "Invalid value for '%s.type'. Supported values are: 'text', 'image_url', 'input_audio', "
                            "'refusal', and 'file'.",
                            at);
}

static bool check_message(const cJSON *message, int number, emu_problem *problem) {
  const cJSON *calls = cJSON_GetObjectItemCaseSensitive(message, "tool_calls"), *call,
              *content = cJSON_GetObjectItemCaseSensitive(message, "content"), *part;
  char at[64];
  int place = 0;
  snprintf(at, sizeof at, "messages[%d]", number);
  if (!check_foreign(message, at, problem)) return false;
  cJSON_ArrayForEach(call, calls) {
    snprintf(at, sizeof at, "messages[%d].tool_calls[%d]", number, place++);
    if (!check_foreign(call, at, problem)) return false;
  }
  place = 0;
  if (!cJSON_IsArray(content)) return true;
  cJSON_ArrayForEach(part, content) {
    snprintf(at, sizeof at, "messages[%d].content[%d]", number, place++);
    if (!check_part(part, at, problem)) return false;
  }
  return true;
}

bool emu_manners_openai(const cJSON *body, const char *model, emu_problem *problem) {
  const cJSON *message;
  int number = 0;
  if (!check_members(body, problem)) return false;
  cJSON_ArrayForEach(message, cJSON_GetObjectItemCaseSensitive(body, "messages")) {
    if (!check_message(message, number++, problem)) return false;
  }
  return !always_reasons(model) || check_reasoner(body, problem);
}
