/* SPDX-License-Identifier: MIT */
#include "answer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "schema.h"
#include "story.h"

enum { TEXT_MAX = 1 << 30 };

/* Cuts behind the last whole word that the limit allows. True when something was cut off. */
static bool cut_words(cai_buf *text, int64_t limit) {
  int64_t words = 0;
  bool inside = false;
  for (size_t i = 0; i < text->len; i++) {
    bool space = text->data[i] == ' ' || text->data[i] == '\n';
    if (!space && !inside && ++words > limit) {
      while (i && (text->data[i - 1] == ' ' || text->data[i - 1] == '\n')) i--;
      text->len = i;
      text->data[i] = '\0';
      return true;
    }
    inside = !space;
  }
  return false;
}

static void cut_at_stop(const cJSON *stop, cai_buf *text) {
  const char *found = cJSON_IsString(stop) && *stop->valuestring ? strstr(cai_buf_view(text), stop->valuestring) : NULL;
  if (!found) return;
  text->len = (size_t)(found - text->data);
  text->data[text->len] = '\0';
}

static void apply_stops(const emu_prompt *prompt, cai_buf *text) {
  const cJSON *stop = cJSON_GetObjectItemCaseSensitive(prompt->body, "stop"), *one;
  cut_at_stop(stop, text);
  cJSON_ArrayForEach(one, stop) cut_at_stop(one, text);
}

/* Thinking counts against the limit, as it does at Google and OpenAI. */
static void apply_limit(const emu_prompt *prompt, emu_choice *choice) {
  if (prompt->max_tokens < 0) return;
  bool cut = cut_words(&choice->reasoning, prompt->max_tokens);
  int64_t left = prompt->max_tokens - emu_prompt_words(cai_buf_view(&choice->reasoning));
  if (cut_words(&choice->content, left > 0 ? left : 0) || cut) choice->finish = "length";
}

/* ---- tools ---- */

static const cJSON *find_tool(const cJSON *tools, const char *name) {
  const cJSON *tool;
  cJSON_ArrayForEach(tool, tools) {
    const char *own = cai_json_string(cai_json_object(tool, "function"), "name");
    if (own && strcmp(own, name) == 0) return tool;
  }
  return NULL;
}

static int rounds_wanted(const emu_prompt *prompt) {
  return strstr(prompt->user, "twice") || strstr(prompt->user, "in steps") ? 2 : 1;
}

/* The tool to call, or NULL for an answer in words. */
static const cJSON *choose_tool(const emu_prompt *prompt) {
  const cJSON *tools = cJSON_GetObjectItemCaseSensitive(prompt->body, "tools"),
              *choice = cJSON_GetObjectItemCaseSensitive(prompt->body, "tool_choice");
  int count = cJSON_GetArraySize(tools);
  if (!*prompt->user || !count || prompt->refuses || prompt->completion) return NULL;
  if (prompt->tool_result && prompt->rounds >= rounds_wanted(prompt)) return NULL;
  if (cJSON_IsString(choice) && strcmp(choice->valuestring, "none") == 0) return NULL;
  const char *name = cai_json_string(cai_json_object(choice, "function"), "name");
  return name ? find_tool(tools, name) : cJSON_GetArrayItem(tools, prompt->tool_result ? prompt->rounds % count : 0);
}

static bool add_call(emu_choice *choice, const cJSON *tool, uint64_t seed, const emu_prompt *prompt) {
  const cJSON *function = cai_json_object(tool, "function"), *parameters = cai_json_object(function, "parameters");
  emu_call *call = &choice->calls[choice->call_count];
  cai_buf arguments;
  cai_buf_init(&arguments, TEXT_MAX);
  emu_schema_write(parameters, parameters, *prompt->user ? "Z\u00fcrich \u2014 \U0001F319" : "text", &arguments);
  /* Arguments are an object, also where the schema does not say so. */
  bool is_object = *cai_buf_view(&arguments) == '{';
  call->arguments = is_object ? cai_buf_take(&arguments) : cai_strdup("{}");
  cai_buf_fini(&arguments);
  call->name = cai_json_string(function, "name");
  snprintf(call->id, sizeof call->id, "call_%016" PRIx64 "%d", seed, choice->call_count);
  if (!call->arguments) return false;
  emu_signature_of_call(call->id, call->name, call->arguments, call->signature);
  choice->call_count++;
  return true;
}

static bool make_calls(emu_choice *choice, const cJSON *tool, uint64_t seed, const emu_prompt *prompt) {
  const cJSON *parallel = cJSON_GetObjectItemCaseSensitive(prompt->body, "parallel_tool_calls");
  choice->finish = "tool_calls";
  if (!add_call(choice, tool, seed, prompt)) return false;
  if (!strstr(prompt->user, "parallel") || cJSON_IsFalse(parallel)) return true;
  const cJSON *second = tool->next ? tool->next : cJSON_GetObjectItemCaseSensitive(prompt->body, "tools")->child;
  return add_call(choice, second, seed + 1, prompt);
}

/* ---- content ---- */

