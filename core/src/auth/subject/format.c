/* SPDX-License-Identifier: MIT */
#include "format.h"

#include <stdbool.h>
#include <string.h>

#include "../../base/alloc.h"
#include "../../base/json.h"
#include "../../base/scan.h"
#include "chatabi.h"

/* ---- the setting ---- */

static int read_field(cai_format *format, const cai_document *nested, cai_err *err) {
  const char *field = cai_document_need(nested, "subject_token_field_name", err);
  if (!field) return err->code;
  return cai_strset(&format->field, field) ? cai_err_nomem(err) : 0;
}

int cai_format_init(cai_format *format, const cai_subject_plan *plan, cai_err *err) {
  format->field = NULL;
  const char *type, *origin = plan->document->origin;
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(plan->source, "format");
  if (!item || cJSON_IsNull(item)) return 0;
  if (!cJSON_IsObject(item))
    return cai_err_set(err, CHATABI_E_AUTH_SOURCE, "\"format\" of \"credential_source\" in %s is no object.", origin);
  cai_document nested = *plan->document;
  nested.root = item;
  if (cai_document_get(&nested, "type", &type, err)) return err->code;
  if (!type || strcmp(type, "text") == 0) return 0;
  if (strcmp(type, "json") == 0) return read_field(format, &nested, err);
  return cai_err_set(err, CHATABI_E_AUTH_SOURCE, "\"format\" in %s is of the type \"%.64s\": it must be text or json.",
                     origin, type);
}

void cai_format_fini(cai_format *format) {
  cai_free(format->field);
  format->field = NULL;
}

/* ---- the token ---- */

/* Somebody is writing the file right now, or a page of a captive portal came instead of the reply. */
static cai_step fail_for_now(cai_subject_outcome *outcome) {
  outcome->setback.transient = true;
  return CAI_STEP_FAILED;
}

static bool is_space(char byte) { return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n'; }

static bool has_control(const char *text, size_t len) {
  for (size_t i = 0; i < len; i++)
    if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f) return true;
  return false;
}

static cai_step keep(const char *what, const char *origin, const char *text, size_t len, cai_subject_outcome *outcome) {
  while (len && is_space(text[len - 1])) len--;
  if (!len) {
    cai_subject_fail(outcome, "The subject token of %s is empty: %.300s has nothing in it.", origin, what);
    return fail_for_now(outcome);
  }
  if (has_control(text, len))
    return cai_subject_fail(outcome,
                            "%.300s, where %s finds its subject token, has a control character in it: it must be one "
                            "line of text, or \"format\" must say that it is JSON.",
                            what, origin);
  cai_free_secret(outcome->token);
  outcome->token = cai_strndup(text, len);
  return outcome->token ? CAI_STEP_DONE : cai_subject_nomem(outcome);
}

static cai_step read_text(const cai_format *format, const char *what, const char *origin, cai_span value,
                          cai_subject_outcome *outcome) {
  if (!cai_scan_is_string(value))
    return cai_subject_fail(outcome,
                            "%.300s, where %s finds its subject token, has no text in its member \"%.100s\": correct "
                            "\"subject_token_field_name\".",
                            what, origin, format->field);
  cai_buf text;
  cai_buf_init_secret(&text, CAI_FORMAT_MAX);
  cai_step step = cai_scan_string(value, &text) ? cai_subject_nomem(outcome)
                                                : keep(what, origin, cai_buf_view(&text), text.len, outcome);
  cai_buf_fini(&text);
  return step;
}

cai_step cai_format_read(const cai_format *format, const char *what, const char *origin, const char *content,
                         size_t len, cai_subject_outcome *outcome) {
  cai_span object;
  if (!format->field) return keep(what, origin, content, len, outcome);
  if (cai_scan_value(content, len, &object) && cai_scan_is_object(object))
    return read_text(format, what, origin, cai_scan_get(object, format->field), outcome);
  cai_subject_fail(outcome, "%.300s, where %s finds its subject token, is no JSON object, as \"format\" says it is.",
                   what, origin);
  return fail_for_now(outcome);
}
