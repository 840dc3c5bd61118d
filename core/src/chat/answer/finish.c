/* SPDX-License-Identifier: MIT
 *
 * Source: https://platform.openai.com/docs/api-reference/chat/object; google.ai.generativelanguage's FinishReason,
 * which some proxies pass on as it is; https://docs.mistral.ai/api/ (model_length). */
#include "finish.h"

#include <string.h>
#include <strings.h>

static const struct {
  const char *name;
  cai_finish finish;
} words[] = {
    {"stop", CAI_FINISH_STOP},
    {"length", CAI_FINISH_LENGTH},
    {"max_tokens", CAI_FINISH_LENGTH},
    {"model_length", CAI_FINISH_LENGTH},
    {"tool_calls", CAI_FINISH_TOOL_CALLS},
    {"function_call", CAI_FINISH_TOOL_CALLS},
    {"content_filter", CAI_FINISH_CONTENT_FILTER},
    {"safety", CAI_FINISH_CONTENT_FILTER},
    {"recitation", CAI_FINISH_CONTENT_FILTER},
    {"blocklist", CAI_FINISH_CONTENT_FILTER},
    {"prohibited_content", CAI_FINISH_CONTENT_FILTER},
    {"spii", CAI_FINISH_CONTENT_FILTER},
};

cai_finish cai_finish_of(cai_span reason) {
  if (!reason.len) return CAI_FINISH_NONE;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strlen(words[i].name) == reason.len && strncasecmp(words[i].name, reason.at, reason.len) == 0)
      return words[i].finish;
  return CAI_FINISH_OTHER;
}

cai_finish cai_finish_with_calls(cai_finish finish) {
  return finish == CAI_FINISH_NONE || finish == CAI_FINISH_STOP ? CAI_FINISH_TOOL_CALLS : finish;
}