/* Structured output has no room for the label: it must be the JSON and nothing else. */
static bool write_structured(const emu_prompt *prompt, cai_buf *out) {
  const cJSON *format = cai_json_object(prompt->body, "response_format");
  const char *type = cai_json_string(format, "type");
  if (!type || strcmp(type, "text") == 0) return false;
  const cJSON *schema = cai_json_object(cai_json_object(format, "json_schema"), "schema");
  if (schema)
    emu_schema_write(schema, schema, "canned \u2014 \U0001F319", out);
  else
    cai_buf_text(out, "{\"emulator\":\"canned reply - no model was called\"}");
  return true;
}

static void write_content(const emu_prompt *prompt, uint64_t seed, const emu_fault *fault, cai_buf *out) {
  if (fault->on[EMU_BIG_EVENT]) {
    for (int64_t i = 0; i < fault->arg[EMU_BIG_EVENT] && !out->error; i++) cai_buf_byte(out, 'x');
  } else if (fault->on[EMU_LONG]) {
    emu_story_words(seed, fault->arg[EMU_LONG], out);
  } else if (!write_structured(prompt, out)) {
    emu_story_write(prompt, seed, out);
  }
  apply_stops(prompt, out);
}

/* At Google a refusal is a finish reason and nothing else. */
static void refuse(emu_choice *choice, const emu_prompt *prompt) {
  if (prompt->as_google)
    choice->finish = "content_filter";
  else
    cai_buf_text(&choice->refusal, "[emulator] I\u2019m sorry, but I can\u2019t help with that.");
}

static void speak(emu_choice *choice, const emu_prompt *prompt, uint64_t seed, const emu_fault *fault) {
  write_content(prompt, seed, fault, &choice->content);
  choice->audio = prompt->audio && !prompt->as_google;
  if (prompt->signs) emu_signature_of_text(cai_buf_view(&choice->content), choice->signature);
}

static void count_tokens(emu_choice *choice) {
  choice->reasoning_tokens = emu_prompt_words(cai_buf_view(&choice->reasoning));
  choice->completion_tokens =
      emu_prompt_words(cai_buf_view(&choice->content)) + emu_prompt_words(cai_buf_view(&choice->refusal));
  for (int i = 0; i < choice->call_count; i++)
    choice->completion_tokens += 1 + emu_prompt_words(choice->calls[i].arguments);
}

static bool make_choice(emu_choice *choice, const emu_prompt *prompt, uint64_t seed, const emu_fault *fault) {
  const cJSON *tool = choose_tool(prompt);
  choice->finish = "stop";
  cai_buf_init(&choice->reasoning, TEXT_MAX);
  cai_buf_init(&choice->content, TEXT_MAX);
  cai_buf_init(&choice->refusal, TEXT_MAX);
  if (prompt->reasons) emu_story_thoughts(prompt, &choice->reasoning);
  if (tool) {
    if (!make_calls(choice, tool, seed, prompt)) return false;
  } else if (prompt->refuses) {
    refuse(choice, prompt);
  } else if (!fault->on[EMU_FLOOD]) {
    speak(choice, prompt, seed, fault);
  }
  if (choice->reasoning.error || choice->content.error || choice->refusal.error) return false;
  if (!tool && !fault->on[EMU_FLOOD]) apply_limit(prompt, choice);
  if (fault->on[EMU_CONTENT_FILTER]) {
    cut_words(&choice->content, emu_prompt_words(cai_buf_view(&choice->content)) / 2);
    choice->finish = "content_filter";
  }
  count_tokens(choice);
  return true;
}

void emu_answer_audio(const emu_answer *answer, int number, char out[EMU_AUDIO_PIECE + 1]) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  size_t len = strlen(answer->id);
  for (int i = 0; i < EMU_AUDIO_PIECE; i++)
    out[i] = digits[((unsigned char)answer->id[(size_t)i % len] * 7u + (unsigned)(number * 13 + i * 5)) % 64];
  out[EMU_AUDIO_PIECE] = '\0';
}

bool emu_answer_make(emu_answer *answer, const emu_prompt *prompt, const emu_fault *fault) {
  memset(answer, 0, sizeof *answer);
  snprintf(answer->id, sizeof answer->id, "chatcmpl-%08" PRIx64, prompt->seed >> 32);
  snprintf(answer->model, sizeof answer->model, "%s", prompt->model);
  answer->prompt_tokens = prompt->prompt_tokens;
  answer->flood = fault->on[EMU_FLOOD] ? fault->arg[EMU_FLOOD] : 0;
  for (int i = 0; i < prompt->choices; i++) {
    answer->count++;
    if (!make_choice(&answer->choices[i], prompt, prompt->seed + (uint64_t)i * 0xD1B54A32D192ED03u, fault))
      return false;
    answer->reasoning_tokens += answer->choices[i].reasoning_tokens;
    answer->completion_tokens += answer->choices[i].completion_tokens;
  }
  answer->completion_tokens += answer->flood;
  return true;
}

void emu_answer_fini(emu_answer *answer) {
  for (int i = 0; i < answer->count; i++) {
    cai_buf_fini(&answer->choices[i].reasoning);
    cai_buf_fini(&answer->choices[i].content);
    cai_buf_fini(&answer->choices[i].refusal);
    for (int k = 0; k < EMU_CALLS_MAX; k++) cai_free(answer->choices[i].calls[k].arguments);
  }
  answer->count = 0;
}
