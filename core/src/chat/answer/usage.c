/* SPDX-License-Identifier: MIT
 *
 * OpenAI counts reasoning among the tokens of the completion. Vertex counts it beside them, the Gemini API only in the
 * total, and xAI beside: so where the total is large enough, it tells. The names of OpenAI's Responses count too.
 * Source: https://platform.openai.com/docs/api-reference/chat/object,
 * https://cloud.google.com/vertex-ai/generative-ai/docs/migrate/openai/overview,
 * https://api-docs.deepseek.com/guides/kv_cache (prompt_cache_hit_tokens). */
#include "usage.h"

const cai_usage cai_usage_unknown = {-1, -1, -1, -1, -1, -1};

static void set(int64_t *number, cai_span value) {
  int64_t read;
  if (cai_scan_int(value, &read) && read >= 0) *number = read;
}

static void set_member(cai_usage *usage, cai_span key, cai_span value) {
  if (cai_scan_key_is(key, "prompt_tokens")) set(&usage->prompt_tokens, value);
  if (cai_scan_key_is(key, "completion_tokens")) set(&usage->completion_tokens, value);
  if (cai_scan_key_is(key, "total_tokens")) set(&usage->total_tokens, value);
  if (cai_scan_key_is(key, "input_tokens")) set(&usage->prompt_tokens, value);
  if (cai_scan_key_is(key, "output_tokens")) set(&usage->completion_tokens, value);
  if (cai_scan_key_is(key, "reasoning_tokens")) set(&usage->reasoning_tokens, value);
  if (cai_scan_key_is(key, "cached_tokens")) set(&usage->cached_tokens, value);
  if (cai_scan_key_is(key, "prompt_cache_hit_tokens")) set(&usage->cached_tokens, value);
}

static int64_t output_of(const cai_usage *usage) {
  int64_t prompt = usage->prompt_tokens, total = usage->total_tokens;
  int64_t completion = usage->completion_tokens < 0 ? 0 : usage->completion_tokens;
  bool tells = prompt >= 0 && total >= prompt && total - prompt >= completion;
  return tells ? total - prompt : usage->completion_tokens;
}

cai_usage cai_usage_of(cai_span value) {
  cai_usage usage = cai_usage_unknown;
  cai_span key, member, completion = {NULL, 0}, prompt = {NULL, 0};
  cai_scan scan = cai_scan_members(value);
  while (cai_scan_member(&scan, &key, &member)) {
    set_member(&usage, key, member);
    if (cai_scan_key_is(key, "completion_tokens_details")) completion = member;
    if (cai_scan_key_is(key, "output_tokens_details")) completion = member;
    if (cai_scan_key_is(key, "prompt_tokens_details")) prompt = member;
    if (cai_scan_key_is(key, "input_tokens_details")) prompt = member;
  }
  set(&usage.reasoning_tokens, cai_scan_get(completion, "reasoning_tokens"));
  set(&usage.cached_tokens, cai_scan_get(prompt, "cached_tokens"));
  usage.output_tokens = output_of(&usage);
  return usage;
}

bool cai_usage_is_known(const cai_usage *usage) {
  return usage->prompt_tokens >= 0 || usage->completion_tokens >= 0 || usage->total_tokens >= 0;
}
