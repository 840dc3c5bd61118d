/* SPDX-License-Identifier: MIT
 *
 * Most values come once, or the same again, and stay text. Only when a second piece comes is a value opened, one level
 * at a time, so that a piece costs what it is long, however much was there before.
 *
 * An opened array is a list of fields too. An element with an "index" is a field of its own, named by its index;
 * elements without, and those beyond the number of fields, stand in runs between them, as text under no name. Two
 * elements of one index but different type or id are two things (a text and its signature are not). */
#include "merge.h"

#include <stdint.h>
#include <string.h>

#include "../../base/alloc.h"
#include "chatabi.h"
#include "fields.h"

void cai_value_init(cai_value *value) {
  memset(value, 0, sizeof *value);
  cai_buf_init(&value->raw, SIZE_MAX / 2);
}

void cai_value_fini(cai_value *value) {
  cai_buf_fini(&value->raw);
  if (value->parts) cai_fields_fini(value->parts);
  cai_free(value->parts);
  value->parts = NULL;
}

int cai_value_set(cai_value *value, cai_room *room, cai_span text) {
  room->left += value->raw.len;
  if (value->parts) cai_value_fini(value);
  cai_buf_reset(&value->raw);
  int error = cai_room_take(room, text.len);
  return error ? error : cai_buf_append(&value->raw, text.at, text.len);
}

cai_span cai_value_text(const cai_value *value) {
  return value->raw.len ? (cai_span){value->raw.data, value->raw.len} : (cai_span){NULL, 0};
}

/* ---- merging ---- */

/* In an element that comes in pieces (reasoning_details) its texts do too. */
static const char *const element_texts[] = {"text", "summary", "arguments", NULL};

static bool is_text_piece(const char *const *texts, cai_span key) {
  for (; texts && *texts; texts++)
    if (cai_scan_key_is(key, *texts)) return true;
  return false;
}

static int string_together(cai_value *value, cai_room *room, cai_span piece) {
  int error = cai_room_take(room, piece.len - 2);
  if (error) return error;
  value->raw.len--;
  return cai_buf_append(&value->raw, piece.at + 1, piece.len - 1);
}

static int add_member(cai_fields *parts, cai_room *room, cai_span key, cai_span member) {
  cai_field *field;
  int error = cai_fields_add(parts, room, key, &field);
  return error ? error : cai_value_set(&field->value, room, member);
}

static int merge_members(cai_value *value, cai_room *room, cai_span object, const char *const *texts) {
  cai_span key, member;
  int error = 0;
  cai_scan scan = cai_scan_members(object);
  while (!error && cai_scan_member(&scan, &key, &member)) {
    cai_field *field = cai_fields_find(value->parts, key);
    if (!field)
      error = add_member(value->parts, room, key, member);
    else if (is_text_piece(texts, key) && cai_scan_is_string(member) &&
             cai_scan_is_string(cai_value_text(&field->value)))
      error = string_together(&field->value, room, member);
    else
      error = cai_fields_merge(value->parts, room, key, member);
  }
  return error;
}

static int open_parts(cai_value *value, cai_room *room, bool is_array) {
  int error = cai_room_take(room, sizeof *value->parts);
  if (error) return error;
  value->is_array = is_array;
  value->parts = cai_calloc(1, sizeof *value->parts);
  return value->parts ? 0 : CHATABI_E_NOMEM;
}

static bool differs(const cai_fields *had, const char *name, cai_span now) {
  cai_span before = cai_fields_get(had, name);
  if (!cai_scan_is_string(before) || !cai_scan_is_string(now)) return false;
  return before.len != now.len || memcmp(before.at, now.at, now.len) != 0;
}

static cai_field *find_element(const cai_fields *parts, cai_span index, cai_span element) {
  cai_span type = cai_scan_get(element, "type"), id = cai_scan_get(element, "id");
  for (size_t i = parts->count; index.len && i > 0; i--) {
    cai_field *field = &parts->items[i - 1];
    if (field->value.parts && field->key_len == index.len && memcmp(field->key, index.at, index.len) == 0 &&
        !differs(field->value.parts, "type", type) && !differs(field->value.parts, "id", id))
      return field;
  }
  return NULL;
}

