/* SPDX-License-Identifier: MIT
 *
 * Sources:
 * https://googleapis.dev/dotnet/Google.Apis.Aiplatform.v1/latest/api/Google.Apis.Aiplatform.v1.Data.GoogleCloudAiplatformV1Schema.html
 * (enum is a list of texts), https://github.com/microsoft/azure-devops-mcp/issues/139 (numbers in it are refused),
 * https://github.com/Bobsilvio/ha-claude/pull/32 (so are empty texts). */
#include "schema_value.h"

#include <string.h>

bool cai_schema_type_is(cai_span type, const char *name) {
  if (!cai_scan_is_string(type) || type.len != strlen(name) + 2) return false;
  for (size_t i = 0; name[i]; i++)
    if ((type.at[i + 1] | 0x20) != name[i]) return false;
  return true;
}

/* ---- type ---- */

static cai_span type_of_value(cai_span value) {
  if (cai_scan_is_string(value)) return cai_span_of("\"string\"");
  if (cai_scan_is_object(value)) return cai_span_of("\"object\"");
  if (cai_scan_is_array(value)) return cai_span_of("\"array\"");
  if (*value.at == 't' || *value.at == 'f') return cai_span_of("\"boolean\"");
  for (size_t i = 0; i < value.len; i++)
    if (strchr(".eE", value.at[i])) return cai_span_of("\"number\"");
  return cai_span_of("\"integer\"");
}

/* The next of the allowed values, null left out. */
static bool next_value(cai_scan *scan, cai_span *value) {
  while (cai_scan_element(scan, value))
    if (!cai_scan_is_null(*value)) return true;
  return false;
}

/* Walks "enum", or "const" as a list of one. */
static cai_scan values_of(const cai_schema_view *view, cai_span *single) {
  *single = view->values[CAI_SCHEMA_ENUM].at ? (cai_span){NULL, 0} : view->values[CAI_SCHEMA_CONST];
  return cai_scan_elements(view->values[CAI_SCHEMA_ENUM]);
}

static bool take(cai_scan *scan, cai_span *single, cai_span *value) {
  if (single->at && !cai_scan_is_null(*single)) {
    *value = *single;
    *single = (cai_span){NULL, 0};
    return true;
  }
  return next_value(scan, value);
}

static cai_span common(cai_span left, cai_span right) {
  bool numbers = strchr("in", left.at[1]) && strchr("in", right.at[1]);
  if (left.len == right.len && memcmp(left.at, right.at, left.len) == 0) return left;
  return numbers ? cai_span_of("\"number\"") : (cai_span){NULL, 0};
}

static cai_span derived(const cai_schema_view *view) {
  cai_span single, value, type = {NULL, 0};
  if (view->values[CAI_SCHEMA_PROPERTIES].at) return cai_span_of("\"object\"");
  if (view->values[CAI_SCHEMA_ITEMS].at || view->values[CAI_SCHEMA_PREFIX_ITEMS].at) return cai_span_of("\"array\"");
  cai_scan scan = values_of(view, &single);
  while (take(&scan, &single, &value)) {
    cai_span next = type_of_value(value);
    type = type.at ? common(type, next) : next;
    if (!type.at) break;
  }
  return type;
}

cai_span cai_schema_type(const cai_schema_view *view, size_t *types) {
  cai_span type = view->values[CAI_SCHEMA_TYPE], one, last = {NULL, 0};
  cai_scan scan = cai_scan_elements(type);
  *types = 0;
  while (cai_scan_element(&scan, &one))
    if (cai_scan_is_string(one) && !cai_schema_type_is(one, "null")) {
      last = one;
      (*types)++;
    }
  if (*types == 1) return last;
  if (cai_scan_is_string(type)) return cai_schema_type_is(type, "null") ? (cai_span){NULL, 0} : type;
  return *types ? (cai_span){NULL, 0} : derived(view);
}

static bool lists_null(cai_span list) {
  cai_span one;
  cai_scan scan = cai_scan_elements(list);
  while (cai_scan_element(&scan, &one))
    if (cai_scan_is_null(one) || cai_span_equal(one, "\"null\"")) return true;
  return false;
}

