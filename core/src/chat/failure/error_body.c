/* SPDX-License-Identifier: MIT
 *
 * What is found first stays, so each shape is read from its most telling place to its least.
 *
 * Source: https://platform.openai.com/docs/guides/error-codes, google/rpc/error_details.proto; RFC 9457 (title,
 * detail); seen of vLLM, llama.cpp, Ollama and FastAPI; of Mistral in
 * https://github.com/editor-code-assistant/eca/issues/231, of OpenRouter in
 * https://openrouter.ai/docs/api/reference/errors-and-debugging, of LiteLLM ("None" for null) and OpenRouter
 * (metadata.raw) in their projects' reports. */
#include "error_body.h"

#include <stdlib.h>
#include <string.h>

#include "../../base/alloc.h"
#include "nested.h"
#include "quota.h"
#include "retry_after.h"
#include "status.h"
#include "words.h"

enum { DEPTH_MAX = 4, PROBLEMS_MAX = 3 };

static void read_value(cai_failure *failure, cai_span value, int depth);
static void read_text(cai_failure *failure, const char *text, size_t len, int depth);

static cai_span first_element(cai_span value) {
  cai_span element = {NULL, 0};
  cai_scan scan = cai_scan_elements(value);
  return cai_scan_element(&scan, &element) ? element : (cai_span){NULL, 0};
}

static cai_span unwrap(cai_span value) { return cai_scan_is_array(value) ? first_element(value) : value; }

static void fill(char **slot, cai_span value) {
  if (*slot) return;
  *slot = cai_words_of_value(value);
  if (*slot && strcmp(*slot, "None") == 0) {
    cai_free(*slot);
    *slot = NULL;
  }
}

static bool is_number(cai_span value) {
  return value.len && (*value.at == '-' || (*value.at >= '0' && *value.at <= '9'));
}

/* ---- words ---- */

/* {"loc":["body","messages",0],"msg":"Field required","type":"missing"}: pydantic's, in FastAPI, vLLM and Mistral. */
static void read_place(cai_failure *failure, cai_span loc, cai_buf *words) {
  cai_span part;
  cai_buf place;
  cai_buf_init(&place, CAI_WORDS_MAX);
  cai_scan scan = cai_scan_elements(loc);
  while (cai_scan_element(&scan, &part)) {
    if (!place.len && cai_span_equal(part, "\"body\"")) continue;
    if (place.len) cai_buf_byte(&place, '.');
    if (cai_scan_is_string(part))
      cai_scan_string(part, &place);
    else
      cai_buf_append(&place, part.at, part.len);
  }
  if (place.len) {
    cai_buf_format(words, "%s: ", cai_buf_view(&place));
    if (!failure->param) failure->param = cai_words_of(place.data, place.len);
  }
  cai_buf_fini(&place);
}

static void read_problems(cai_failure *failure, cai_span list) {
  cai_span problem;
  cai_buf words;
  cai_buf_init(&words, (size_t)8 * CAI_WORDS_MAX);
  cai_scan scan = cai_scan_elements(list);
  for (int i = 0; i < PROBLEMS_MAX && cai_scan_element(&scan, &problem); i++) {
    char *msg = cai_words_of_value(cai_scan_is_object(problem) ? cai_scan_get(problem, "msg") : problem);
    if (!msg) continue;
    if (words.len) cai_buf_text(&words, "; ");
    read_place(failure, cai_scan_get(problem, "loc"), &words);
    cai_buf_text(&words, msg);
    fill(&failure->provider_type, cai_scan_get(problem, "type"));
    cai_free(msg);
  }
  if (!failure->provider_message) failure->provider_message = cai_words_of(cai_buf_view(&words), words.len);
  cai_buf_fini(&words);
}

static void read_message(cai_failure *failure, cai_span message, int depth) {
  if (failure->provider_message) return;
  if (cai_scan_is_array(message)) {
    read_problems(failure, message);
  } else if (cai_scan_is_object(message)) {
    if (depth < DEPTH_MAX) read_value(failure, message, depth + 1);
  } else if (cai_scan_is_string(message)) {
    cai_buf text;
    cai_buf_init(&text, message.len);
    cai_scan_string(message, &text);
    read_text(failure, cai_buf_view(&text), text.len, depth);
    cai_buf_fini(&text);
  }
}