static int add_to_run(cai_fields *parts, cai_room *room, cai_span element) {
  cai_field *last = parts->count ? &parts->items[parts->count - 1] : NULL;
  int error = 0;
  if (!last || last->key_len) error = cai_fields_add(parts, room, (cai_span){"", 0}, &last);
  if (!error) error = cai_room_take(room, element.len + 1);
  if (!error && last->value.raw.len) error = cai_buf_byte(&last->value.raw, ',');
  return error ? error : cai_buf_append(&last->value.raw, element.at, element.len);
}

static int add_element(cai_fields *parts, cai_room *room, cai_span element) {
  int64_t number;
  cai_span index = cai_scan_get(element, "index");
  if (!cai_scan_int(index, &number)) index = (cai_span){NULL, 0};
  cai_field *field = find_element(parts, index, element);
  if (field) return merge_members(&field->value, room, element, element_texts);
  /* One place is left for the run behind them all. */
  if (!index.len || parts->count + 1 >= CAI_FIELDS_MAX) return add_to_run(parts, room, element);
  int error = cai_fields_add(parts, room, index, &field);
  if (!error) error = open_parts(&field->value, room, false);
  return error ? error : merge_members(&field->value, room, element, NULL);
}

/* Passes over what some servers send again and again. It is compared only as far as the piece goes. An element with an
 * index says itself where it belongs, and numbers may well come twice. */
static void pass_repeated(const cai_fields *parts, cai_scan *scan) {
  cai_span element;
  cai_scan ahead = *scan;
  if (parts->count != 1 || parts->items[0].key_len) return;
  const cai_buf *had = &parts->items[0].value.raw;
  size_t at = 0;
  while (at < had->len) {
    if (!cai_scan_element(&ahead, &element) || (*element.at != '{' && *element.at != '"')) return;
    if (element.len > had->len - at || memcmp(had->data + at, element.at, element.len) != 0) return;
    at += element.len;
    if (at < had->len && had->data[at++] != ',') return;
  }
  *scan = ahead;
}

static int merge_elements(cai_value *value, cai_room *room, cai_span array) {
  cai_span element;
  int error = 0;
  cai_scan scan = cai_scan_elements(array);
  pass_repeated(value->parts, &scan);
  while (!error && cai_scan_element(&scan, &element)) error = add_element(value->parts, room, element);
  return error;
}

static int merge_parts(cai_value *value, cai_room *room, cai_span piece, const char *const *texts) {
  return value->is_array ? merge_elements(value, room, piece) : merge_members(value, room, piece, texts);
}

/* From text to parts. */
static int open_value(cai_value *value, cai_room *room) {
  cai_buf raw = value->raw;
  cai_buf_init(&value->raw, SIZE_MAX / 2);
  room->left += raw.len;
  int error = open_parts(value, room, raw.data[0] == '[');
  if (!error) error = merge_parts(value, room, (cai_span){raw.data, raw.len}, NULL);
  cai_buf_fini(&raw);
  return error;
}

int cai_value_string(cai_value *value, cai_room *room, cai_span piece, const char *const *texts) {
  bool is_array = cai_scan_is_array(piece), is_object = cai_scan_is_object(piece);
  cai_span had = cai_value_text(value);
  bool was_array = value->parts ? value->is_array : cai_scan_is_array(had);
  bool was_object = value->parts ? !value->is_array : cai_scan_is_object(had);
  if (!(is_array && was_array) && !(is_object && was_object)) return cai_value_set(value, room, piece);
  int error = value->parts ? 0 : open_value(value, room);
  return error ? error : merge_parts(value, room, piece, texts);
}

int cai_value_merge(cai_value *value, cai_room *room, cai_span piece) {
  return cai_value_string(value, room, piece, NULL);
}

/* ---- writing ---- */

static void write_elements(const cai_fields *parts, cai_buf *out) {
  bool first = true;
  for (size_t i = 0; i < parts->count; i++) {
    const cai_value *value = &parts->items[i].value;
    if (!value->raw.len && !value->parts) continue; /* memory ran out in the middle */
    if (!first) cai_buf_byte(out, ',');
    first = false;
    cai_value_write(value, out);
  }
}

void cai_value_write(const cai_value *value, cai_buf *out) {
  bool first = true;
  if (!value->parts) {
    cai_buf_append(out, cai_buf_view(&value->raw), value->raw.len);
  } else if (value->is_array) {
    cai_buf_byte(out, '[');
    write_elements(value->parts, out);
    cai_buf_byte(out, ']');
  } else {
    cai_buf_byte(out, '{');
    cai_fields_write(value->parts, NULL, out, &first);
    cai_buf_byte(out, '}');
  }
}
