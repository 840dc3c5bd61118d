/* SPDX-License-Identifier: MIT
 * The body of an error: whatever it is, a sentence and a JSON object come of it, and the text around it changes neither
 * the code nor what is asked for. The first byte says which status it has and what is tried. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/scan.h"
#include "base/utf8.h"
#include "chat/failure/failure.h"
#include "chat/failure/retry.h"

static const int statuses[] = {200, 302, 400, 401, 403, 404, 413, 429, 499, 500, 503, 504};

static void check_text(const char *text) {
  if (text && (!*text || !cai_utf8_valid(text, strlen(text)))) abort();
}

static void check(const cai_failure *failure) {
  cai_buf json;
  const cai_retry_policy policy = {.max_retries = 2, .max_wait_ms = 60000};
  if (failure->err.code >= 0 || !*failure->err.message || strpbrk(failure->err.message, "\r\n")) abort();
  if (failure->terminal && failure->retryable) abort();
  if (failure->retry_after_ms < -1) abort();
  int64_t delay_ms = cai_retry_delay_ms(&policy, failure, 1, 0.5);
  if (delay_ms < -1 || delay_ms == 0 || delay_ms > policy.max_wait_ms || (delay_ms > 0 && !failure->retryable)) abort();
  check_text(failure->provider_code);
  check_text(failure->provider_status);
  check_text(failure->provider_type);
  check_text(failure->provider_reason);
  check_text(failure->provider_message);
  check_text(failure->param);
  check_text(failure->quota);
  check_text(failure->request_id);
  cai_buf_init(&json, 1024 * 1024);
  if (cai_failure_json(failure, &json) || cai_scan_check(json.data, json.len, NULL, NULL)) abort();
  cai_buf_fini(&json);
}

/* [body] must be read like body, where that is an object. */
static void compare_in_array(const cai_failure *plain, int status, const char *body, size_t len) {
  cai_failure wrapped;
  cai_buf array;
  cai_failure_init(&wrapped);
  cai_buf_init(&array, len + 2);
  cai_buf_byte(&array, '[');
  cai_buf_append(&array, body, len);
  cai_buf_byte(&array, ']');
  if (cai_scan_check(array.data, array.len, NULL, NULL) == 0) {
    cai_failure_from_reply(&wrapped, status, NULL, array.data, array.len, 0);
    if (wrapped.err.code != plain->err.code || wrapped.retry_after_ms != plain->retry_after_ms ||
        wrapped.terminal != plain->terminal || strcmp(wrapped.err.message, plain->err.message) != 0)
      abort();
  }
  cai_buf_fini(&array);
  cai_failure_fini(&wrapped);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 1) return 0;
  int status = statuses[data[0] % (sizeof statuses / sizeof *statuses)];
  size_t len = size - 1;
  char *body = malloc(len ? len : 1); /* so that a read beyond it is seen */
  if (!body) abort();
  memcpy(body, data + 1, len);
  cai_failure failure;
  cai_span value;
  cai_failure_init(&failure);
  (void)cai_failure_is_error(body, len);
  cai_failure_from_reply(&failure, status, NULL, body, len, 0);
  check(&failure);
  if (cai_scan_value(body, len, &value) && cai_scan_is_object(value)) compare_in_array(&failure, status, body, len);
  cai_failure_fini(&failure);
  free(body);
  return 0;
}
