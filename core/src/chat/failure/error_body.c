/* SPDX-License-Identifier: MIT
 *
 * Source: https://platform.openai.com/docs/guides/error-codes, google/rpc/error_details.proto (RetryInfo, QuotaFailure,
 * ErrorInfo), and the shapes that vLLM, llama.cpp and Ollama are seen to send. */
#include "error_body.h"

#include <string.h>
#include <strings.h>

#include "../../base/alloc.h"
#include "retry_after.h"
#include "words.h"

static cai_span first_element(cai_span value) {
  cai_span element = {NULL, 0};
  cai_scan scan = cai_scan_elements(value);
  return cai_scan_element(&scan, &element) ? element : (cai_span){NULL, 0};
}

cai_span cai_error_body_find(const char *body, size_t len) {
  cai_span value;
  if (!cai_scan_value(body, len, &value)) return (cai_span){NULL, 0};
  if (cai_scan_is_array(value)) value = first_element(value);
  cai_span error = cai_scan_get(value, "error");
  if (cai_scan_is_array(error)) error = first_element(error);
  return cai_scan_is_object(error) || cai_scan_is_string(error) ? error : value;
}

/* A string's content or another scalar's text, made fit to be shown; NULL for null and absent. */
static char *words_of(cai_span value) {
  if (cai_scan_is_null(value)) return NULL;
  if (!cai_scan_is_string(value)) return cai_words_of(value.at, value.len);
  cai_buf text;
  cai_buf_init(&text, value.len);
  cai_scan_string(value, &text);
  char *words = cai_words_of(cai_buf_view(&text), text.len);
  cai_buf_fini(&text);
  return words;
}

static void set(char **slot, cai_span value) {
  char *words = words_of(value);
  if (!words) return;
  cai_free(*slot);
  *slot = words;
}

static void set_message(cai_failure *failure, cai_span error) {
  static const char *const names[] = {"message", "detail", "error_description", "msg"};
  for (size_t i = 0; i < sizeof names / sizeof *names && !failure->provider_message; i++)
    set(&failure->provider_message, cai_scan_get(error, names[i]));
}

static bool string_contains(cai_span string, const char *part) {
  return cai_scan_is_string(string) && memmem(string.at, string.len, part, strlen(part)) != NULL;
}

static void read_detail(cai_failure *failure, cai_span detail) {
  cai_span violation;
  char *delay = words_of(cai_scan_get(detail, "retryDelay"));
  int64_t delay_ms = cai_retry_after_duration_ms(delay);
  cai_free(delay);
  if (delay_ms > failure->retry_after_ms) failure->retry_after_ms = delay_ms;
  if (!failure->provider_reason) set(&failure->provider_reason, cai_scan_get(detail, "reason"));
  cai_scan violations = cai_scan_elements(cai_scan_get(detail, "violations"));
  while (cai_scan_element(&violations, &violation))
    if (string_contains(cai_scan_get(violation, "quotaId"), "PerDay")) failure->terminal = true;
}

static bool is(const char *text, const char *word) { return text && strcmp(text, word) == 0; }

static void read_terminal(cai_failure *failure) {
  const char *message = failure->provider_message;
  if (is(failure->provider_code, "insufficient_quota") || is(failure->provider_type, "insufficient_quota"))
    failure->terminal = true;
  if (message && strcasestr(message, "exceeded the provisioned throughput")) failure->terminal = true;
}

static void read_object(cai_failure *failure, cai_span error) {
  cai_span detail;
  set_message(failure, error);
  set(&failure->provider_code, cai_scan_get(error, "code"));
  set(&failure->provider_status, cai_scan_get(error, "status"));
  set(&failure->provider_type, cai_scan_get(error, "type"));
  set(&failure->param, cai_scan_get(error, "param"));
  set(&failure->provider_reason, cai_scan_get(cai_scan_get(error, "innererror"), "code"));
  cai_scan details = cai_scan_elements(cai_scan_get(error, "details"));
  while (cai_scan_element(&details, &detail)) read_detail(failure, detail);
  read_terminal(failure);
}

void cai_error_body_read(cai_failure *failure, const char *body, size_t len) {
  cai_span error = cai_error_body_find(body, len);
  if (cai_scan_is_object(error))
    read_object(failure, error);
  else if (cai_scan_is_string(error))
    failure->provider_message = words_of(error);
  else if (cai_words_is_html(body, len))
    failure->provider_message = cai_words_of_html(body, len);
  else
    failure->provider_message = cai_words_of(body, len);
}
