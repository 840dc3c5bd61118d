/* SPDX-License-Identifier: MIT */
#include "body.h"

#include <string.h>

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

static char *text_of(cai_span string) {
  cai_buf text;
  cai_buf_init(&text, string.len);
  cai_scan_string(string, &text);
  char *copy = cai_buf_take(&text);
  cai_buf_fini(&text);
  return copy;
}

/* One walk, however large the messages are; of several members with one name the last counts. */
static void look(cai_span object, cai_body_facts *facts, cai_span *model, cai_span *tier) {
  cai_span key, value;
  int64_t old_limit = -1, new_limit = -1, choices = 1;
  cai_scan scan = cai_scan_members(object);
  while (cai_scan_member(&scan, &key, &value)) {
    if (cai_scan_key_is(key, "model")) *model = value;
    if (cai_scan_key_is(key, "service_tier")) *tier = value;
    if (cai_scan_key_is(key, "stream")) facts->stream = cai_span_equal(value, "true");
    if (cai_scan_key_is(key, "max_tokens")) cai_scan_int(value, &old_limit);
    if (cai_scan_key_is(key, "max_completion_tokens")) cai_scan_int(value, &new_limit);
    if (cai_scan_key_is(key, "n")) cai_scan_int(value, &choices);
  }
  facts->max_tokens = new_limit >= 0 ? new_limit : old_limit >= 0 ? old_limit : -1;
  facts->choices = choices > 0 ? choices : 1;
}

static void keep_tier(cai_span tier, cai_body_facts *facts) {
  cai_buf text;
  cai_buf_init(&text, sizeof facts->service_tier - 1);
  if (cai_scan_string(tier, &text) == 0 && text.len) memcpy(facts->service_tier, text.data, text.len + 1);
  cai_buf_fini(&text);
}

int cai_body_check(const char *body, size_t len, cai_body_facts *facts, cai_err *err) {
  cai_span object = {NULL, 0}, model = {NULL, 0}, tier = {NULL, 0};
  *facts = (cai_body_facts){.max_tokens = -1, .choices = 1};
  int error = check(body, len, &object, err);
  if (error) return error;
  look(object, facts, &model, &tier);
  keep_tier(tier, facts);
  if (!cai_scan_is_string(model) || model.len == 2) return 0;
  facts->model = text_of(model);
  return facts->model ? 0 : cai_err_nomem(err);
}
