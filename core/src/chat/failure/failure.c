/* SPDX-License-Identifier: MIT */
#include "failure.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "../../base/alloc.h"
#include "../../base/scan.h"
#include "chatabi.h"
#include "error_body.h"
#include "hint.h"
#include "quota.h"
#include "retry_after.h"
#include "status.h"
#include "words.h"

enum { BODY_MAX = 8192 };

void cai_failure_init(cai_failure *failure) {
  memset(failure, 0, sizeof *failure);
  failure->retry_after_ms = -1;
}

void cai_failure_fini(cai_failure *failure) {
  cai_free(failure->provider_code);
  cai_free(failure->provider_status);
  cai_free(failure->provider_type);
  cai_free(failure->provider_reason);
  cai_free(failure->provider_message);
  cai_free(failure->param);
  cai_free(failure->quota);
  cai_free(failure->request_id);
  cai_free(failure->body);
  cai_free(failure->details);
  cai_free(failure->advice);
  cai_failure_init(failure);
}

void cai_failure_hide(cai_failure *failure, const char *secret) {
  char *texts[] = {failure->err.message,   failure->provider_code,   failure->provider_status,
                   failure->provider_type, failure->provider_reason, failure->provider_message,
                   failure->param,         failure->quota,           failure->request_id,
                   failure->body};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) cai_err_hide(texts[i], secret);
}

bool cai_failure_names(const cai_failure *failure, const char *word) {
  return (failure->param && strstr(failure->param, word)) || (failure->body && strstr(failure->body, word));
}

static bool is_passing(int code) {
  return code == CHATABI_E_DNS || code == CHATABI_E_CONNECT || code == CHATABI_E_TIMEOUT ||
         code == CHATABI_E_DISCONNECT;
}

void cai_failure_from_err(cai_failure *failure, const cai_err *err) {
  cai_err kept = *err; /* may be the failure's own */
  cai_failure_fini(failure);
  failure->err = kept;
  failure->retryable = is_passing(kept.code);
}

bool cai_failure_detail(cai_failure *failure, const char *json, const char *hint, bool retryable) {
  failure->retryable = retryable;
  return cai_strset(&failure->details, json) == 0 && cai_strset(&failure->advice, hint) == 0;
}

void cai_failure_limit(cai_failure *failure, const char *option) { failure->limit = option; }

/* Cloudflare's is last: it names the way, not what came at its end. */
void cai_failure_identify(cai_failure *failure, const cai_headers *headers) {
  static const char *const names[] = {"x-request-id",     "request-id",        "apim-request-id",
                                      "x-amzn-requestid", "x-goog-request-id", "cf-ray"};
  for (size_t i = 0; headers && i < sizeof names / sizeof *names && !failure->request_id; i++) {
    const char *id = cai_headers_get(headers, names[i]);
    if (id) failure->request_id = cai_words_of(id, strlen(id));
  }
}

/* AWS: "ThrottlingException:http://internal.amazon.com/coral/". */
static void read_aws_type(cai_failure *failure, const cai_headers *headers) {
  const char *type = cai_headers_get(headers, "x-amzn-errortype");
  if (type && !failure->provider_type) failure->provider_type = cai_words_of(type, strcspn(type, ":"));
}

static void read_headers(cai_failure *failure, const cai_headers *headers, int64_t wall_ms) {
  if (!headers) return;
  int64_t wait_ms = cai_retry_after_ms(headers, wall_ms);
  if (wait_ms > failure->retry_after_ms) failure->retry_after_ms = wait_ms;
  cai_failure_identify(failure, headers);
  read_aws_type(failure, headers);
}

/* What ran out is only asked of a refusal for that reason: the headers tell what remains under every status. */
static void read_quota(cai_failure *failure, const cai_headers *headers) {
  if (failure->err.code != CHATABI_E_RATE_LIMIT) return;
  cai_quota_from_words(failure);
  cai_quota_from_headers(failure, headers);
  failure->terminal = cai_quota_is_final(failure);
}

static void decide_retry(cai_failure *failure, const cai_headers *headers, int status) {
  const char *told = headers ? cai_headers_get(headers, "x-should-retry") : NULL;
  failure->retryable = cai_status_is_retryable(status);
  if (told && strcasecmp(told, "true") == 0) failure->retryable = true;
  if (told && strcasecmp(told, "false") == 0) failure->retryable = false;
  if (failure->terminal) failure->retryable = false;
}

