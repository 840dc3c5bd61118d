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

bool emu_problem_refuse(emu_problem *problem, const char *code, const char *param, const char *format, ...) {
  va_list args;
  va_start(args, format);
  /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): as above */
  vsnprintf(problem->message, sizeof problem->message, format, args);
  va_end(args);
  problem->status = 400;
  problem->reason = NULL;
  problem->code = code;
  snprintf(problem->param_text, sizeof problem->param_text, "%s", param ? param : "");
  problem->param = param ? problem->param_text : NULL;
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
  cai_buf_format(
      out, ",\n    \"type\": \"%s\",\n    \"param\": ", problem->type ? problem->type : openai_type(problem->status));
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
  if (problem->quota)
    cai_buf_format(out,
                   "%s      {\n        \"@type\": \"type.googleapis.com/google.rpc.QuotaFailure\",\n        "
                   "\"violations\": [\n          {\n            \"quotaMetric\": "
                   "\"generativelanguage.googleapis.com/generate_content_requests\",\n            \"quotaId\": "
                   "\"%s\",\n            \"quotaValue\": \"50\"\n          }\n        ]\n      }",
                   problem->reason ? ",\n" : "", problem->quota);
  if (problem->retry_s)
    cai_buf_format(out,
                   "%s      {\n        \"@type\": \"type.googleapis.com/google.rpc.RetryInfo\",\n        "
                   "\"retryDelay\": \"%" PRId64 "s\"\n      }",
                   problem->reason || problem->quota ? ",\n" : "", problem->retry_s);
  cai_buf_text(out, "\n    ]");
}

static void write_google(const emu_problem *problem, cai_buf *out) {
  cai_buf_format(out, "{\n  \"error\": {\n    \"code\": %d,\n    \"message\": ", problem->status);
  quote(out, problem->message);
  cai_buf_format(out, ",\n    \"status\": \"%s\"", google_status(problem->status));
  if (problem->reason || problem->quota || problem->retry_s) write_details(problem, out);
  cai_buf_text(out, "\n  }\n}");
}

/* ---- servers of one's own ---- */

static const char *vllm_type(int status) {
  if (status == 404) return "NotFoundError";
  if (status == 429) return "RateLimitError";
  return status >= 500 ? "InternalServerError" : "BadRequestError";
}

static const char *llamacpp_type(int status) {
  if (status == 404) return "not_found_error";
  if (status == 503) return "unavailable_error";
  return status >= 500 ? "server_error" : "invalid_request_error";
}

static void write_vllm(const emu_problem *problem, bool flat, cai_buf *out) {
  cai_buf_text(out, flat ? "{\"object\":\"error\",\"message\":" : "{\"error\":{\"message\":");
  quote(out, problem->message);
  cai_buf_format(out, ",\"type\":\"%s\",\"param\":", vllm_type(problem->status));
  quote(out, problem->param);
  cai_buf_format(out, ",\"code\":%d%s", problem->status, flat ? "}" : "}}");
}

static void write_llamacpp(const emu_problem *problem, cai_buf *out) {
  cai_buf_format(out, "{\"error\":{\"code\":%d,\"message\":", problem->status);
  quote(out, problem->message);
  cai_buf_format(out, ",\"type\":\"%s\"}}", llamacpp_type(problem->status));
}

static void write_ollama(const emu_problem *problem, cai_buf *out) {
  cai_buf_text(out, "{\"error\":");
  quote(out, problem->message);
  cai_buf_byte(out, '}');
}

/* ---- */

static emu_shape shape_of(const emu_problem *problem, emu_surface surface, bool in_stream) {
  if (problem->shape != EMU_SHAPE_OF_SURFACE) return problem->shape;
  switch (surface) {
    case EMU_OPENAI: return EMU_SHAPE_OPENAI;
    case EMU_VERTEX:
    case EMU_GEMINI: return in_stream ? EMU_SHAPE_GOOGLE : EMU_SHAPE_GOOGLE_ARRAY;
    case EMU_ENDPOINT: break;
    case EMU_VLLM: return EMU_SHAPE_VLLM;
    case EMU_OLD: return EMU_SHAPE_VLLM_FLAT;
  }
  return EMU_SHAPE_GOOGLE;
}

void emu_problem_write(const emu_problem *problem, emu_surface surface, bool in_stream, cai_buf *out) {
  switch (shape_of(problem, surface, in_stream)) {
    case EMU_SHAPE_OF_SURFACE:
    case EMU_SHAPE_GOOGLE: write_google(problem, out); break;
    case EMU_SHAPE_OPENAI: write_openai(problem, out); break;
    case EMU_SHAPE_GOOGLE_ARRAY:
      cai_buf_byte(out, '[');
      write_google(problem, out);
      cai_buf_byte(out, ']');
      break;
    case EMU_SHAPE_VLLM: write_vllm(problem, false, out); break;
    case EMU_SHAPE_VLLM_FLAT: write_vllm(problem, true, out); break;
    case EMU_SHAPE_LLAMACPP: write_llamacpp(problem, out); break;
    case EMU_SHAPE_OLLAMA: write_ollama(problem, out); break;
    case EMU_SHAPE_TEXT: cai_buf_format(out, "upstream error: %s", problem->message); break;
    case EMU_SHAPE_EMPTY: break;
  }
}

enum MHD_Result emu_problem_send(emu_exchange *exchange, emu_surface surface, const emu_problem *problem) {
  cai_buf body;
  cai_buf_init(&body, 1 << 16);
  emu_problem_write(problem, surface, false, &body);
  if (body.len) cai_buf_byte(&body, '\n');
  int status = problem->http_status ? problem->http_status : problem->status;
  if (status == 401 && surface != EMU_OPENAI)
    emu_exchange_set(exchange, "WWW-Authenticate",
                     problem->reason && strcmp(problem->reason, "CREDENTIALS_MISSING") == 0
                         ? "Bearer realm=\"https://accounts.google.com/\""
                         : "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"");
  if (problem->shape != EMU_SHAPE_TEXT && problem->shape != EMU_SHAPE_EMPTY)
    return emu_exchange_json(exchange, status, &body);
  enum MHD_Result queued = emu_exchange_text(exchange, status, cai_buf_view(&body));
  cai_buf_fini(&body);
  return queued;
}
