/* SPDX-License-Identifier: MIT
 *
 * Parts with anything beside their text are kept as they came: Google's signatures belong to one part, which must be
 * neither joined nor split. Source: https://ai.google.dev/gemini-api/docs/thought-signatures.
 * Mistral thinks in parts whose "thinking" is a list of parts; others have a string there. */
#include "content.h"

#include <string.h>

#include "../../base/alloc.h"
#include "chatabi.h"
#include "thought.h"

typedef enum part_kind { PART_RAW, PART_TEXT, PART_THINKING, PART_THINKING_LIST } part_kind;

typedef struct cai_part {
  part_kind kind;
  cai_prose prose;   /* text or thinking; the element itself for PART_RAW */
  cai_content list;  /* of PART_THINKING_LIST */
  cai_fields fields; /* what thinking came with */
} cai_part;

/* ---- reading ---- */

static bool is_type(cai_span type, const char *name) { return cai_scan_is_string(type) && cai_span_equal(type, name); }

static void read_member(cai_piece *piece, cai_span key, cai_span value, cai_span *type) {
  if (cai_scan_key_is(key, "type")) {
    *type = value;
  } else if (cai_scan_key_is(key, "text") && cai_scan_is_string(value)) {
    piece->text = value;
  } else if (!cai_scan_is_null(value)) {
    piece->is_plain = false;
    if (cai_scan_key_is(key, "extra_content")) piece->extra = value;
  }
}

static void read_thinking(cai_piece *piece, cai_span thinking) {
  piece->kind = CHATABI_REASONING;
  piece->is_thinking = true;
  piece->text = cai_scan_is_string(thinking) ? thinking : (cai_span){NULL, 0};
  piece->list = cai_scan_is_array(thinking) ? thinking : (cai_span){NULL, 0};
}

static void read_refusal(cai_piece *piece, cai_span refusal) {
  piece->kind = CHATABI_REFUSAL;
  piece->text = refusal;
}

static void read_text(cai_piece *piece, cai_span type) {
  piece->is_thought = cai_thought_is_marked(piece->extra);
  piece->kind = piece->is_thought || is_type(type, "\"reasoning\"") ? CHATABI_REASONING : CHATABI_TEXT;
  piece->is_plain = piece->is_plain && (cai_scan_is_null(type) || is_type(type, "\"text\""));
}

cai_piece cai_piece_of(cai_span element) {
  cai_piece piece = {.is_plain = true};
  cai_span key, value, type = {NULL, 0};
  if (cai_scan_is_string(element)) {
    piece.kind = CHATABI_TEXT;
    piece.text = element;
    return piece;
  }
  cai_scan scan = cai_scan_members(element);
  while (cai_scan_member(&scan, &key, &value)) read_member(&piece, key, value, &type);
  if (is_type(type, "\"thinking\""))
    read_thinking(&piece, cai_scan_get(element, "thinking"));
  else if (is_type(type, "\"refusal\""))
    read_refusal(&piece, cai_scan_get(element, "refusal"));
  else if (piece.text.at)
    read_text(&piece, type);
  return piece;
}

/* ---- saying ---- */

static int say_list(cai_span list, cai_voice *voice) {
  cai_span element;
  int error = 0;
  cai_scan scan = cai_scan_elements(list);
  while (!error && cai_scan_element(&scan, &element))
    error = cai_voice_say(voice, CHATABI_REASONING, cai_piece_of(element).text);
  return error;
}

int cai_piece_say(const cai_piece *piece, cai_voice *voice) {
  return piece->list.at ? say_list(piece->list, voice) : cai_voice_say(voice, piece->kind, piece->text);
}

/* ---- adding ---- */

void cai_content_fini(cai_content *content) {
  for (size_t i = 0; i < content->count; i++) {
    cai_prose_fini(&content->items[i].prose);
    cai_content_fini(&content->items[i].list);
    cai_fields_fini(&content->items[i].fields);
  }
  cai_free(content->items);
  *content = (cai_content){NULL, 0};
}

static cai_part *last_of(const cai_content *content, part_kind kind) {
  cai_part *last = content->count ? &content->items[content->count - 1] : NULL;
  return last && last->kind == kind ? last : NULL;
}

