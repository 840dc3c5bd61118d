/* SPDX-License-Identifier: MIT */
#include "fields.h"

#include <stdint.h>
#include <string.h>

#include "../../base/alloc.h"
#include "chatabi.h"

void cai_fields_fini(cai_fields *fields) {
  for (size_t i = 0; i < fields->count; i++) {
    cai_free(fields->items[i].key);
    cai_value_fini(&fields->items[i].value);
  }
  cai_free(fields->items);
  *fields = (cai_fields){NULL, 0};
}

cai_field *cai_fields_find(const cai_fields *fields, cai_span key) {
  for (size_t i = 0; i < fields->count; i++) {
    cai_field *field = &fields->items[i];
    if (field->key_len == key.len && memcmp(field->key, key.at, key.len) == 0) return field;
  }
  return NULL;
}

static cai_field *append(cai_fields *fields, cai_span key) {
  cai_field *items = cai_realloc(fields->items, (fields->count + 1) * sizeof *items);
  if (!items) return NULL;
  fields->items = items;
  cai_field *field = &items[fields->count];
  field->key = cai_strndup(key.at, key.len);
  if (!field->key) return NULL;
  field->key_len = key.len;
  cai_value_init(&field->value);
  fields->count++;
  return field;
}

static int append_named(cai_fields *fields, cai_room *room, cai_span key, cai_field **field) {
  if (fields->count == CAI_FIELDS_MAX || cai_room_take(room, key.len)) return CHATABI_E_TOO_LARGE;
  *field = append(fields, key);
  return *field ? 0 : CHATABI_E_NOMEM;
}

int cai_fields_add(cai_fields *fields, cai_room *room, cai_span key, cai_field **field) {
  int error = cai_room_take(room, sizeof **field);
  return error ? error : append_named(fields, room, key, field);
}

/* null says nothing over anything, "" only something over null. */
static bool adds_nothing(cai_span had, cai_span value) {
  if (cai_span_equal(value, "\"\"")) return !cai_span_equal(had, "null");
  return cai_scan_is_null(value);
}

static bool is_same(cai_span had, cai_span value) {
  return had.len == value.len && memcmp(had.at, value.at, value.len) == 0;
}

int cai_fields_put(cai_fields *fields, cai_room *room, cai_span key, cai_span value) {
  cai_field *field = cai_fields_find(fields, key);
  if (!field) {
    int error = append_named(fields, room, key, &field);
    return error ? error : cai_value_set(&field->value, room, value);
  }
  cai_span had = cai_value_text(&field->value);
  return adds_nothing(had, value) || is_same(had, value) ? 0 : cai_value_set(&field->value, room, value);
}

int cai_fields_merge(cai_fields *fields, cai_room *room, cai_span key, cai_span value) {
  cai_field *field = cai_fields_find(fields, key);
  if (!field) return cai_fields_put(fields, room, key, value);
  cai_span had = cai_value_text(&field->value);
  if (adds_nothing(had, value)) return 0;
  /* What some servers repeat in every chunk changes nothing, unless an array in it grows. */
  if (is_same(had, value) && !memchr(value.at, '[', value.len)) return 0;
  return cai_value_merge(&field->value, room, value);
}

cai_span cai_fields_get(const cai_fields *fields, const char *name) {
  cai_field *field = cai_fields_find(fields, cai_span_of(name));
  return field ? cai_value_text(&field->value) : (cai_span){NULL, 0};
}

void cai_fields_name(cai_buf *out, bool *first, const char *name) {
  cai_buf_format(out, "%s\"%s\":", *first ? "" : ",", name);
  *first = false;
}

static bool is_listed(const char *const *except, const cai_field *field) {
  for (; except && *except; except++)
    if (cai_span_equal((cai_span){field->key, field->key_len}, *except)) return true;
  return false;
}

void cai_fields_write(const cai_fields *fields, const char *const *except, cai_buf *out, bool *first) {
  for (size_t i = 0; i < fields->count; i++) {
    const cai_field *field = &fields->items[i];
    if (is_listed(except, field) || (!field->value.raw.len && !field->value.parts)) continue;
    cai_fields_name(out, first, field->key);
    cai_value_write(&field->value, out);
  }
}
