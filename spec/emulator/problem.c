/* SPDX-License-Identifier: MIT */
#include "problem.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/scan.h"

bool emu_problem_set(emu_problem *problem, int status, const char *reason, const char *format, ...) {
  va_list args;
  va_start(args, format);
  /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it is initialized; clang-tidy 14 loses track over several
   * files */
  vsnprintf(problem->message, sizeof problem->message, format, args);
  va_end(args);
  problem->status = status;
  problem->reason = reason;
  return false;
}

static const char *google_status(int status) {
  switch (status) {
    case 400: return "INVALID_ARGUMENT";
    case 401: return "UNAUTHENTICATED";
    case 403: return "PERMISSION_DENIED";
    case 404: return "NOT_FOUND";
    case 409: return "ABORTED";
    case 429: return "RESOURCE_EXHAUSTED";
    case 499: return "CANCELLED";
    case 503: return "UNAVAILABLE";
    case 504: return "DEADLINE_EXCEEDED";
    default: return "INTERNAL";
  }
}

static const char *openai_type(int status) {
  if (status == 429) return "requests";
  return status >= 500 ? "server_error" : "invalid_request_error";
}

static void quote(cai_buf *out, const char *text) {
  if (text)
    cai_scan_quote(out, text, strlen(text));
  else
    cai_buf_text(out, "null");
}

static void write_openai(const emu_problem *problem, cai_buf *out) {
  cai_buf_text(out, "{\n  \"error\": {\n    \"message\": ");
  quote(out, problem->message);
  cai_buf_format(out, ",\n    \"type\": \"%s\",\n    \"param\": ", openai_type(problem->status));
  quote(out, problem->param);
  cai_buf_text(out, ",\n    \"code\": ");
  quote(out, problem->code);
  cai_buf_text(out, "\n  }\n}");
}

static const char vertex_metadata[] =
    "{\n          \"service\": \"aiplatform.googleapis.com\",\n"
    "          \"method\": \"google.cloud.aiplatform.v1.PredictionService.ChatCompletions\"\n        }";

static void write_details(const emu_problem *problem, cai_buf *out) {
  cai_buf_text(out, ",\n    \"details\": [\n");
  if (problem->reason) {
    const char *domain =
        strcmp(problem->reason, "IAM_PERMISSION_DENIED") == 0 ? "aiplatform.googleapis.com" : "googleapis.com";
    cai_buf_format(
        out,
        "      {\n        \"@type\": \"type.googleapis.com/google.rpc.ErrorInfo\",\n        \"reason\": \"%s\",\n"
        "        \"domain\": \"%s\",\n        \"metadata\": %s\n      }",
        problem->reason, problem->domain ? problem->domain : domain,
        problem->metadata ? problem->metadata : vertex_metadata);
  }
  if (problem->retry_s)
    cai_buf_format(out,
                   "%s      {\n        \"@type\": \"type.googleapis.com/google.rpc.RetryInfo\",\n        "
                   "\"retryDelay\": \"%" PRId64 "s\"\n      }",
                   problem->reason ? ",\n" : "", problem->retry_s);
  cai_buf_text(out, "\n    ]");
}

static void write_google(const emu_problem *problem, cai_buf *out) {
  cai_buf_format(out, "{\n  \"error\": {\n    \"code\": %d,\n    \"message\": ", problem->status);
  quote(out, problem->message);
  cai_buf_format(out, ",\n    \"status\": \"%s\"", google_status(problem->status));
  if (problem->reason || problem->retry_s) write_details(problem, out);
  cai_buf_text(out, "\n  }\n}");
}

void emu_problem_write(const emu_problem *problem, emu_surface surface, bool in_array, cai_buf *out) {
  if (surface == EMU_OPENAI) {
    write_openai(problem, out);
    return;
  }
  if (in_array) cai_buf_byte(out, '[');
  write_google(problem, out);
  if (in_array) cai_buf_byte(out, ']');
}

enum MHD_Result emu_problem_send(emu_exchange *exchange, emu_surface surface, const emu_problem *problem) {
  cai_buf body;
  cai_buf_init(&body, 1 << 16);
  emu_problem_write(problem, surface, surface == EMU_VERTEX || surface == EMU_GEMINI, &body);
  cai_buf_byte(&body, '\n');
  if (problem->status == 401 && surface != EMU_OPENAI)
    emu_exchange_set(exchange, "WWW-Authenticate",
                     problem->reason && strcmp(problem->reason, "CREDENTIALS_MISSING") == 0
                         ? "Bearer realm=\"https://accounts.google.com/\""
                         : "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"");
  return emu_exchange_json(exchange, problem->status, &body);
}
