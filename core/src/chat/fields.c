/* SPDX-License-Identifier: MIT */
#include "fields.h"

#include <stdint.h>
#include <string.h>

#include "../base/alloc.h"
#include "chatabi.h"

enum { FIELDS_MAX = 128 };

int cai_room_take(cai_room *room, size_t len) {
  if (len > room->left) return CHATABI_E_TOO_LARGE;
  room->left -= len;
  return 0;
}

void cai_fields_fini(cai_fields *fields) {
  for (size_t i = 0; i < fields->count; i++) {
    cai_free(fields->items[i].key);
    cai_buf_fini(&fields->items[i].value);
  }
  cai_free(fields->items);
  *fields = (cai_fields){NULL, 0};
}

static cai_field *find(const cai_fields *fields, cai_span key) {
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
  cai_buf_init(&field->value, SIZE_MAX / 2);
  fields->count++;
  return field;
}

static bool says_nothing(cai_span value) { return cai_scan_is_null(value) || cai_span_equal(value, "\"\""); }

int cai_fields_put(cai_fields *fields, cai_room *room, cai_span key, cai_span value) {
  cai_field *field = find(fields, key);
  if (!field) {
    if (fields->count == FIELDS_MAX || cai_room_take(room, key.len)) return CHATABI_E_TOO_LARGE;
    field = append(fields, key);
    if (!field) return CHATABI_E_NOMEM;
  } else if (says_nothing(value) &&
             !(cai_span_equal(value, "\"\"") &&
               cai_span_equal((cai_span){cai_buf_view(&field->value), field->value.len}, "null"))) {
    return 0;
  }
  if (field->value.len == value.len && memcmp(cai_buf_view(&field->value), value.at, value.len) == 0) return 0;
  room->left += field->value.len;
  cai_buf_reset(&field->value);
  int error = cai_room_take(room, value.len);
  return error ? error : cai_buf_append(&field->value, value.at, value.len);
}

cai_span cai_fields_get(const cai_fields *fields, const char *name) {
  cai_field *field = find(fields, cai_span_of(name));
  return field ? (cai_span){cai_buf_view(&field->value), field->value.len} : (cai_span){NULL, 0};
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
    if (is_listed(except, field) || !field->value.len) continue;
    cai_fields_name(out, first, field->key);
    cai_buf_append(out, field->value.data, field->value.len);
  }
}
