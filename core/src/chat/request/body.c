/* SPDX-License-Identifier: MIT */
#include "body.h"

#include "../../base/alloc.h"
#include "../../base/json.h"
#include "../../base/scan.h"
#include "../../base/utf8.h"
#include "chatabi.h"

static int check(const char *body, size_t len, cai_span *value, cai_err *err) {
  int error = cai_json_check(body, len, "The request body", err);
  if (error) return error;
  if (!cai_utf8_valid(body, len))
    return cai_err_set(err, CHATABI_E_JSON, "The request body is not valid UTF-8, which JSON text must be.");
  if (cai_scan_value(body, len, value) && cai_scan_is_object(*value)) return 0;
  return cai_err_set(err, CHATABI_E_JSON,
                     "The request body is JSON but no object: it must look like {\"messages\": [...]}.");
}

static bool names_model(cai_span model) {
  return !cai_scan_is_null(model) && !(cai_scan_is_string(model) && model.len == 2);
}

static void put_model(cai_span object, cai_span old, const char *model, cai_buf *out) {
  cai_span name = cai_span_of(model), key, value;
  cai_scan members = cai_scan_members(object);
  if (!old.at) cai_buf_text(out, "\"model\":");
  cai_scan_quote(out, name.at, name.len);
  if (!old.at && cai_scan_member(&members, &key, &value)) cai_buf_byte(out, ',');
}

/* The body with `model` put where `old` stands, or as first member. */
static void splice(cai_span body, cai_span object, cai_span old, const char *model, cai_buf *out) {
  const char *at = old.at ? old.at : object.at + 1;
  const char *rest = at + old.len;
  cai_buf_append(out, body.at, (size_t)(at - body.at));
  put_model(object, old, model, out);
  cai_buf_append(out, rest, (size_t)(body.at + body.len - rest));
}

static char *text_of(cai_span string) {
  cai_buf text;
  cai_buf_init(&text, string.len);
  cai_scan_string(string, &text);
  char *copy = cai_buf_take(&text);
  cai_buf_fini(&text);
  return copy;
}

int cai_body_build(const char *body, size_t len, const char *model, cai_buf *out, cai_body_facts *facts, cai_err *err) {
  cai_span object = {NULL, 0};
  *facts = (cai_body_facts){false, NULL};
  int error = check(body, len, &object, err);
  if (error) return error;
  cai_span old = cai_scan_get(object, "model");
  bool named = names_model(old);
  if (named || !model || !*model)
    cai_buf_append(out, body, len);
  else
    splice((cai_span){body, len}, object, old, model, out);
  if (out->error)
    return cai_err_set(err, out->error, "The request body could not be kept: %s", cai_err_text(out->error));
  facts->stream = cai_span_equal(cai_scan_get(object, "stream"), "true");
  if (named && !cai_scan_is_string(old)) return 0;
  if (!named && (!model || !*model)) return 0;
  facts->model = named ? text_of(old) : cai_strdup(model);
  return facts->model ? 0 : cai_err_nomem(err);
}
