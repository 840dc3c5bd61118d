/* SPDX-License-Identifier: MIT */
#include "chat.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "base/alloc.h"
#include "base/json.h"
#include "dialect.h"
#include "embedding.h"
#include "google.h"
#include "manners.h"
#include "refusal.h"
#include "stream.h"

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
  switch (emu_manners_of(place, prompt->model)) {
    case EMU_LIKE_OPENAI:
    case EMU_LIKE_OLD: *dialect = EMU_AS_OPENAI; break;
    case EMU_LIKE_VLLM: *dialect = EMU_AS_VLLM; break;
    case EMU_LIKE_GOOGLE: *dialect = streams_args ? EMU_AS_VERTEX_ARGS : EMU_AS_VERTEX; break;
  }
  if (place->surface == EMU_GEMINI) *dialect = EMU_AS_GEMINI;
  if (exchange->fault.on[EMU_DIALECT]) return emu_dialect_find(exchange->fault.dialect, dialect);
  if (strncmp(prompt->model, "dialect:", 8) == 0) return emu_dialect_find(prompt->model + 8, dialect);
  return true;
}

/* A server that answers so is not as strict as OpenAI. */
static bool is_foreign(const emu_fault *fault) {
  return fault->on[EMU_DIALECT] && strcmp(fault->dialect, "openai") != 0 && strcmp(fault->dialect, "azure") != 0;
}

/* ---- the answer ---- */

static bool understand(emu_exchange *exchange, const emu_place *place, emu_prompt *prompt, emu_dialect *dialect,
                       emu_problem *problem) {
  if (!emu_prompt_read(exchange, place, prompt, problem)) return false;
  if (!emu_google_model(exchange->emu, place, prompt->model, problem)) return false;
  if (!choose_dialect(exchange, place, prompt, dialect)) return emu_problem_set(problem, 400, NULL, "Unknown dialect.");
  if (prompt->completion) *dialect = EMU_AS_OPENAI; /* they are alike everywhere */
  prompt->as_google = emu_dialect_is_google(*dialect);
  if (!prompt->completion) prompt->reasons = prompt->reasons || emu_dialect_reasons(*dialect);
  return true;
}

static enum MHD_Result answer_prompt(emu_exchange *exchange, const emu_place *asked) {
  emu_place own = *asked, *place = &own;
  own.foreign = is_foreign(&exchange->fault);
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
  if (emu_refusal_wanted(exchange, place, &problem)) return emu_problem_send(exchange, place->surface, &problem);
  bool google = place->surface == EMU_VERTEX || place->surface == EMU_ENDPOINT;
  if (google ? !emu_google_admit(exchange, place, &problem) : !emu_google_key(exchange, place, &problem))
    return emu_problem_send(exchange, place->surface, &problem);
  return place->task == EMU_EMBEDDINGS ? emu_embedding(exchange, place) : answer_prompt(exchange, place);
}