static int append(cai_content *content, cai_room *room, part_kind kind, cai_part **part) {
  int error = content->count ? cai_room_take(room, sizeof **part) : 0;
  if (error) return error;
  cai_part *items = cai_realloc(content->items, (content->count + 1) * sizeof *items);
  if (!items) return CHATABI_E_NOMEM;
  content->items = items;
  *part = &items[content->count++];
  memset(*part, 0, sizeof **part);
  (*part)->kind = kind;
  cai_prose_init(&(*part)->prose);
  return 0;
}

int cai_content_add_text(cai_content *content, cai_room *room, cai_span string) {
  if (!cai_scan_is_filled(string)) return 0;
  cai_part *part = last_of(content, PART_TEXT);
  int error = part ? 0 : append(content, room, PART_TEXT, &part);
  return error ? error : cai_prose_add(&part->prose, room, string);
}

int cai_content_add_raw(cai_content *content, cai_room *room, cai_span element) {
  cai_part *part;
  int error = cai_room_take(room, element.len);
  if (!error) error = append(content, room, PART_RAW, &part);
  return error ? error : cai_buf_append(&part->prose.raw, element.at, element.len);
}

/* A thought that was signed or closed has ended. */
static bool has_ended(const cai_part *part) {
  return cai_scan_is_filled(cai_fields_get(&part->fields, "signature")) ||
         cai_span_equal(cai_fields_get(&part->fields, "closed"), "true");
}

static int add_list(cai_content *list, cai_room *room, cai_span elements) {
  cai_span element;
  int error = 0;
  cai_scan scan = cai_scan_elements(elements);
  while (!error && cai_scan_element(&scan, &element)) {
    cai_piece piece = cai_piece_of(element);
    error = piece.kind == CHATABI_TEXT && piece.is_plain ? cai_content_add_text(list, room, piece.text)
                                                         : cai_content_add_raw(list, room, element);
  }
  return error;
}

int cai_content_add_thinking(cai_content *content, cai_room *room, cai_span element, const cai_piece *piece) {
  part_kind kind = piece->list.at ? PART_THINKING_LIST : PART_THINKING;
  cai_part *part = last_of(content, kind);
  cai_span key, value;
  int error = part && !has_ended(part) ? 0 : append(content, room, kind, &part);
  cai_scan scan = cai_scan_members(element);
  while (!error && cai_scan_member(&scan, &key, &value))
    if (!cai_scan_key_is(key, "thinking")) error = cai_fields_put(&part->fields, room, key, value);
  if (!error) error = add_list(&part->list, room, piece->list);
  return error ? error : cai_prose_add(&part->prose, room, piece->text);
}

/* ---- writing ---- */

static void write_parts(const cai_content *content, cai_buf *out);

static void write_thinking(const cai_part *part, cai_buf *out) {
  bool first = true;
  cai_buf_byte(out, '{');
  cai_fields_write(&part->fields, NULL, out, &first);
  cai_fields_name(out, &first, "thinking");
  if (part->kind == PART_THINKING)
    cai_prose_write(&part->prose, out);
  else
    write_parts(&part->list, out);
  cai_buf_byte(out, '}');
}

static void write_part(const cai_part *part, cai_buf *out) {
  if (part->kind == PART_RAW) {
    cai_buf_append(out, cai_buf_view(&part->prose.raw), part->prose.raw.len);
  } else if (part->kind == PART_TEXT) {
    cai_buf_text(out, "{\"type\":\"text\",\"text\":");
    cai_prose_write(&part->prose, out);
    cai_buf_byte(out, '}');
  } else {
    write_thinking(part, out);
  }
}

static void write_parts(const cai_content *content, cai_buf *out) {
  bool first = true;
  cai_buf_byte(out, '[');
  for (size_t i = 0; i < content->count; i++) {
    const cai_part *part = &content->items[i];
    if (part->kind == PART_RAW && !part->prose.raw.len) continue; /* memory ran out in the middle */
    if (!first) cai_buf_byte(out, ',');
    first = false;
    write_part(part, out);
  }
  cai_buf_byte(out, ']');
}

void cai_content_write(const cai_content *content, cai_buf *out) {
  if (!content->count)
    cai_buf_text(out, "\"\"");
  else if (content->count == 1 && content->items[0].kind == PART_TEXT)
    cai_prose_write(&content->items[0].prose, out);
  else
    write_parts(content, out);
}
