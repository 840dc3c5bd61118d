/* SPDX-License-Identifier: MIT */
#include "grant.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/scan.h"
#include "problem.h"

enum { HUGE_BYTES = 2 << 20 };

bool emu_grant_issue(emu_exchange *exchange, int64_t ttl_s, char token[EMU_TOKEN_TEXT]) {
  char text[24];
  uint64_t serial = emu_tokens_issue(&exchange->emu->tokens, ttl_s, token);
  snprintf(text, sizeof text, "%" PRIu64, serial);
  emu_exchange_set(exchange, "X-Emulator-Token", text);
  emu_exchange_set(exchange, "Cache-Control", "no-store");
  return serial != 0;
}

enum MHD_Result emu_grant_exchanged(emu_exchange *exchange, bool with_lifetime) {
  char token[EMU_TOKEN_TEXT];
  int64_t ttl_s = exchange->emu->config.token_ttl_s;
  if (!emu_grant_issue(exchange, ttl_s, token))
    return emu_grant_refuse(exchange, 500, "internal_failure", "The emulator is out of memory.");
  cai_buf json;
  cai_buf_init_secret(&json, 1024);
  cai_buf_format(&json,
                 "{\"access_token\":\"%s\",\"issued_token_type\":\"urn:ietf:params:oauth:token-type:access_token\","
                 "\"token_type\":\"Bearer\"",
                 token);
  if (with_lifetime) cai_buf_format(&json, ",\"expires_in\":%" PRId64, ttl_s);
  cai_buf_byte(&json, '}');
  return emu_exchange_json(exchange, 200, &json);
}

enum MHD_Result emu_grant_refuse(emu_exchange *exchange, int status, const char *error, const char *description) {
  cai_buf json;
  cai_buf_init(&json, 4096);
  cai_buf_format(&json, "{\n  \"error\": \"%s\",\n  \"error_description\": ", error);
  cai_scan_quote(&json, description, strlen(description));
  cai_buf_text(&json, "\n}\n");
  return emu_exchange_json(exchange, status, &json);
}

bool emu_grant_content_is(const emu_exchange *exchange, const char *type) {
  const char *is = emu_exchange_header(exchange, "Content-Type");
  size_t len = strlen(type);
  return is && strncasecmp(is, type, len) == 0 && (is[len] == '\0' || is[len] == ';' || is[len] == ' ');
}

/* ---- faults ---- */

static int wanted_status(const emu_fault *fault, emu_fault_kind kind) {
  static const struct {
    emu_fault_kind kind; /* EMU_FOR_TOKEN: all of them */
    int fault;
    int status; /* 0: its number */
  } table[] = {
      {EMU_FOR_OAUTH, EMU_OAUTH_STATUS, 0}, {EMU_FOR_OAUTH, EMU_OAUTH_503, 503}, {EMU_FOR_STS, EMU_STS_STATUS, 0},
      {EMU_FOR_STS, EMU_STS_503, 503},      {EMU_FOR_IAM, EMU_IAM_STATUS, 0},    {EMU_FOR_IAM, EMU_IAM_503, 503},
      {EMU_FOR_TOKEN, EMU_TOKEN_500, 500},  {EMU_FOR_TOKEN, EMU_TOKEN_503, 503}, {EMU_FOR_TOKEN, EMU_TOKEN_STATUS, 0}};
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    if (fault->on[table[i].fault] && (table[i].kind == kind || table[i].kind == EMU_FOR_TOKEN))
      return table[i].status ? table[i].status : (int)fault->arg[table[i].fault];
  return 0;
}

/* IAM Credentials speaks google.rpc.Status, the others OAuth. */
static enum MHD_Result refuse_with(emu_exchange *exchange, emu_fault_kind kind, int status) {
  if (kind == EMU_FOR_IAM) {
    emu_problem problem = {.code = NULL};
    emu_problem_set(&problem, status, NULL, "The emulator was told to fail.");
    return emu_problem_send(exchange, EMU_ENDPOINT, &problem);
  }
  if (status == 500) return emu_grant_refuse(exchange, status, "internal_failure", "Internal error.");
  if (status == 503)
    return emu_grant_refuse(exchange, status, "temporarily_unavailable", "The service is currently unavailable.");
  const char *error = status >= 500 ? "server_error" : status == 429 ? "rate_limit_exceeded" : "access_denied";
  return emu_grant_refuse(exchange, status, error, "The emulator was told to fail.");
}

