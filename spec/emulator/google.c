/* SPDX-License-Identifier: MIT */
#include "google.h"

#include <string.h>

#include "bearer.h"

bool emu_google_quota(const emu_exchange *exchange, emu_problem *problem) {
  const char *quota = emu_exchange_header(exchange, "x-goog-user-project");
  if (!quota || strcmp(quota, exchange->emu->options.project) == 0) return true;
  return emu_problem_set(
      problem, 403, "USER_PROJECT_DENIED",
      "Caller does not have required permission to use project %.60s. Grant the caller the "
      "roles/serviceusage.serviceUsageConsumer role, or a custom role with the serviceusage.services.use permission.",
      quota);
}

bool emu_google_admit(emu_exchange *exchange, const emu_place *place, emu_problem *problem) {
  const char *project = exchange->emu->options.project;
  if (!emu_bearer_check(exchange, "aiplatform", exchange->emu->config.self_signed_jwt, problem)) return false;
  if (!emu_google_quota(exchange, problem)) return false;
  if (strcmp(place->project, project) != 0)
    return emu_problem_set(problem, 403, "IAM_PERMISSION_DENIED",
                           "Permission 'aiplatform.endpoints.predict' denied on resource "
                           "'//aiplatform.googleapis.com/projects/%s/locations/%s/endpoints/%s' (or it may not exist).",
                           place->project, place->location, place->endpoint);
  return true;
}

static bool no_such_model(const emu_state *emu, const emu_place *place, const char *publisher, size_t len,
                          const char *model, emu_problem *problem) {
  return emu_problem_set(
      problem, 404, NULL,
      "Publisher Model `projects/%.60s/locations/%s/publishers/%.*s/models/%.100s` was not found or your project does "
      "not have access to it. Please ensure you are using a valid model version. For more information, see: "
      "https://cloud.google.com/vertex-ai/generative-ai/docs/learn/model-versions",
      emu->options.project, place->location, (int)len, publisher, model);
}

static bool check_publisher_model(const emu_state *emu, const emu_place *place, const char *model,
                                  emu_problem *problem) {
  const char *slash = strchr(model, '/');
  if (!slash || slash == model || !slash[1] || strchr(slash + 1, '/') || slash - model > 40)
    return emu_problem_set(problem, 400, NULL, "Malformed publisher model `%.100s`: expected `publisher/model`.",
                           model);
  size_t len = (size_t)(slash - model);
  bool google = len == 6 && memcmp(model, "google", 6) == 0;
  bool known = google ? strncmp(slash + 1, "gemini-", 7) == 0 : strstr(slash + 1, "-maas") != NULL;
  if (place->task == EMU_EMBEDDINGS) known = strstr(slash + 1, "embedding") || strstr(slash + 1, "e5-");
  /* The newest models are served from the global location alone. */
  if (google && strncmp(slash + 1, "gemini-3", 8) == 0 && strcmp(place->location, "global") != 0) known = false;
  return known || no_such_model(emu, place, model, len, slash + 1, problem);
}

bool emu_google_model(const emu_state *emu, const emu_place *place, const char *model, emu_problem *problem) {
  bool embeds = place->task == EMU_EMBEDDINGS;
  switch (place->surface) {
    case EMU_VERTEX: return check_publisher_model(emu, place, model, problem);
    case EMU_ENDPOINT:
      if (strspn(place->endpoint, "0123456789") == strlen(place->endpoint) && strncmp(place->endpoint, "404", 3) != 0)
        return true;
      return emu_problem_set(problem, 404, NULL, "Endpoint `projects/%s/locations/%s/endpoints/%s` not found.",
                             place->project, place->location, place->endpoint);
    case EMU_GEMINI:
      if (strncmp(model, "models/", 7) == 0) model += 7;
      if (strncmp(model, "gemini-", 7) == 0 || (embeds && strncmp(model, "text-embedding-", 15) == 0)) return true;
      return emu_problem_set(
          problem, 404, NULL,
          "models/%.100s is not found for API version v1main, or is not supported for generateContent. Call ListModels "
          "to see the list of available models and their supported methods.",
          model);
    case EMU_OPENAI:
    case EMU_VLLM:
    case EMU_OLD: break;
  }
  return true;
}

static bool no_key(emu_problem *problem) { return emu_problem_set(problem, 401, NULL, "Unauthorized"); }

bool emu_google_key(const emu_exchange *exchange, const emu_place *place, emu_problem *problem) {
  const char *key = emu_exchange_bearer(exchange);
  bool gemini = place->surface == EMU_GEMINI;
  if (place->surface == EMU_VLLM || place->surface == EMU_OLD)
    return !exchange->fault.on[EMU_401_ONCE] || no_key(problem);
  if (gemini && !key) key = emu_exchange_header(exchange, "x-goog-api-key");
  if (exchange->fault.on[EMU_401_ONCE]) key = "sk-revoked";
  if (!exchange->emu->options.require_key && !exchange->fault.on[EMU_401_ONCE]) return true;
  if (key && strcmp(key, exchange->emu->options.api_key) == 0) return true;
  if (gemini && key)
    return emu_problem_set(problem, 400, "API_KEY_INVALID", "API key not valid. Please pass a valid API key.");
  if (gemini)
    return emu_problem_set(
        problem, 403, NULL,
        "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other "
        "form of API consumer identity to call this API.");
  problem->code = key ? "invalid_api_key" : NULL;
  return emu_problem_set(
      problem, 401, NULL,
      key ? "Incorrect API key provided. You can find your API key at https://platform.openai.com/account/api-keys."
          : "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer "
            "auth "
            "(i.e. Authorization: Bearer YOUR_KEY).");
}
