/* SPDX-License-Identifier: MIT */
#include "choice.h"

#include <stdint.h>
#include <string.h>

#include "../../base/alloc.h"

cai_choice *cai_choice_new(int index, const char *think_tag) {
  cai_choice *choice = cai_calloc(1, sizeof *choice);
  if (!choice) return NULL;
  choice->index = index;
  cai_message_init(&choice->message, think_tag);
  for (size_t i = 0; i < 2; i++) cai_prose_init(&choice->logprobs[i]);
  cai_prose_init(&choice->finish);
  return choice;
}

void cai_choice_free(cai_choice *choice) {
  if (!choice) return;
  cai_message_fini(&choice->message);
  for (size_t i = 0; i < 2; i++) cai_prose_fini(&choice->logprobs[i]);
  cai_prose_fini(&choice->finish);
  cai_fields_fini(&choice->fields);
  cai_free(choice);
}

/* ---- reading ---- */

static int add_elements(cai_prose *list, cai_room *room, cai_span array) {
  if (!cai_scan_is_array(array)) return 0;
  bool first = !list->is_text || !list->raw.len;
  list->seen = list->is_text = true;
  cai_span inner = {array.at + 1, array.len - 2};
  while (inner.len && strchr(" \n\r\t", *inner.at)) inner = (cai_span){inner.at + 1, inner.len - 1};
  if (!inner.len) return 0;
  int error = cai_room_take(room, inner.len + 1);
  if (!error && !first) error = cai_buf_byte(&list->raw, ',');
  return error ? error : cai_buf_append(&list->raw, inner.at, inner.len);
}

static int add_logprobs(cai_choice *choice, cai_room *room, cai_span value) {
  choice->has_logprobs = true;
  int error = add_elements(&choice->logprobs[0], room, cai_scan_get(value, "content"));
  return error ? error : add_elements(&choice->logprobs[1], room, cai_scan_get(value, "refusal"));
}

static int set_finish(cai_choice *choice, cai_room *room, cai_span value) {
  if (!cai_scan_is_filled(value)) return 0;
  cai_buf_reset(&choice->finish.raw);
  return cai_prose_add(&choice->finish, room, value);
}

/* Where a member that we know belongs; NULL for others. */
static cai_span *part_of(cai_choice_parts *parts, cai_span key) {
  if (cai_scan_key_is(key, "delta")) return &parts->delta;
  if (cai_scan_key_is(key, "index")) return &parts->index;
  if (cai_scan_key_is(key, "finish_reason") || cai_scan_key_is(key, "finishReason")) return &parts->finish;
  if (cai_scan_key_is(key, "logprobs")) return &parts->logprobs;
  if (cai_scan_key_is(key, "message")) return &parts->message;
  return NULL;
}

cai_choice_parts cai_choice_parts_of(cai_span element) {
  cai_choice_parts parts;
  cai_span key, value;
  memset(&parts, 0, sizeof parts);
  cai_scan scan = cai_scan_members(element);
  while (cai_scan_member(&scan, &key, &value)) {
    cai_span *part = part_of(&parts, key);
    if (!part)
      parts.has_more = true;
    else if (part != &parts.finish || !cai_scan_is_null(value)) /* of two spellings one may be null */
      *part = value;
    if (!part && cai_scan_key_is(key, "usage")) parts.usage = value;
  }
  return parts;
}

static int add_fields(cai_choice *choice, cai_room *room, cai_span element) {
  cai_choice_parts known;
  cai_span key, value;
  int error = 0;
  cai_scan scan = cai_scan_members(element);
  while (!error && cai_scan_member(&scan, &key, &value))
    if (!part_of(&known, key)) error = cai_fields_put(&choice->fields, room, key, value);
  return error;
}

int cai_choice_add(cai_choice *choice, cai_room *room, cai_span element, const cai_choice_parts *parts,
                   cai_voice *voice) {
  int error = cai_message_add(&choice->message, room, parts->message, voice);
  if (!error) error = cai_message_add(&choice->message, room, parts->delta, voice);
  if (!error) error = set_finish(choice, room, parts->finish);
  if (!error && parts->logprobs.at) error = add_logprobs(choice, room, parts->logprobs);
  return error || !parts->has_more ? error : add_fields(choice, room, element);
}

int cai_choice_finish(cai_choice *choice, cai_voice *voice) { return cai_message_finish(&choice->message, voice); }

bool cai_choice_is_finished(const cai_choice *choice) { return choice->finish.raw.len > 0; }

/* ---- writing ---- */

static void write_logprobs(const cai_choice *choice, cai_buf *out) {
  static const char *const names[] = {"content", "refusal"};
  bool first = true;
  cai_buf_text(out, ",\"logprobs\":");
  if (!choice->logprobs[0].seen && !choice->logprobs[1].seen) {
    cai_buf_text(out, "null");
    return;
  }
  cai_buf_byte(out, '{');
  for (size_t i = 0; i < 2; i++) {
    const cai_prose *list = &choice->logprobs[i];
    cai_fields_name(out, &first, names[i]);
    cai_buf_text(out, list->seen ? "[" : "null");
    cai_buf_append(out, cai_buf_view(&list->raw), list->raw.len);
    if (list->seen) cai_buf_byte(out, ']');
  }
  cai_buf_byte(out, '}');
}

/* What servers say that have called tools and do not tell so. */
static bool is_replaced(const cai_choice *choice, bool complete) {
  const cai_buf *raw = &choice->finish.raw;
  bool unsaid = !raw->len || cai_span_equal((cai_span){raw->data, raw->len}, "stop");
  return complete && choice->message.calls.count && unsaid;
}

static void write_finish(const cai_choice *choice, bool complete, cai_buf *out) {
  bool is_said = choice->finish.raw.len > 0, replaced = is_replaced(choice, complete);
  cai_buf_text(out, ",\"finish_reason\":");
  if (replaced)
    cai_buf_text(out, "\"tool_calls\"");
  else if (is_said)
    cai_prose_write(&choice->finish, out);
  else
    cai_buf_text(out, "null");
  if (!replaced || !is_said || cai_fields_get(&choice->fields, "native_finish_reason").at) return;
  cai_buf_text(out, ",\"native_finish_reason\":");
  cai_prose_write(&choice->finish, out);
}

void cai_choice_write(const cai_choice *choice, bool complete, cai_buf *out) {
  bool first = false;
  cai_buf_format(out, "{\"index\":%d,\"message\":", choice->index);
  cai_message_write(&choice->message, out);
  if (choice->has_logprobs) write_logprobs(choice, out);
  write_finish(choice, complete, out);
  cai_fields_write(&choice->fields, NULL, out, &first);
  cai_buf_byte(out, '}');
}