bool cai_schema_allows_null(const cai_schema_view *view) {
  cai_span type = view->values[CAI_SCHEMA_TYPE];
  return view->nullable || cai_schema_type_is(type, "null") || lists_null(type) ||
         lists_null(view->values[CAI_SCHEMA_ENUM]) || cai_span_equal(view->values[CAI_SCHEMA_CONST], "null");
}

typedef enum group { ANY, STRING, NUMBER, ARRAY, OBJECT } group;

bool cai_schema_belongs(cai_schema_field field, cai_span type) {
  static const group groups[] = {
#define CAI_FIELD(name, constant, type) type,
      CAI_SCHEMA_FIELDS
#undef CAI_FIELD
  };
  switch (type.at ? groups[field] : ANY) {
    case ANY: return true;
    case STRING: return cai_schema_type_is(type, "string");
    case NUMBER: return cai_schema_type_is(type, "number") || cai_schema_type_is(type, "integer");
    case ARRAY: return cai_schema_type_is(type, "array");
    default: return cai_schema_type_is(type, "object");
  }
}

/* ---- enum ---- */

static bool takes_enum(const cai_schema_view *view, cai_span type) {
  cai_span single, value;
  cai_scan scan = values_of(view, &single);
  if (type.at && !cai_schema_type_is(type, "string")) return false;
  while (take(&scan, &single, &value))
    if (!cai_scan_is_string(value)) return false;
  return true;
}

static void name_member(cai_buf *out, const char *name) {
  if (out->len && out->data[out->len - 1] != '{') cai_buf_byte(out, ',');
  cai_buf_format(out, "\"%s\":", name);
}

void cai_schema_write_enum(const cai_schema_view *view, cai_span type, cai_buf *out) {
  cai_span single, value;
  bool any = false;
  cai_scan scan = values_of(view, &single);
  if (!takes_enum(view, type)) return;
  while (take(&scan, &single, &value)) {
    if (value.len == 2) continue;
    if (!any) name_member(out, "enum");
    cai_buf_byte(out, any ? ',' : '[');
    cai_buf_append(out, value.at, value.len);
    any = true;
  }
  if (any) cai_buf_byte(out, ']');
}

static void tell_values(const cai_schema_view *view, cai_buf *text) {
  cai_span single, value;
  cai_scan scan = values_of(view, &single);
  cai_buf_text(text, text->len ? " One of: " : "One of: ");
  for (const char *before = ""; take(&scan, &single, &value); before = ", ") {
    cai_buf_text(text, before);
    cai_buf_append(text, value.at, value.len);
  }
  cai_buf_byte(text, '.');
}

void cai_schema_write_description(const cai_schema_view *view, cai_span type, cai_buf *out) {
  cai_span own = view->values[CAI_SCHEMA_DESCRIPTION];
  cai_buf text;
  if (takes_enum(view, type) || (!view->values[CAI_SCHEMA_ENUM].at && !view->values[CAI_SCHEMA_CONST].at)) {
    if (!cai_scan_is_string(own)) return;
    name_member(out, "description");
    cai_buf_append(out, own.at, own.len);
    return;
  }
  name_member(out, "description");
  cai_buf_init(&text, out->max);
  cai_scan_string(own, &text);
  tell_values(view, &text);
  cai_scan_quote(out, cai_buf_view(&text), text.len);
  if (text.error && !out->error) out->error = text.error;
  cai_buf_fini(&text);
}

/* ---- format and bounds ---- */

bool cai_schema_takes_format(cai_span format) {
  static const char *const formats[] = {"date-time", "enum", "int32", "int64", "float", "double"};
  for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
    if (cai_span_equal((cai_span){format.at + 1, format.len - 2}, formats[i])) return true;
  return false;
}

bool cai_schema_is_number(cai_span value) { return value.at && strchr("-0123456789", *value.at); }

void cai_schema_write_bound(const cai_schema_view *view, cai_schema_field field, cai_span type, cai_buf *out) {
  bool above = field == CAI_SCHEMA_ABOVE;
  cai_span value = view->values[field];
  int64_t number = 0;
  bool whole =
      cai_schema_type_is(type, "integer") && cai_scan_int(value, &number) && number < INT64_MAX && number > -INT64_MAX;
  name_member(out, above ? "minimum" : "maximum");
  if (whole)
    cai_buf_format(out, "%lld", (long long)(above ? number + 1 : number - 1));
  else
    cai_buf_append(out, value.at, value.len);
}