/* The gateway's words before those of its upstream. */
static void put_before(cai_failure *failure, const char *text, size_t len) {
  cai_buf whole;
  char *start = cai_words_of(text, len);
  if (!start) return;
  cai_buf_init(&whole, (size_t)4 * CAI_WORDS_MAX);
  cai_buf_format(&whole, "%s %s", start, failure->provider_message);
  char *words = cai_words_of(cai_buf_view(&whole), whole.len);
  if (words) {
    cai_free(failure->provider_message);
    failure->provider_message = words;
  }
  cai_free(start);
  cai_buf_fini(&whole);
}

static void read_text(cai_failure *failure, const char *text, size_t len, int depth) {
  cai_span code, words = {text, len};
  cai_span inner = depth < DEPTH_MAX ? cai_nested_find(text, len) : (cai_span){NULL, 0};
  if (inner.at) {
    read_value(failure, inner, depth + 1);
    if (failure->provider_message) {
      put_before(failure, text, (size_t)(inner.at - text));
      return;
    }
  }
  if (cai_nested_rpc(text, len, &code, &words)) {
    const char *status = cai_status_of_rpc(code.at, code.len);
    if (status && !failure->provider_status) failure->provider_status = cai_strdup(status);
  }
  failure->provider_message = cai_words_of(words.at, words.len);
}

/* ---- members ---- */

static void read_status(cai_failure *failure, cai_span error) {
  static const char *const names[] = {"raw_status_code", "status", "statusCode", "status_code"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    cai_span value = cai_scan_get(error, names[i]);
    int64_t number;
    if (cai_scan_is_string(value) && strcmp(names[i], "status") == 0) fill(&failure->provider_status, value);
    if (!is_number(value)) continue;
    fill(&failure->provider_code, value);
    if (!failure->status_told && cai_scan_int(value, &number) && number >= 400 && number < 600)
      failure->status_told = (int)number;
  }
}

/* AWS writes the service's name before it: "com.amazon.coral.service#ThrottlingException". */
static void read_aws_type(cai_failure *failure, cai_span type) {
  const char *mark = cai_scan_is_string(type) ? memchr(type.at, '#', type.len) : NULL;
  if (mark && !failure->provider_type)
    failure->provider_type = cai_words_of(mark + 1, (size_t)(type.at + type.len - mark - 2));
  fill(&failure->provider_type, type);
}

static void read_details(cai_failure *failure, cai_span details) {
  cai_span detail;
  cai_scan walk = cai_scan_elements(details);
  while (cai_scan_element(&walk, &detail)) {
    char *delay = cai_words_of_value(cai_scan_get(detail, "retryDelay"));
    int64_t delay_ms = cai_retry_after_duration_ms(delay);
    cai_free(delay);
    if (delay_ms > failure->retry_after_ms) failure->retry_after_ms = delay_ms;
    fill(&failure->provider_reason, cai_scan_get(detail, "reason"));
    fill(&failure->request_id, cai_scan_get(detail, "requestId"));
    fill(&failure->param, cai_scan_get(first_element(cai_scan_get(detail, "fieldViolations")), "field"));
  }
  cai_quota_from_details(failure, details);
}

static void read_members(cai_failure *failure, cai_span error, int depth) {
  static const char *const messages[] = {"message", "detail", "error_description", "error_message", "msg",
                                         "Message", "title"};
  fill(&failure->provider_code, cai_scan_get(error, "code"));
  read_status(failure, error);
  fill(&failure->provider_type, cai_scan_get(error, "type"));
  fill(&failure->provider_type, cai_scan_get(error, "error_type"));
  read_aws_type(failure, cai_scan_get(error, "__type"));
  fill(&failure->param, cai_scan_get(error, "param"));
  fill(&failure->provider_reason, cai_scan_get(cai_scan_get(error, "innererror"), "code"));
  fill(&failure->request_id, cai_scan_get(error, "request_id"));
  read_details(failure, cai_scan_get(error, "details"));
  fill(&failure->provider_reason, cai_scan_get(first_element(cai_scan_get(error, "errors")), "reason"));
  read_message(failure, cai_scan_get(cai_scan_get(error, "metadata"), "raw"), depth);
  for (size_t i = 0; i < sizeof messages / sizeof *messages; i++)
    read_message(failure, cai_scan_get(error, messages[i]), depth);
}

