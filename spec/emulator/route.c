/* SPDX-License-Identifier: MIT */
#include "route.h"

#include <string.h>

#include "aws.h"
#include "chat.h"
#include "chatabi.h"
#include "control.h"
#include "gdch.h"
#include "iam.h"
#include "metadata.h"
#include "oauth.h"
#include "place.h"
#include "problem.h"
#include "sts.h"
#include "subject.h"

static bool starts_with(const char *text, const char *prefix) { return strncmp(text, prefix, strlen(prefix)) == 0; }

static bool lists_models(const char *path) {
  return strcmp(path, "/v1/models") == 0 || strcmp(path, "/vllm/v1/models") == 0 || strcmp(path, "/old/v1/models") == 0;
}

static enum MHD_Result list_models(emu_exchange *exchange) {
  static const char *const models[] = {"gpt-4o-mini", "gpt-5-mini", "emulator"};
  cai_buf json;
  cai_buf_init(&json, 4096);
  cai_buf_text(&json, "{\"object\":\"list\",\"data\":[");
  for (size_t i = 0; i < sizeof models / sizeof *models; i++)
    cai_buf_format(&json, "%s{\"id\":\"%s\",\"object\":\"model\",\"created\":1767225600,\"owned_by\":\"emulator\"}",
                   i ? "," : "", models[i]);
  cai_buf_text(&json, "]}");
  return emu_exchange_json(exchange, 200, &json);
}

static enum MHD_Result not_found(emu_exchange *exchange) {
  if (!starts_with(exchange->path, "/v1/") || starts_with(exchange->path, "/v1/projects/"))
    return emu_exchange_html(exchange, 404);
  emu_problem problem = {.code = NULL};
  emu_problem_set(&problem, 404, NULL, "Invalid URL (%s %.400s)", exchange->method, exchange->path);
  return emu_problem_send(exchange, EMU_OPENAI, &problem);
}

static bool is_post(const emu_exchange *exchange) { return strcmp(exchange->method, "POST") == 0; }

enum MHD_Result emu_route(emu_exchange *exchange) {
  const char *path = exchange->path;
  if (exchange->body.error == CHATABI_E_TOO_LARGE) return emu_exchange_text(exchange, 413, "The body is too large.\n");
  if (exchange->body.error) return emu_exchange_text(exchange, 500, "The emulator is out of memory.\n");
  emu_place place;
  if (emu_place_find(path, &place)) {
    if (is_post(exchange)) return emu_chat(exchange, &place);
    emu_problem problem = {.code = "method_not_supported"};
    emu_problem_set(&problem, 405, NULL, "Not allowed to %s on %.400s.", exchange->method, path);
    return emu_problem_send(exchange, place.surface, &problem);
  }
  if (strcmp(path, "/token") == 0) return emu_oauth(exchange);
  if (strcmp(path, "/v1/token") == 0 && is_post(exchange)) return emu_sts(exchange);
  if (strcmp(path, "/v1/oauthtoken") == 0 && is_post(exchange)) return emu_oauth_workforce(exchange);
  if (strcmp(path, "/gdch/token") == 0 && is_post(exchange)) return emu_gdch(exchange);
  if (emu_iam_is(path) && is_post(exchange)) return emu_iam(exchange);
  if (starts_with(path, "/subject/")) return emu_subject(exchange);
  if (emu_aws_is(path)) return emu_aws(exchange);
  if (strcmp(path, "/") == 0 || starts_with(path, "/computeMetadata/")) return emu_metadata(exchange);
  if (starts_with(path, "/emulator/")) return emu_control(exchange);
  if (lists_models(path) && !is_post(exchange)) return list_models(exchange);
  return not_found(exchange);
}
