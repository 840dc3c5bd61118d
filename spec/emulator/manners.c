/* SPDX-License-Identifier: MIT */
#include "manners.h"

#include <string.h>

#include "history.h"
#include "part.h"

emu_manners emu_manners_of(const emu_place *place, const char *model) {
  switch (place->surface) {
    case EMU_OPENAI: return place->foreign || strncmp(model, "dialect:", 8) == 0 ? EMU_LIKE_VLLM : EMU_LIKE_OPENAI;
    case EMU_GEMINI: return EMU_LIKE_GOOGLE;
    case EMU_VERTEX: return strchr(model, '/') && strncmp(model, "google/", 7) != 0 ? EMU_LIKE_VLLM : EMU_LIKE_GOOGLE;
    case EMU_ENDPOINT:
    case EMU_VLLM: return EMU_LIKE_VLLM;
    case EMU_OLD: break;
  }
  return EMU_LIKE_OLD;
}

static bool check_part(const cJSON *part, emu_problem *problem) {
  const char *url = emu_part_image_url(part);
  emu_part kind = emu_part_of(part);
  if (url && strncmp(url, "gs://", 5) == 0)
    return emu_problem_refuse(problem, NULL, NULL, "The URL must be either a HTTP, data or file URL.");
  if (kind == EMU_PART_UNKNOWN || emu_part_is_file(part))
    return emu_problem_refuse(problem, NULL, NULL, "Unknown part type in the content of a message.");
  return true;
}

static bool check_server(const cJSON *body, emu_problem *problem) {
  const cJSON *messages = cJSON_GetObjectItemCaseSensitive(body, "messages"), *message, *part;
  if (emu_history_has_role(messages, "developer"))
    return emu_problem_refuse(problem, NULL, NULL, "Unexpected message role: developer.");
  cJSON_ArrayForEach(message, messages) {
    const cJSON *content = cJSON_GetObjectItemCaseSensitive(message, "content");
    if (!cJSON_IsArray(content)) continue;
    cJSON_ArrayForEach(part, content) {
      if (!check_part(part, problem)) return false;
    }
  }
  return true;
}

/* Servers from before these were invented, made to forbid what they do not know. */
static bool check_old(const cJSON *body, emu_problem *problem) {
  static const char *const inventions[] = {"stream_options", "max_completion_tokens", "tools"};
  for (size_t i = 0; i < sizeof inventions / sizeof *inventions; i++)
    if (cJSON_GetObjectItemCaseSensitive(body, inventions[i]))
      return emu_problem_refuse(problem, NULL, NULL,
                                "[{'type': 'extra_forbidden', 'loc': ('body', '%s'), 'msg': 'Extra inputs are not "
                                "permitted'}]",
                                inventions[i]);
  return check_server(body, problem);
}

bool emu_manners_check(const cJSON *body, const emu_place *place, const char *model, emu_problem *problem) {
  bool right = false;
  switch (emu_manners_of(place, model)) {
    case EMU_LIKE_OPENAI: right = emu_manners_openai(body, model, problem); break;
    case EMU_LIKE_GOOGLE: right = emu_manners_google(body, place, model, problem); break;
    case EMU_LIKE_VLLM: right = check_server(body, problem); break;
    case EMU_LIKE_OLD: right = check_old(body, problem); break;
  }
  /* A deployed model's own refusals come through as its server wrote them. */
  if (!right && place->surface == EMU_ENDPOINT) problem->shape = EMU_SHAPE_VLLM;
  return right;
}
