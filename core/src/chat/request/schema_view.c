/* SPDX-License-Identifier: MIT
 *
 * Source: https://json-schema.org/draft/2020-12/json-schema-core (references, their siblings),
 * RFC 6901 (pointers). */
#include "schema_view.h"

#include <stdint.h>
#include <string.h>

#include "chatabi.h"

void cai_schema_refuse(cai_schema *schema, const char *why) {
  if (schema->error) return;
  schema->error = cai_err_set(schema->err, CHATABI_E_BODY, "The schema at %s%s %s.", schema->where,
                              cai_buf_view(&schema->path), why);
}

bool cai_schema_spend(cai_schema *schema, size_t bytes) {
  schema->work += bytes;
  if (schema->out->error == CHATABI_E_TOO_LARGE || schema->work > CAI_SCHEMA_WORK)
    cai_schema_refuse(schema, "is too large once its references are written out");
  return !schema->error && !schema->out->error;
}

/* A list of `word` and nothing else? */
static bool lists_only(cai_span list, const char *word) {
  cai_span one;
  bool any = false;
  cai_scan scan = cai_scan_elements(list);
  while (cai_scan_element(&scan, &one)) {
    if (!cai_span_equal(one, word)) return false;
    any = true;
  }
  return any;
}

bool cai_schema_is_null(cai_span node) {
  cai_span type = cai_scan_get(node, "type");
  return cai_span_equal(type, "\"null\"") || lists_only(type, "\"null\"") ||
         lists_only(cai_scan_get(node, "enum"), "null") || cai_span_equal(cai_scan_get(node, "const"), "null");
}

/* ---- references ---- */