/* Not the status once more: vLLM and Google repeat it as code. */
static const char *name_of(const cai_failure *failure) {
  char status[16];
  snprintf(status, sizeof status, "%d", failure->http_status);
  if (failure->provider_status) return failure->provider_status;
  if (failure->provider_code && strcmp(failure->provider_code, status) != 0) return failure->provider_code;
  return failure->provider_type;
}

/* "HTTP 429 (RESOURCE_EXHAUSTED): the server's words. The hint." */
static void write_message(cai_failure *failure, int code) {
  char start[64];
  if (failure->http_status >= 300)
    snprintf(start, sizeof start, "HTTP %d", failure->http_status);
  else
    snprintf(start, sizeof start, "The server reported an error");
  const char *name = name_of(failure);
  const char *words = failure->provider_message ? failure->provider_message : cai_err_text(code);
  size_t len = strlen(words);
  const char *stop = len && strchr(".!?", words[len - 1]) ? "" : ".";
  cai_err_set(&failure->err, code, "%s%s%.60s%s: %s%s%s%s", start, name ? " (" : "", name ? name : "", name ? ")" : "",
              words, stop, failure->hint ? " " : "", failure->hint ? failure->hint : "");
}

void cai_failure_from_reply(cai_failure *failure, int status, const cai_headers *headers, const char *body, size_t len,
                            int64_t wall_ms) {
  cai_failure_fini(failure);
  failure->http_status = status;
  if (len) {
    cai_error_body_read(failure, body, len);
    failure->body = cai_strndup(body, len < BODY_MAX ? len : BODY_MAX);
  }
  read_headers(failure, headers, wall_ms);
  int effective = cai_status_effective(failure);
  failure->err.code = cai_status_code(failure, effective);
  read_quota(failure, headers);
  decide_retry(failure, headers, effective);
  failure->hint = cai_hint_for(failure, cai_words_is_html(body, len));
  write_message(failure, failure->err.code);
}

bool cai_failure_advise(cai_failure *failure, const char *advice) {
  if (cai_strset(&failure->advice, advice)) return false;
  failure->hint = failure->advice;
  write_message(failure, failure->err.code);
  return true;
}

bool cai_failure_is_error(const char *json, size_t len) {
  cai_span value;
  /* Nearly every text is no error and shows it here, without being read. */
  if (!len || !memmem(json, len, "\"error", 6) || !cai_scan_value(json, len, &value)) return false;
  return cai_error_body_is(value);
}

static void add_text(cai_buf *out, const char *name, const char *text) {
  if (!text || !*text) return;
  cai_buf_format(out, ",\"%s\":", name);
  cai_scan_quote(out, text, strlen(text));
}

int cai_failure_json(const cai_failure *failure, cai_buf *out) {
  cai_buf_format(out, "{\"code\":%d", failure->err.code);
  add_text(out, "name", cai_err_name(failure->err.code));
  add_text(out, "message", failure->err.message);
  if (failure->http_status) cai_buf_format(out, ",\"http_status\":%d", failure->http_status);
  add_text(out, "provider_code", failure->provider_code);
  add_text(out, "provider_status", failure->provider_status);
  add_text(out, "provider_type", failure->provider_type);
  add_text(out, "provider_reason", failure->provider_reason);
  add_text(out, "provider_message", failure->provider_message);
  add_text(out, "param", failure->param);
  add_text(out, "quota", failure->quota);
  add_text(out, "limit", failure->limit);
  cai_buf_format(out, ",\"retryable\":%s", failure->retryable ? "true" : "false");
  if (failure->retry_after_ms >= 0) cai_buf_format(out, ",\"retry_after_ms\":%lld", (long long)failure->retry_after_ms);
  add_text(out, "request_id", failure->request_id);
  if (failure->details) cai_buf_format(out, ",\"auth\":%s", failure->details);
  add_text(out, "hint", failure->hint ? failure->hint : failure->advice);
  add_text(out, "body", failure->body);
  return cai_buf_byte(out, '}');
}
