/* SPDX-License-Identifier: MIT */
#include "schema.h"

#include <string.h>

#include "../../base/alloc.h"
#include "chatabi.h"
#include "schema_object.h"
#include "schema_value.h"
#include "schema_write.h"

enum { ROOM = 1024 * 1024, NESTING = 110 };

/* ---- one node ---- */

static void comma(cai_buf *out) {
  if (out->len && out->data[out->len - 1] != '{') cai_buf_byte(out, ',');
}

static void write_raw(cai_buf *out, const char *name, cai_span value) {
  comma(out);
  cai_buf_format(out, "\"%s\":", name);
  cai_buf_append(out, value.at, value.len);
}

/* "{}" means anything, which Google does not take for elements. */
static void write_items(cai_schema *schema, cai_span items, bool is_tuple) {
  cai_buf *out = schema->out;
  size_t path = cai_schema_enter(schema, "[]", 2), before;
  comma(out);
  cai_buf_text(out, "\"items\":");
  before = out->len;
  if (is_tuple)
    cai_schema_write_variants(schema, items);
  else
    cai_schema_write(schema, items);
  if (!out->error && out->len == before + 2) {
    out->len = before;
    cai_buf_text(out, "{\"type\":\"string\"}");
  }
  cai_schema_leave(schema, path);
}

static void write_array(cai_schema *schema, const cai_schema_view *view) {
  cai_span items = view->values[CAI_SCHEMA_ITEMS], tuple = view->values[CAI_SCHEMA_PREFIX_ITEMS];
  bool is_tuple = cai_scan_is_array(items) || (!cai_scan_is_object(items) && cai_scan_is_array(tuple));
  write_items(schema, !is_tuple || cai_scan_is_array(items) ? items : tuple, is_tuple);
}

static void write_additional(cai_schema *schema, cai_span value) {
  bool is_flag = cai_span_equal(value, "true") || cai_span_equal(value, "false");
  if (!schema->additional_properties || (!is_flag && !cai_scan_is_object(value))) return;
  comma(schema->out);
  cai_buf_text(schema->out, "\"additionalProperties\":");
  size_t path = cai_schema_enter(schema, ".*", 2);
  if (is_flag)
    cai_buf_append(schema->out, value.at, value.len);
  else
    cai_schema_write(schema, value);
  cai_schema_leave(schema, path);
}

/* Of "minimum" and "exclusiveMinimum" the tighter counts; whole numbers only, for others both say nearly the same. */
static void write_bound(cai_schema *schema, const cai_schema_view *view, cai_schema_field field, cai_span type) {
  bool lower = field == CAI_SCHEMA_MINIMUM || field == CAI_SCHEMA_ABOVE;
  cai_schema_field plain = lower ? CAI_SCHEMA_MINIMUM : CAI_SCHEMA_MAXIMUM;
  cai_schema_field strict = lower ? CAI_SCHEMA_ABOVE : CAI_SCHEMA_BELOW;
  int64_t closed, open;
  bool both = view->values[plain].at && view->values[strict].at;
  if (both && field == strict) return;
  bool tighter = both && cai_scan_int(view->values[plain], &closed) && cai_scan_int(view->values[strict], &open) &&
                 (lower ? open >= closed : open <= closed);
  if (field == plain && !tighter) {
    write_raw(schema->out, lower ? "minimum" : "maximum", view->values[plain]);
  } else if (cai_schema_is_number(view->values[strict])) {
    cai_schema_write_bound(view, strict, type, schema->out);
  }
}

