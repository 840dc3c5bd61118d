/* SPDX-License-Identifier: MIT
 * What the log is told of a request that has ended. */
#include <string.h>

#include "../base/alloc.h"
#include "../chat/record/secrets.h"
#include "../chat/report/telemetry.h"
#include "chatabi.h"
#include "course.h"

enum { MAX_TELEMETRY = 4000 };

static void tell_end(cai_attempt *attempt, int code, long long total_ms) {
  cai_log *log = attempt->loop->log;
  long long id = (long long)attempt->id;
  if (!code)
    cai_log_add(log, CAI_LOG_INFO, "request %lld: done after %lld ms", id, total_ms);
  else
    cai_log_add(log, code == CHATABI_E_CANCELLED ? CAI_LOG_INFO : CAI_LOG_WARN, "request %lld: %s after %lld ms: %s",
                id, cai_err_name(code), total_ms, attempt->failure.err.message);
}

static bool wants_answer(const cai_loop *loop) {
  return loop->settings.log_payloads && cai_log_wants(loop->log, CAI_LOG_DEBUG);
}

static const char *operation_of(const char *path) {
  if (!path) return "chat";
  return strcmp(path, "/embeddings") == 0    ? "embeddings"
         : strcmp(path, "/completions") == 0 ? "text_completion"
                                             : "chat";
}

static int64_t number(const cai_attempt *attempt, int what) { return cai_progress_get(&attempt->progress, what); }

static cai_telemetry facts_of(const cai_attempt *attempt, int code, int64_t total_ms) {
  int64_t status = number(attempt, CHATABI_INFO_HTTP_STATUS);
  return (cai_telemetry){.provider = cai_provider_name(attempt->loop->settings.provider),
                         .operation = operation_of(attempt->options.path),
                         .address = attempt->host,
                         .port = attempt->port,
                         .http_status = status > 0 ? (int)status : 0,
                         .error_code = code,
                         .total_ms = total_ms,
                         .first_token_ms = attempt->facts.stream ? number(attempt, CHATABI_INFO_FIRST_BYTE_MS) : -1,
                         .attempts = number(attempt, CHATABI_INFO_ATTEMPTS),
                         .input_tokens = number(attempt, CHATABI_INFO_PROMPT_TOKENS),
                         .output_tokens = number(attempt, CHATABI_INFO_OUTPUT_TOKENS),
                         .reasoning_tokens = number(attempt, CHATABI_INFO_REASONING_TOKENS),
                         .cached_tokens = number(attempt, CHATABI_INFO_CACHED_TOKENS)};
}

/* A line of the log is cut at 4 KB, and then it is no JSON: without what others wrote it is shorter. */
static int write_facts(cai_buf *line, cai_telemetry *facts) {
  int error = cai_telemetry_write(line, facts);
  if (error || line->len <= MAX_TELEMETRY) return error;
  facts->request = facts->answer = (cai_span){NULL, 0};
  cai_buf_reset(line);
  return cai_telemetry_write(line, facts);
}

static void tell_telemetry(cai_attempt *attempt, cai_span answer, int code, int64_t total_ms) {
  cai_buf request, line;
  cai_buf_init(&request, SIZE_MAX / 2);
  cai_buf_init(&line, SIZE_MAX / 2);
  cai_telemetry facts = facts_of(attempt, code, total_ms);
  const cai_buf *sent = attempt->wire.body.len ? &attempt->wire.body : &attempt->body; /* nothing is sent in a replay */
  cai_span body = {cai_buf_view(sent), sent->len};
  if (body.len && cai_telemetry_request(&request, body) == 0)
    facts.request = (cai_span){cai_buf_view(&request), request.len};
  facts.answer = answer;
  if (write_facts(&line, &facts) == 0)
    cai_log_add(attempt->loop->log, CAI_LOG_TELEMETRY, "request %lld: %s", (long long)attempt->id, cai_buf_view(&line));
  cai_buf_fini(&request);
  cai_buf_fini(&line);
}

/* A server may repeat what it was sent. Without memory for that there is no answer. */
static void hide(cai_buf *json, const char *credential) {
  cai_secrets secrets;
  cai_secrets_init(&secrets);
  if (cai_secrets_add(&secrets, credential))
    cai_buf_reset(json);
  else if (json->len)
    cai_secrets_strike(&secrets, json->data, json->len);
  cai_secrets_fini(&secrets);
}

void cai_attempt_account(cai_attempt *attempt, int code, int64_t total_ms) {
  const cai_loop *loop = attempt->loop;
  cai_buf json;
  tell_end(attempt, code, (long long)total_ms);
  if (!wants_answer(loop) && !loop->settings.log_telemetry) return;
  cai_buf_init(&json, SIZE_MAX / 2);
  if (!cai_attempt_result(attempt, &json) || json.error) cai_buf_reset(&json);
  hide(&json, attempt->credential);
  cai_span answer = {cai_buf_view(&json), json.len};
  if (wants_answer(loop))
    cai_log_add(loop->log, CAI_LOG_DEBUG, "request %lld: has got %.*s", (long long)attempt->id, (int)answer.len,
                answer.at);
  if (loop->settings.log_telemetry) tell_telemetry(attempt, answer, code, total_ms);
  cai_buf_fini(&json);
}
