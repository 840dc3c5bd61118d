/* SPDX-License-Identifier: MIT */
#include "refusal.h"

#include <inttypes.h>
#include <stdio.h>

emu_shape emu_refusal_shape(const emu_fault *fault, int *number) {
  static const struct {
    int number;
    emu_shape shape;
  } shapes[] = {{EMU_OPENAI_ERROR, EMU_SHAPE_OPENAI},
                {EMU_GOOGLE_ERROR, EMU_SHAPE_GOOGLE},
                {EMU_GOOGLE_ARRAY_ERROR, EMU_SHAPE_GOOGLE_ARRAY},
                {EMU_VLLM_ERROR, EMU_SHAPE_VLLM},
                {EMU_VLLM_FLAT_ERROR, EMU_SHAPE_VLLM_FLAT},
                {EMU_LLAMACPP_ERROR, EMU_SHAPE_LLAMACPP},
                {EMU_OLLAMA_ERROR, EMU_SHAPE_OLLAMA},
                {EMU_TEXT_ERROR, EMU_SHAPE_TEXT},
                {EMU_EMPTY_ERROR, EMU_SHAPE_EMPTY}};
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    if (!fault->on[shapes[i].number]) continue;
    *number = shapes[i].number;
    return shapes[i].shape;
  }
  return EMU_SHAPE_OF_SURFACE;
}

/* ---- 429 and when to come again ---- */

static void set_number(emu_exchange *exchange, const char *header, int64_t value) {
  char text[24];
  snprintf(text, sizeof text, "%" PRId64, value);
  emu_exchange_set(exchange, header, text);
}

static bool has_advice(const emu_fault *fault) {
  return fault->on[EMU_RETRY_AFTER_MS] || fault->on[EMU_RETRY_AFTER_DATE] || fault->on[EMU_SHOULD_RETRY];
}

static void set_advice(emu_exchange *exchange) {
  const emu_fault *fault = &exchange->fault;
  char date[EMU_DATE_TEXT];
  emu_exchange_date(exchange, fault->arg[EMU_RETRY_AFTER_DATE], date);
  if (fault->on[EMU_RETRY_AFTER_MS]) set_number(exchange, "retry-after-ms", fault->arg[EMU_RETRY_AFTER_MS]);
  if (fault->on[EMU_RETRY_AFTER_DATE]) emu_exchange_set(exchange, "Retry-After", date);
  if (fault->on[EMU_SHOULD_RETRY])
    emu_exchange_set(exchange, "x-should-retry", fault->arg[EMU_SHOULD_RETRY] ? "true" : "false");
}

static void rate_limit(emu_exchange *exchange, emu_problem *problem) {
  const emu_fault *fault = &exchange->fault;
  problem->code = "rate_limit_exceeded";
  emu_problem_set(problem, 429, "RATE_LIMIT_EXCEEDED", "Resource exhausted. Please try again later.");
  if (fault->on[EMU_429_INFO]) problem->retry_s = fault->arg[EMU_429_INFO];
  if (!fault->on[EMU_429] || fault->arg[EMU_429] < 0) return;
  set_number(exchange, "Retry-After", fault->arg[EMU_429]);
  if (fault->arg[EMU_429] > 0) problem->retry_s = fault->arg[EMU_429];
}

/* 429 that waiting a little does not mend. */
static bool quota_is_gone(const emu_fault *fault, emu_problem *problem) {
  if (fault->on[EMU_QUOTA_PER_DAY]) {
    problem->code = "rate_limit_exceeded";
    problem->quota = "GenerateRequestsPerDayPerProjectPerModel-FreeTier";
    problem->retry_s = 34; /* Google gives advice even here */
    emu_problem_set(problem, 429, NULL, "Quota exceeded: rate limit reached on requests per day (RPD): limit 50.");
  } else if (fault->on[EMU_INSUFFICIENT_QUOTA]) {
    problem->code = problem->type = "insufficient_quota";
    emu_problem_set(problem, 429, NULL, "You exceeded your current quota, please check your plan and billing details.");
  } else if (fault->on[EMU_PROVISIONED_THROUGHPUT]) {
    emu_problem_set(problem, 429, NULL, "Too many requests. Exceeded the Provisioned Throughput.");
  }
  return problem->status != 0;
}

/* ---- by location ---- */

static bool location_refuses(const emu_exchange *exchange, const emu_place *place, emu_problem *problem) {
  int status = *place->location ? emu_regions_status(&exchange->emu->regions, place->location) : 0;
  if (!status) return false;
  if (status == 429)
    emu_problem_set(problem, status, NULL, "Resource exhausted in `%s`. Please try again later.", place->location);
  else if (status == 404)
    emu_problem_set(problem, status, NULL,
                    "Publisher Model `projects/%.60s/locations/%s/publishers/google/models/emulator` was not found or "
                    "your project does not have access to it.",
                    place->project, place->location);
  else
    emu_problem_set(problem, status, NULL, "The location `%s` was told to refuse.", place->location);
  return true;
}

/* ---- */

static void by_fault(emu_exchange *exchange, emu_problem *problem) {
  const emu_fault *fault = &exchange->fault;
  if (quota_is_gone(fault, problem)) return;
  if (fault->on[EMU_429] || fault->on[EMU_429_INFO])
    rate_limit(exchange, problem);
  else if (fault->on[EMU_500])
    emu_problem_set(problem, 500, NULL, "Internal error encountered.");
  else if (fault->on[EMU_503])
    emu_problem_set(problem, 503, NULL, "The service is currently unavailable.");
  else if (fault->on[EMU_STATUS])
    emu_problem_set(problem, (int)fault->arg[EMU_STATUS], NULL, "The emulator was told to answer this.");
  else if (fault->on[EMU_ERROR200])
    emu_problem_set(problem, (int)fault->arg[EMU_ERROR200], NULL, "The model is overloaded. Please try again later.");
  else if (has_advice(fault))
    rate_limit(exchange, problem);
}

/* Then the shape is that of the event. */
static bool breaks_the_stream(const emu_fault *fault) {
  return fault->on[EMU_ERROR_IN_STREAM] || fault->on[EMU_EVENT_ERROR] || fault->on[EMU_FIELD_ERROR] ||
         fault->on[EMU_LINE_ERROR];
}

bool emu_refusal_wanted(emu_exchange *exchange, const emu_place *place, emu_problem *problem) {
  const emu_fault *fault = &exchange->fault;
  int number = -1;
  emu_shape shape = emu_refusal_shape(fault, &number);
  by_fault(exchange, problem);
  if (!problem->status && number >= 0 && !breaks_the_stream(fault))
    emu_problem_set(problem, (int)fault->arg[number], NULL, "The emulator was told to answer this.");
  if (!problem->status) return location_refuses(exchange, place, problem);
  problem->shape = shape;
  if (fault->on[EMU_ERROR200]) problem->http_status = 200;
  set_advice(exchange);
  return true;
}