static void write_own(cai_schema *schema, const cai_schema_view *view, cai_schema_field field, cai_span type) {
  cai_buf *out = schema->out;
  cai_span value = view->values[field];
  switch (field) {
    case CAI_SCHEMA_TYPE:
      if (type.at) write_raw(out, "type", type);
      break;
    case CAI_SCHEMA_NULLABLE:
      if (cai_schema_allows_null(view))
        write_raw(out, "nullable", cai_span_of("true"));
      else if (cai_span_equal(value, "false"))
        write_raw(out, "nullable", value);
      break;
    case CAI_SCHEMA_FORMAT:
      if (cai_scan_is_string(value) && cai_schema_takes_format(value)) write_raw(out, "format", value);
      break;
    case CAI_SCHEMA_CONST:
      if (view->values[CAI_SCHEMA_ENUM].at) break;
      cai_schema_write_enum(view, type, out);
      break;
    case CAI_SCHEMA_ENUM: cai_schema_write_enum(view, type, out); break;
    case CAI_SCHEMA_PREFIX_ITEMS:
      if (!view->values[CAI_SCHEMA_ITEMS].at) write_array(schema, view);
      break;
    case CAI_SCHEMA_ITEMS: write_array(schema, view); break;
    case CAI_SCHEMA_PROPERTIES: cai_schema_write_properties(schema, view); break;
    case CAI_SCHEMA_REQUIRED: cai_schema_write_required(schema, view); break;
    case CAI_SCHEMA_ADDITIONAL: write_additional(schema, value); break;
    case CAI_SCHEMA_MINIMUM:
    case CAI_SCHEMA_MAXIMUM:
    case CAI_SCHEMA_ABOVE:
    case CAI_SCHEMA_BELOW: write_bound(schema, view, field, type); break;
    case CAI_SCHEMA_DESCRIPTION: cai_schema_write_description(view, type, out); break;
    default: write_raw(out, cai_schema_name(field), value);
  }
}

static void write_plain(cai_schema *schema, const cai_schema_view *view, cai_span type) {
  cai_buf *out = schema->out;
  cai_buf_byte(out, '{');
  if (type.at && !view->values[CAI_SCHEMA_TYPE].at) write_raw(out, "type", type);
  for (size_t i = 0; i < view->count && !schema->error; i++)
    if (cai_schema_belongs(view->order[i], type)) write_own(schema, view, view->order[i], type);
  if (cai_schema_type_is(type, "array") && !view->values[CAI_SCHEMA_ITEMS].at &&
      !view->values[CAI_SCHEMA_PREFIX_ITEMS].at)
    write_raw(out, "items", cai_span_of("{\"type\":\"string\"}"));
  if (!view->values[CAI_SCHEMA_DESCRIPTION].at) cai_schema_write_description(view, type, out);
  if (cai_schema_allows_null(view) && !view->values[CAI_SCHEMA_NULLABLE].at)
    write_raw(out, "nullable", cai_span_of("true"));
  cai_buf_byte(out, '}');
}

/* ---- alternatives: Google wants anyOf to stand alone, so each gets what was beside it ----
 * Source: https://github.com/googleapis/python-genai/issues/625 */

static void write_view(cai_schema *schema, const cai_schema_view *view);

static cai_schema_view *new_view(cai_schema *schema) {
  cai_schema_view *view = cai_calloc(1, sizeof *view);
  if (!view && !schema->error) schema->error = cai_err_nomem(schema->err);
  return view;
}

static void write_variant(cai_schema *schema, const cai_schema_view *beside, cai_span variant) {
  size_t inside = schema->inside_count;
  cai_schema_view *view = new_view(schema);
  if (!view) return;
  cai_schema_collect(schema, view, variant);
  cai_schema_inherit(schema, view, beside);
  if (!schema->error) write_view(schema, view);
  schema->inside_count = inside;
  cai_free(view);
}

static void write_each(cai_schema *schema, const cai_schema_view *view) {
  cai_span variant;
  cai_scan scan = cai_scan_elements(view->variants);
  const char *before = "{\"anyOf\":[";
  while (!schema->error && cai_scan_element(&scan, &variant)) {
    if (cai_schema_is_null(variant) || cai_span_equal(variant, "false")) continue;
    cai_buf_text(schema->out, before);
    write_variant(schema, view, variant);
    before = ",";
  }
  cai_buf_text(schema->out, "]}");
}

static void write_types(cai_schema *schema, const cai_schema_view *view) {
  cai_span type;
  cai_scan scan = cai_scan_elements(view->values[CAI_SCHEMA_TYPE]);
  const char *before = "{\"anyOf\":[";
  while (!schema->error && cai_scan_element(&scan, &type)) {
    if (!cai_scan_is_string(type) || cai_schema_type_is(type, "null")) continue;
    cai_buf_text(schema->out, before);
    write_plain(schema, view, type);
    before = ",";
  }
  cai_buf_text(schema->out, "]}");
}

/* A view is looked through some 16 times, and what stands beside alternatives with each of them. */
static void spend(cai_schema *schema, const cai_schema_view *view) {
  size_t bytes = 0;
  for (size_t i = 0; i < view->count; i++) bytes += view->values[view->order[i]].len;
  for (size_t i = 0; i < view->property_parts; i++) bytes += view->properties[i].len;
  for (size_t i = 0; i < view->required_parts; i++) bytes += view->required[i].len;
  cai_schema_spend(schema, bytes * 16);
}

