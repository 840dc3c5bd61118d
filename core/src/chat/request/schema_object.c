/* SPDX-License-Identifier: MIT */
#include "schema_object.h"

#include <string.h>

#include "schema_write.h"

size_t cai_schema_enter(cai_schema *schema, const char *name, size_t len) {
  size_t before = schema->path.len;
  for (size_t i = 0; i < len && i < 60 && schema->path.len + 1 < schema->path.max; i++)
    cai_buf_byte(&schema->path, (unsigned char)name[i] > ' ' && (unsigned char)name[i] < 0x7F ? name[i] : '?');
  return before;
}

void cai_schema_leave(cai_schema *schema, size_t before) {
  if (schema->path.error || schema->path.len <= before) return;
  schema->path.len = before;
  schema->path.data[before] = '\0';
}

static bool has_escapes(cai_span name) { return memchr(name.at, '\\', name.len) != NULL; }

/* "\u00e4" and "ä" are one name; both without their quotes. */
static bool same(cai_span one, cai_span other) {
  if (one.len == other.len && memcmp(one.at, other.at, one.len) == 0) return true;
  if (!has_escapes(one) && !has_escapes(other)) return false;
  cai_buf left, right;
  cai_buf_init(&left, one.len);
  cai_buf_init(&right, other.len);
  bool equal = cai_scan_string((cai_span){one.at - 1, one.len + 2}, &left) == 0 &&
               cai_scan_string((cai_span){other.at - 1, other.len + 2}, &right) == 0 && left.len == right.len &&
               memcmp(cai_buf_view(&left), cai_buf_view(&right), left.len) == 0;
  cai_buf_fini(&right);
  cai_buf_fini(&left);
  return equal;
}

static cai_span inner(cai_span string) { return (cai_span){string.at + 1, string.len - 2}; }

static bool has(cai_span object, cai_span name) {
  cai_span key, value;
  cai_scan scan = cai_scan_members(object);
  while (cai_scan_member(&scan, &key, &value))
    if (same(key, name)) return !cai_span_equal(value, "false");
  return false;
}

static bool earlier(cai_schema *schema, const cai_schema_view *view, size_t part, cai_span name) {
  for (size_t i = 0; i < part && cai_schema_spend(schema, view->properties[i].len); i++)
    if (has(view->properties[i], name)) return true;
  return false;
}

static void write_property(cai_schema *schema, cai_span name, cai_span value) {
  cai_buf *out = schema->out;
  size_t path = cai_schema_enter(schema, ".", 1);
  cai_schema_enter(schema, name.at, name.len);
  if (!out->error && out->len && out->data[out->len - 1] != '{') cai_buf_byte(out, ',');
  cai_buf_byte(out, '"');
  cai_buf_append(out, name.at, name.len);
  cai_buf_text(out, "\":");
  cai_schema_write(schema, value);
  cai_schema_leave(schema, path);
}

void cai_schema_write_properties(cai_schema *schema, const cai_schema_view *view) {
  cai_span key, value;
  cai_buf *out = schema->out;
  if (!view->property_parts) return;
  if (out->len && out->data[out->len - 1] != '{') cai_buf_byte(out, ',');
  cai_buf_text(out, "\"properties\":{");
  for (size_t i = 0; i < view->property_parts; i++) {
    cai_scan scan = cai_scan_members(view->properties[i]);
    while (!schema->error && cai_scan_member(&scan, &key, &value))
      if (!cai_span_equal(value, "false") && !earlier(schema, view, i, key)) write_property(schema, key, value);
  }
  cai_buf_byte(out, '}');
}

/* ---- required ---- */

static bool is_property(cai_schema *schema, const cai_schema_view *view, cai_span name) {
  return earlier(schema, view, view->property_parts, inner(name));
}

static bool listed(cai_span list, cai_span name, const char *until) {
  cai_span one;
  cai_scan scan = cai_scan_elements(list);
  while (cai_scan_element(&scan, &one) && one.at != until)
    if (cai_scan_is_string(one) && same(inner(one), inner(name))) return true;
  return false;
}

static bool listed_before(cai_schema *schema, const cai_schema_view *view, size_t part, cai_span name) {
  for (size_t i = 0; i <= part && cai_schema_spend(schema, view->required[i].len); i++)
    if (listed(view->required[i], name, i == part ? name.at : NULL)) return true;
  return false;
}

void cai_schema_write_required(cai_schema *schema, const cai_schema_view *view) {
  cai_span name;
  cai_buf *out = schema->out;
  bool any = false;
  for (size_t i = 0; i < view->required_parts; i++) {
    cai_scan scan = cai_scan_elements(view->required[i]);
    while (!schema->error && cai_scan_element(&scan, &name)) {
      if (!cai_scan_is_string(name) || !is_property(schema, view, name) || listed_before(schema, view, i, name))
        continue;
      if (!any && out->len && out->data[out->len - 1] != '{') cai_buf_byte(out, ',');
      cai_buf_text(out, any ? "," : "\"required\":[");
      cai_buf_append(out, name.at, name.len);
      any = true;
    }
  }
  if (any) cai_buf_byte(out, ']');
}
