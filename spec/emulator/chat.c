/* SPDX-License-Identifier: MIT */
#include "chat.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "base/alloc.h"
#include "base/json.h"
#include "dialect.h"
#include "google.h"
#include "stream.h"

/* ---- refusals on demand ---- */

static void rate_limit(emu_exchange *exchange, emu_problem *problem) {
  const emu_fault *fault = &exchange->fault;
  problem->code = "rate_limit_exceeded";
  emu_problem_set(problem, 429, "RATE_LIMIT_EXCEEDED", "Resource exhausted. Please try again later.");
  if (fault->on[EMU_429_INFO]) problem->retry_s = fault->arg[EMU_429_INFO];
  if (!fault->on[EMU_429] || fault->arg[EMU_429] < 0) return;
  char text[24];
  snprintf(text, sizeof text, "%" PRId64, fault->arg[EMU_429]);
  emu_exchange_set(exchange, "Retry-After", text);
  if (fault->arg[EMU_429] > 0) problem->retry_s = fault->arg[EMU_429];
}

static bool refusal_is_wanted(emu_exchange *exchange, emu_problem *problem) {
  const emu_fault *fault = &exchange->fault;
  if (fault->on[EMU_429] || fault->on[EMU_429_INFO])
    rate_limit(exchange, problem);
  else if (fault->on[EMU_500])
    emu_problem_set(problem, 500, NULL, "Internal error encountered.");
  else if (fault->on[EMU_503])
    emu_problem_set(problem, 503, NULL, "The service is currently unavailable.");
  else if (fault->on[EMU_STATUS])
    emu_problem_set(problem, (int)fault->arg[EMU_STATUS], NULL, "The emulator was told to answer this.");
  else
    return false;
  return true;
}

/* To another name of the same server, so that following it is seen in the journal. */
static enum MHD_Result redirect(emu_exchange *exchange) {
  char target[192];
  const char *base = exchange->secure ? exchange->emu->tls_url : exchange->emu->url, *port = strrchr(base, ':');
  snprintf(target, sizeof target, "%s://localhost%s/v1/chat/completions", exchange->secure ? "https" : "http",
           port ? port : "");
  emu_exchange_set(exchange, "Location", target);
  return emu_exchange_html(exchange, (int)exchange->fault.arg[EMU_REDIRECT]);
}

/* ---- the dialect ---- */

static bool choose_dialect(const emu_exchange *exchange, const emu_place *place, const emu_prompt *prompt,
                           emu_dialect *dialect) {
  const cJSON *google = cai_json_object(cai_json_object(prompt->body, "extra_body"), "google");
  bool streams_args = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(google, "stream_function_call_arguments"));
  switch (place->surface) {
    case EMU_OPENAI: *dialect = EMU_AS_OPENAI; break;
    case EMU_VERTEX: *dialect = streams_args ? EMU_AS_VERTEX_ARGS : EMU_AS_VERTEX; break;
    case EMU_ENDPOINT: *dialect = EMU_AS_VLLM; break;
    case EMU_GEMINI: *dialect = EMU_AS_GEMINI; break;
  }
  if (exchange->fault.on[EMU_DIALECT]) return emu_dialect_find(exchange->fault.dialect, dialect);
  if (strncmp(prompt->model, "dialect:", 8) == 0) return emu_dialect_find(prompt->model + 8, dialect);
  return true;
}

/* ---- the answer ---- */

static bool understand(emu_exchange *exchange, const emu_place *place, emu_prompt *prompt, emu_dialect *dialect,
                       emu_problem *problem) {
  if (!emu_prompt_read(exchange, place, prompt, problem)) return false;
  if (!emu_google_model(exchange->emu, place, prompt->model, problem)) return false;
  return choose_dialect(exchange, place, prompt, dialect) || emu_problem_set(problem, 400, NULL, "Unknown dialect.");
}

static enum MHD_Result answer_prompt(emu_exchange *exchange, const emu_place *place) {
  emu_problem problem = {.code = NULL};
  emu_dialect dialect;
  emu_prompt *prompt = cai_calloc(1, sizeof *prompt);
  emu_answer *answer = cai_calloc(1, sizeof *answer);
  bool ready = prompt && answer && understand(exchange, place, prompt, &dialect, &problem);
  if (ready && emu_answer_make(answer, prompt, &exchange->fault))
    return emu_stream_send(exchange, place, prompt, answer, dialect);
  if (answer) emu_answer_fini(answer);
  if (prompt) emu_prompt_fini(prompt);
  cai_free(answer);
  cai_free(prompt);
  if (!problem.status) emu_problem_set(&problem, 500, NULL, "The emulator is out of memory.");
  return emu_problem_send(exchange, place->surface, &problem);
}

static void set_request_id(emu_exchange *exchange, uint64_t number) {
  char text[40];
  snprintf(text, sizeof text, "req_emulator_%" PRIu64, number);
  emu_exchange_set(exchange, "x-request-id", text);
}

enum MHD_Result emu_chat(emu_exchange *exchange, const emu_place *place) {
  emu_problem problem = {.code = NULL};
  enum MHD_Result answered;
  uint64_t number = ++exchange->emu->stats.chat;
  exchange->emu->stats.active++;
  exchange->is_chat = true;
  if (!emu_exchange_take_fault(exchange, EMU_FOR_CHAT, &answered)) return answered;
  const emu_fault *fault = &exchange->fault;
  if (fault->on[EMU_SLOW_FIRST_BYTE] && !emu_exchange_wait(exchange, fault->arg[EMU_SLOW_FIRST_BYTE])) return MHD_NO;
  if (place->surface == EMU_OPENAI) set_request_id(exchange, number);
  if (fault->on[EMU_REDIRECT]) return redirect(exchange);
  if (fault->on[EMU_HTML]) return emu_exchange_html(exchange, (int)fault->arg[EMU_HTML]);
  if (refusal_is_wanted(exchange, &problem)) return emu_problem_send(exchange, place->surface, &problem);
  bool google = place->surface == EMU_VERTEX || place->surface == EMU_ENDPOINT;
  if (google ? !emu_google_admit(exchange, place, &problem) : !emu_google_key(exchange, place, &problem))
    return emu_problem_send(exchange, place->surface, &problem);
  return answer_prompt(exchange, place);
}