static void write_view(cai_schema *schema, const cai_schema_view *view) {
  size_t types = 0;
  spend(schema, view);
  if (++schema->depth > CAI_SCHEMA_DEPTH) cai_schema_refuse(schema, "is nested too deep");
  cai_span type = cai_schema_type(view, &types);
  if (schema->error)
    ;
  else if (view->variants.at)
    write_each(schema, view);
  else if (types > 1)
    write_types(schema, view);
  else
    write_plain(schema, view, type);
  schema->depth--;
}

static void write_with(cai_schema *schema, cai_span value, void (*collect)(cai_schema *, cai_schema_view *, cai_span)) {
  size_t inside = schema->inside_count;
  cai_schema_view *view = new_view(schema);
  if (!view) return;
  collect(schema, view, value);
  if (!schema->error) write_view(schema, view);
  schema->inside_count = inside;
  cai_free(view);
}

void cai_schema_write(cai_schema *schema, cai_span node) { write_with(schema, node, cai_schema_collect); }

void cai_schema_write_variants(cai_schema *schema, cai_span list) {
  write_with(schema, list, cai_schema_collect_variants);
}

/* ---- the whole ---- */

static void compact(cai_span value, cai_buf *out) {
  bool inside = false, escaped = false;
  for (size_t i = 0; i < value.len; i++) {
    char byte = value.at[i];
    if (!inside && strchr(" \n\r\t", byte)) continue;
    cai_buf_byte(out, byte);
    if (byte == '"' && !escaped) inside = !inside;
    escaped = inside && byte == '\\' && !escaped;
  }
}

static bool is_too_deep(const cai_buf *text) {
  size_t depth = 0;
  bool inside = false, escaped = false;
  for (size_t i = 0; i < text->len; i++) {
    char byte = text->data[i];
    if (byte == '"' && !escaped) inside = !inside;
    escaped = inside && byte == '\\' && !escaped;
    if (inside) continue;
    if ((byte == '{' || byte == '[') && ++depth > NESTING) return true;
    if (byte == '}' || byte == ']') depth--;
  }
  return false;
}

static void finish(cai_schema *schema, const cai_buf *text, cai_buf *out) {
  cai_buf plain;
  if (text->error == CHATABI_E_TOO_LARGE) cai_schema_refuse(schema, "is too large once its references are written out");
  if (text->error == CHATABI_E_NOMEM && !schema->error) schema->error = cai_err_nomem(schema->err);
  if (!schema->error && is_too_deep(text)) cai_schema_refuse(schema, "is nested too deep");
  if (schema->error) return;
  cai_buf_init(&plain, schema->root.len + 1);
  compact(schema->root, &plain);
  if (plain.len == text->len && memcmp(plain.data, text->data, text->len) == 0)
    cai_buf_append(out, schema->root.at, schema->root.len);
  else
    cai_buf_append(out, text->data, text->len);
  if (plain.error) schema->error = cai_err_nomem(schema->err);
  cai_buf_fini(&plain);
}

int cai_schema_convert(cai_span root, bool additional_properties, const char *where, cai_buf *out, cai_err *err) {
  cai_buf text;
  if (!cai_scan_is_object(root)) {
    cai_buf_append(out, root.at, root.len);
    return 0;
  }
  cai_buf_init(&text, root.len + ROOM);
  cai_schema schema = {
      .root = root, .where = where, .additional_properties = additional_properties, .out = &text, .err = err};
  cai_buf_init(&schema.path, 2000);
  schema.inside[schema.inside_count++] = root.at;
  cai_schema_write(&schema, root);
  finish(&schema, &text, out);
  cai_buf_fini(&schema.path);
  cai_buf_fini(&text);
  return schema.error;
}

bool cai_schema_is_empty(cai_span schema) {
  cai_span properties = cai_scan_get(schema, "properties"), type = cai_scan_get(schema, "type"), key, value;
  cai_span more = cai_scan_get(schema, "additionalProperties");
  cai_scan scan = cai_scan_members(properties);
  if (!cai_scan_is_object(schema) || (type.at && !cai_schema_type_is(type, "object"))) return false;
  if (cai_scan_get(schema, "anyOf").at || cai_scan_is_object(more) || cai_span_equal(more, "true")) return false;
  return !cai_scan_member(&scan, &key, &value);
}
