/* SPDX-License-Identifier: MIT
 * Source: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/migrate/openai/overview; what is not known is left
 * out silently. */
#include <string.h>

#include "base/json.h"
#include "history.h"
#include "manners.h"
#include "part.h"

static const char *detail_of(const cJSON *part) {
  return emu_part_image_url(part) ? cai_json_string(cai_json_object(part, "image_url"), "detail") : NULL;
}

static bool details_differ(const cJSON *messages) {
  const cJSON *message, *part;
  const char *first = NULL;
  cJSON_ArrayForEach(message, messages) {
    const cJSON *content = cJSON_GetObjectItemCaseSensitive(message, "content");
    if (!cJSON_IsArray(content)) continue;
    cJSON_ArrayForEach(part, content) {
      const char *detail = detail_of(part);
      if (detail && first && strcmp(detail, first) != 0) return true;
      if (detail) first = detail;
    }
  }
  return false;
}

bool emu_manners_google(const cJSON *body, const emu_place *place, const char *model, emu_problem *problem) {
  const cJSON *messages = cJSON_GetObjectItemCaseSensitive(body, "messages"),
              *google = cai_json_object(cai_json_object(body, "extra_body"), "google");
  if (emu_history_has_role(messages, "developer"))
    return emu_problem_refuse(problem, NULL, NULL, "Please use a valid role: system, user, assistant, tool.");
  if (cai_json_string(body, "reasoning_effort") && cai_json_object(google, "thinking_config"))
    return emu_problem_refuse(problem, NULL, NULL,
                              "Expected one of either `reasoning_effort` or custom `thinking_config`; found both.");
  if (!strstr(model, "gemini-3") && details_differ(messages))
    return emu_problem_refuse(problem, NULL, NULL, "All images of a request must have the same `detail`.");
  return emu_manners_google_tools(cJSON_GetObjectItemCaseSensitive(body, "tools"), place->surface == EMU_VERTEX,
                                  problem);
}