/* {"error":"invalid_grant","error_description":"..."}, or all there is: {"error":"model not found"}. */
static void read_string(cai_failure *failure, cai_span value, cai_span error, int depth) {
  read_members(failure, value, depth);
  if (!failure->provider_message)
    read_message(failure, error, depth);
  else if (!memchr(error.at, ' ', error.len))
    fill(&failure->provider_code, error);
}

static bool says_something(cai_span error) {
  static const char *const names[] = {"message", "code", "type", "status"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    cai_span member = cai_scan_get(error, names[i]);
    if (!cai_scan_is_null(member) && !cai_span_equal(member, "\"\"") && !cai_span_equal(member, "0")) return true;
  }
  return false;
}

/* OpenRouter tells of an upstream that failed in the middle at the choice that it failed in. */
static cai_span error_of_choice(cai_span value) {
  cai_span choice;
  cai_scan scan = cai_scan_elements(cai_scan_get(value, "choices"));
  while (cai_scan_element(&scan, &choice)) {
    cai_span error = cai_scan_get(choice, "error");
    if (cai_scan_is_object(error) && says_something(error)) return error;
  }
  return (cai_span){NULL, 0};
}

static void read_value(cai_failure *failure, cai_span value, int depth) {
  value = unwrap(value);
  cai_span error = unwrap(cai_scan_get(value, "error"));
  if (cai_scan_is_null(error)) error = error_of_choice(value);
  if (!cai_scan_is_object(error) && !cai_scan_is_string(error)) {
    cai_span listed = unwrap(cai_scan_get(value, "errors"));
    if (cai_scan_is_object(listed) && cai_scan_is_null(cai_scan_get(value, "message"))) error = listed;
  }
  if (cai_scan_is_string(value)) {
    read_message(failure, value, depth);
  } else if (cai_scan_is_string(error) && error.len > 2) {
    read_string(failure, value, error, depth);
  } else if (cai_scan_is_object(error)) {
    read_members(failure, error, depth);
    fill(&failure->request_id, cai_scan_get(value, "request_id"));
  } else {
    read_members(failure, value, depth);
  }
}

/* ---- the body ---- */

bool cai_error_body_is(cai_span value) {
  value = unwrap(value);
  if (cai_span_equal(cai_scan_get(value, "object"), "\"error\"")) return true;
  cai_span error = unwrap(cai_scan_get(value, "error"));
  bool answered = cai_scan_is_array(cai_scan_get(value, "choices"));
  /* Some gateways write an empty error into every chunk. */
  if (cai_scan_is_object(error)) return !answered || says_something(error);
  if (cai_scan_is_string(error)) return error.len > 2;
  if (answered) return error_of_choice(value).at != NULL;
  return cai_span_equal(error, "true") || cai_scan_is_object(unwrap(cai_scan_get(value, "errors")));
}

/* The data of the first event in a stream that is an error from its start. */
static cai_span data_of(const char *body, size_t len) {
  for (const char *at = body, *end = body + len, *stop; at < end; at = stop + 1) {
    for (stop = at; stop < end && *stop != '\n' && *stop != '\r';) stop++;
    if (stop - at > 5 && memcmp(at, "data:", 5) == 0) return (cai_span){at + 5, (size_t)(stop - at) - 5};
  }
  return (cai_span){"", 0};
}

void cai_error_body_read(cai_failure *failure, const char *body, size_t len) {
  if (len >= 3 && memcmp(body, "\xEF\xBB\xBF", 3) == 0) {
    body += 3;
    len -= 3;
  }
  cai_span value, data = data_of(body, len);
  if (cai_scan_value(body, len, &value) || cai_scan_value(data.at, data.len, &value))
    read_value(failure, value, 0);
  else if (cai_words_is_html(body, len))
    failure->provider_message = cai_words_of_html(body, len);
  else
    read_text(failure, body, len, 0);
}