static enum MHD_Result refuse_session(emu_exchange *exchange) {
  static const char body[] =
      "{\n  \"error\": \"invalid_grant\",\n  \"error_description\": \"reauth related error (invalid_rapt)\",\n"
      "  \"error_uri\": \"https://support.google.com/a/answer/9368756\",\n  \"error_subtype\": \"invalid_rapt\"\n}\n";
  return emu_exchange_reply(exchange, 400, "application/json; charset=utf-8", body, sizeof body - 1);
}

/* A right answer but for its size. */
static enum MHD_Result answer_hugely(emu_exchange *exchange) {
  static const char padding[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde ";
  char token[EMU_TOKEN_TEXT];
  cai_buf json;
  cai_buf_init_secret(&json, 2 * (size_t)HUGE_BYTES);
  cai_buf_text(&json, "{\"padding\":\"");
  while (!json.error && json.len < HUGE_BYTES) cai_buf_text(&json, padding);
  if (emu_grant_issue(exchange, exchange->emu->config.token_ttl_s, token))
    cai_buf_format(&json, "\",\"access_token\":\"%s\",\"expires_in\":%" PRId64 ",\"token_type\":\"Bearer\"}", token,
                   exchange->emu->config.token_ttl_s);
  return emu_exchange_json(exchange, 200, &json);
}

static void add_retry_after(emu_exchange *exchange) {
  emu_fault *fault = &exchange->fault, waiting = {.text = ""};
  char seconds[24];
  if (!fault->on[EMU_TOKEN_RETRY_AFTER] && emu_faults_take(&exchange->emu->faults, EMU_FOR_REFUSAL, &waiting))
    emu_fault_parse(waiting.text, fault);
  if (!fault->on[EMU_TOKEN_RETRY_AFTER]) return;
  snprintf(seconds, sizeof seconds, "%" PRId64, fault->arg[EMU_TOKEN_RETRY_AFTER]);
  emu_exchange_set(exchange, "Retry-After", seconds);
}

static bool is_refused(const emu_fault *fault, int status) {
  return status || fault->on[EMU_TOKEN_INVALID_GRANT] || fault->on[EMU_TOKEN_RAPT] || fault->on[EMU_TOKEN_HTML] ||
         fault->on[EMU_TOKEN_GARBAGE];
}

bool emu_grant_fault(emu_exchange *exchange, emu_fault_kind kind, enum MHD_Result *answered) {
  const emu_fault *fault = &exchange->fault;
  if (!emu_exchange_take_fault(exchange, kind, answered)) return true;
  if (!*fault->text && !emu_exchange_take_fault(exchange, EMU_FOR_TOKEN, answered)) return true;
  if (fault->on[EMU_TOKEN_SLOW]) emu_exchange_wait(exchange, fault->arg[EMU_TOKEN_SLOW]);
  int status = wanted_status(fault, kind);
  if (is_refused(fault, status)) add_retry_after(exchange);
  if (status)
    *answered = refuse_with(exchange, kind, status);
  else if (fault->on[EMU_TOKEN_INVALID_GRANT])
    *answered = emu_grant_refuse(exchange, 400, "invalid_grant", "Token has been expired or revoked.");
  else if (fault->on[EMU_TOKEN_RAPT])
    *answered = refuse_session(exchange);
  else if (fault->on[EMU_TOKEN_HTML] || fault->on[EMU_TOKEN_GARBAGE])
    *answered = emu_exchange_html(exchange, fault->on[EMU_TOKEN_HTML] ? (int)fault->arg[EMU_TOKEN_HTML] : 200);
  else if (fault->on[EMU_TOKEN_HUGE])
    *answered = answer_hugely(exchange);
  else
    return false;
  return true;
}