static int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = (char)(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One token of a pointer that stands in a URI's fragment: %25, ~0 and ~1 resolved. */
static void read_token(const char **at, cai_buf *token) {
  cai_buf_reset(token);
  while (**at && **at != '/') {
    const char *c = *at;
    if (*c == '%' && hex(c[1]) >= 0 && hex(c[2]) >= 0) {
      cai_buf_byte(token, (char)(hex(c[1]) * 16 + hex(c[2])));
      *at += 3;
    } else if (*c == '~' && (c[1] == '0' || c[1] == '1')) {
      cai_buf_byte(token, c[1] == '0' ? '~' : '/');
      *at += 2;
    } else {
      cai_buf_byte(token, *c);
      *at += 1;
    }
  }
}

static cai_span step(cai_span value, const char *token) {
  cai_span element = {NULL, 0};
  if (!cai_scan_is_array(value)) return cai_scan_get(value, token);
  size_t index = 0;
  cai_scan scan = cai_scan_elements(value);
  if (!*token || strspn(token, "0123456789") != strlen(token) || strlen(token) > 6) return element;
  for (const char *c = token; *c; c++) index = index * 10 + (size_t)(*c - '0');
  for (size_t i = 0; cai_scan_element(&scan, &element); i++)
    if (i == index) return element;
  return (cai_span){NULL, 0};
}

/* Where "#/$defs/Node" leads; absent when nowhere. */
static cai_span resolve(cai_schema *schema, const char *pointer) {
  cai_span value = schema->root;
  cai_buf token;
  if (*pointer++ != '#' || !cai_schema_spend(schema, value.len)) return (cai_span){NULL, 0};
  cai_buf_init(&token, 1000);
  while (*pointer == '/' && value.at) {
    pointer++;
    read_token(&pointer, &token);
    value = token.error ? (cai_span){NULL, 0} : step(value, cai_buf_view(&token));
  }
  if (token.error == CHATABI_E_NOMEM && !schema->error) schema->error = cai_err_nomem(schema->err);
  cai_buf_fini(&token);
  return *pointer ? (cai_span){NULL, 0} : value;
}

static void follow(cai_schema *schema, cai_schema_view *view, cai_span reference) {
  cai_buf text;
  cai_buf_init(&text, 2000);
  cai_scan_string(reference, &text);
  if (text.error == CHATABI_E_NOMEM && !schema->error) schema->error = cai_err_nomem(schema->err);
  cai_span target = resolve(schema, cai_buf_view(&text));
  cai_buf_fini(&text);
  if (schema->out->error) return; /* said at the end */
  if (!cai_scan_is_object(target)) {
    cai_schema_refuse(schema, "has a \"$ref\" that leads to no schema inside it: put the definition into \"$defs\"");
    return;
  }
  for (size_t i = 0; i < schema->inside_count; i++)
    if (schema->inside[i] == target.at) {
      cai_schema_refuse(
          schema, "contains itself, which Google cannot take: end the recursion, or describe that member as text");
      return;
    }
  if (schema->inside_count == sizeof schema->inside / sizeof *schema->inside) {
    cai_schema_refuse(schema, "has too many references in one another");
    return;
  }
  schema->inside[schema->inside_count++] = target.at;
  cai_schema_collect(schema, view, target);
}

/* ---- members ---- */

static const char *const names[] = {
#define CAI_FIELD(name, constant, type) name,
    CAI_SCHEMA_FIELDS
#undef CAI_FIELD
};

const char *cai_schema_name(cai_schema_field field) { return names[field]; }

static void put(cai_schema *schema, cai_schema_view *view, cai_schema_field field, cai_span value) {
  bool properties = field == CAI_SCHEMA_PROPERTIES, required = field == CAI_SCHEMA_REQUIRED;
  if ((properties && view->property_parts == CAI_SCHEMA_PARTS) ||
      (required && view->required_parts == CAI_SCHEMA_PARTS))
    cai_schema_refuse(schema, "combines too many parts with \"allOf\"");
  else if (properties && cai_scan_is_object(value))
    view->properties[view->property_parts++] = value;
  else if (required && cai_scan_is_array(value))
    view->required[view->required_parts++] = value;
  if (view->values[field].at) return;
  view->values[field] = value;
  view->order[view->count++] = field;
}

static void collect_own(cai_schema *schema, cai_schema_view *view, cai_span node) {
  cai_span key, value;
  cai_scan scan = cai_scan_members(node);
  while (cai_scan_member(&scan, &key, &value))
    for (size_t i = 0; i < CAI_SCHEMA_FIELD_COUNT; i++)
      if (cai_scan_key_is(key, names[i])) put(schema, view, (cai_schema_field)i, value);
  if (cai_span_equal(cai_scan_get(node, "nullable"), "true")) view->nullable = true;
}

/* Does it tell only which properties are required, or what Google has no field for? */
static bool only_requires(cai_span node) {
  static const char *const others[] = {"$ref", "allOf", "anyOf", "oneOf"};
  cai_span key, value;
  cai_scan scan = cai_scan_members(node);
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    if (cai_scan_get(node, others[i]).at) return false;
  while (cai_scan_member(&scan, &key, &value))
    for (size_t i = 0; i < CAI_SCHEMA_FIELD_COUNT; i++)
      if (i != CAI_SCHEMA_REQUIRED && cai_scan_key_is(key, names[i])) return false;
  return cai_scan_is_object(node);
}

void cai_schema_collect_variants(cai_schema *schema, cai_schema_view *view, cai_span list) {
  cai_span variant, only = {NULL, 0};
  size_t count = 0;
  bool tell = false;
  cai_scan scan = cai_scan_elements(list);
  while (cai_scan_element(&scan, &variant)) {
    if (cai_schema_is_null(variant)) {
      view->nullable = true;
    } else if (!cai_span_equal(variant, "false")) {
      only = variant;
      count++;
      tell = tell || !only_requires(variant);
    }
  }
  if (count == 1) cai_schema_collect(schema, view, only);
  if (count > 1 && tell && !view->variants.at) view->variants = list;
}

void cai_schema_inherit(cai_schema *schema, cai_schema_view *view, const cai_schema_view *other) {
  for (size_t i = 0; i < other->count; i++) {
    cai_schema_field field = other->order[i];
    if (field != CAI_SCHEMA_PROPERTIES && field != CAI_SCHEMA_REQUIRED) put(schema, view, field, other->values[field]);
  }
  for (size_t i = 0; i < other->property_parts; i++) put(schema, view, CAI_SCHEMA_PROPERTIES, other->properties[i]);
  for (size_t i = 0; i < other->required_parts; i++) put(schema, view, CAI_SCHEMA_REQUIRED, other->required[i]);
  view->nullable = view->nullable || other->nullable;
}

void cai_schema_collect(cai_schema *schema, cai_schema_view *view, cai_span node) {
  cai_span part, reference = cai_scan_get(node, "$ref");
  cai_scan parts = cai_scan_elements(cai_scan_get(node, "allOf"));
  if (++schema->nodes > CAI_SCHEMA_NODES) cai_schema_refuse(schema, "is too large once its references are written out");
  if (++schema->depth > CAI_SCHEMA_DEPTH) cai_schema_refuse(schema, "is nested too deep");
  if (!schema->error) {
    collect_own(schema, view, node);
    if (cai_scan_is_string(reference)) follow(schema, view, reference);
    while (!schema->error && cai_scan_element(&parts, &part)) cai_schema_collect(schema, view, part);
    cai_schema_collect_variants(schema, view, cai_scan_get(node, "anyOf"));
    cai_schema_collect_variants(schema, view, cai_scan_get(node, "oneOf"));
  }
  schema->depth--;
}
