/* SPDX-License-Identifier: MIT */
#include "schema.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/scan.h"

enum { MAX_DEPTH = 24, MAX_ITEMS = 16 };

static void write_value(const cJSON *schema, const cJSON *root, const char *hint, int depth, cai_buf *out);

static void write_printed(const cJSON *value, cai_buf *out) {
  char *text = cJSON_PrintUnformatted(value);
  cai_buf_text(out, text ? text : "null");
  cJSON_free(text);
}

/* "#/$defs/Name": the only form that model servers take. */
static const cJSON *follow(const cJSON *root, const char *ref) {
  const cJSON *at = root;
  char name[128];
  if (strncmp(ref, "#/", 2) != 0) return NULL;
  for (ref += 2; *ref && at;) {
    size_t len = strcspn(ref, "/");
    if (len >= sizeof name) return NULL;
    memcpy(name, ref, len);
    name[len] = '\0';
    at = cJSON_GetObjectItemCaseSensitive(at, name);
    ref += len;
    if (*ref) ref++;
  }
  return at;
}

static const char *type_of(const cJSON *schema) {
  const cJSON *type = cJSON_GetObjectItemCaseSensitive(schema, "type"), *one;
  if (cJSON_IsString(type)) return type->valuestring;
  cJSON_ArrayForEach(one, type) {
    if (cJSON_IsString(one) && strcmp(one->valuestring, "null") != 0) return one->valuestring;
  }
  if (cai_json_object(schema, "properties")) return "object";
  return cJSON_GetObjectItemCaseSensitive(schema, "items") ? "array" : "string";
}

static void write_object(const cJSON *schema, const cJSON *root, int depth, cai_buf *out) {
  const cJSON *properties = cai_json_object(schema, "properties"), *name;
  bool first = true;
  cai_buf_byte(out, '{');
  cJSON_ArrayForEach(name, cJSON_GetObjectItemCaseSensitive(schema, "required")) {
    if (!cJSON_IsString(name)) continue;
    if (!first) cai_buf_byte(out, ',');
    first = false;
    cai_scan_quote(out, name->valuestring, strlen(name->valuestring));
    cai_buf_byte(out, ':');
    write_value(cJSON_GetObjectItemCaseSensitive(properties, name->valuestring), root, name->valuestring, depth + 1,
                out);
  }
  cai_buf_byte(out, '}');
}

static void write_array(const cJSON *schema, const cJSON *root, const char *hint, int depth, cai_buf *out) {
  int64_t count = cai_json_int(schema, "minItems", 1);
  if (count > MAX_ITEMS) count = MAX_ITEMS;
  cai_buf_byte(out, '[');
  for (int64_t i = 0; i < count; i++) {
    if (i) cai_buf_byte(out, ',');
    write_value(cJSON_GetObjectItemCaseSensitive(schema, "items"), root, hint, depth + 1, out);
  }
  cai_buf_byte(out, ']');
}

static void write_number(const cJSON *schema, bool whole, cai_buf *out) {
  const cJSON *low = cJSON_GetObjectItemCaseSensitive(schema, "minimum"),
              *high = cJSON_GetObjectItemCaseSensitive(schema, "maximum");
  double value = cJSON_IsNumber(low) ? low->valuedouble : 1;
  if (cJSON_IsNumber(high) && value > high->valuedouble) value = high->valuedouble;
  if (!(value > -1e15 && value < 1e15)) value = 1; /* also what is no number at all */
  if (whole)
    cai_buf_format(out, "%" PRId64, (int64_t)ceil(value));
  else
    cai_buf_format(out, "%.17g", value);
}

/* With quotes and characters of two and four bytes in it: what code that cuts arguments in pieces gets wrong. */
static void write_words(const char *hint, cai_buf *out) {
  cai_buf text;
  cai_buf_init(&text, 4096);
  cai_buf_format(&text, "%.200s \"caf\u00e9\" \U0001F319", hint);
  cai_scan_quote(out, cai_buf_view(&text), text.len);
  cai_buf_fini(&text);
}

static void write_text(const cJSON *schema, const char *hint, cai_buf *out) {
  const char *format = cai_json_string(schema, "format");
  if (format && strcmp(format, "date-time") == 0)
    cai_buf_text(out, "\"2026-01-31T12:00:00Z\"");
  else if (format && strcmp(format, "date") == 0)
    cai_buf_text(out, "\"2026-01-31\"");
  else if (format && strcmp(format, "email") == 0)
    cai_buf_text(out, "\"emulator@example.com\"");
  else
    write_words(hint, out);
}

static const cJSON *first_of(const cJSON *schema, const char *name) {
  return cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(schema, name), 0);
}

static void write_value(const cJSON *schema, const cJSON *root, const char *hint, int depth, cai_buf *out) {
  const char *ref = cai_json_string(schema, "$ref");
  const cJSON *fixed = cJSON_GetObjectItemCaseSensitive(schema, "const");
  if (!fixed) fixed = first_of(schema, "enum");
  const cJSON *branch = ref ? follow(root, ref) : first_of(schema, "anyOf");
  if (!branch && !ref) branch = first_of(schema, "oneOf");
  if (!branch && !ref) branch = first_of(schema, "allOf");
  const char *type = type_of(schema);
  if (depth > MAX_DEPTH || (ref && !branch))
    cai_buf_text(out, "null");
  else if (fixed)
    write_printed(fixed, out);
  else if (branch)
    write_value(branch, root, hint, depth + 1, out);
  else if (strcmp(type, "object") == 0)
    write_object(schema, root, depth, out);
  else if (strcmp(type, "array") == 0)
    write_array(schema, root, hint, depth, out);
  else if (strcmp(type, "integer") == 0 || strcmp(type, "number") == 0)
    write_number(schema, *type == 'i', out);
  else if (strcmp(type, "boolean") == 0)
    cai_buf_text(out, "true");
  else if (strcmp(type, "null") == 0)
    cai_buf_text(out, "null");
  else
    write_text(schema, hint, out);
}

void emu_schema_write(const cJSON *schema, const cJSON *root, const char *hint, cai_buf *out) {
  if (cJSON_IsObject(schema))
    write_value(schema, root, hint, 0, out);
  else
    cai_buf_text(out, "{}");
}
