/* SPDX-License-Identifier: MIT */
#include "choice.h"

#include <stdint.h>
#include <string.h>

#include "../../base/alloc.h"

static const char *const prose_names[CAI_CHOICE_PROSES] = {"content", "reasoning_content", "reasoning", "refusal"};

cai_choice *cai_choice_new(int index) {
  cai_choice *choice = cai_calloc(1, sizeof *choice);
  if (!choice) return NULL;
  choice->index = index;
  for (size_t i = 0; i < CAI_CHOICE_PROSES; i++) cai_prose_init(&choice->proses[i]);
  for (size_t i = 0; i < 2; i++) cai_prose_init(&choice->logprobs[i]);
  cai_prose_init(&choice->finish);
  cai_toolcall_init(&choice->function_call);
  return choice;
}

void cai_choice_free(cai_choice *choice) {
  if (!choice) return;
  for (size_t i = 0; i < CAI_CHOICE_PROSES; i++) cai_prose_fini(&choice->proses[i]);
  for (size_t i = 0; i < 2; i++) cai_prose_fini(&choice->logprobs[i]);
  cai_prose_fini(&choice->finish);
  cai_fields_fini(&choice->fields);
  cai_fields_fini(&choice->message);
  cai_toolcalls_fini(&choice->calls);
  cai_toolcall_fini(&choice->function_call);
  cai_free(choice);
}

/* ---- reading ---- */

/* Content in parts becomes one string: the text parts, one behind the other. */
static int join_parts(cai_span parts, cai_buf *joined) {
  cai_span part;
  cai_scan scan = cai_scan_elements(parts);
  cai_buf_byte(joined, '"');
  while (cai_scan_element(&scan, &part)) {
    cai_span text = cai_scan_get(part, "text");
    if (cai_scan_is_string(text)) cai_buf_append(joined, text.at + 1, text.len - 2);
  }
  return cai_buf_byte(joined, '"');
}

static int text_of(cai_span value, cai_buf *joined, cai_span *text) {
  *text = value;
  if (!cai_scan_is_array(value)) return 0;
  cai_buf_reset(joined);
  int error = join_parts(value, joined);
  *text = (cai_span){cai_buf_view(joined), joined->len};
  return error;
}

static bool is_filled(cai_span value) { return cai_scan_is_string(value) && value.len > 2; }

int cai_choice_texts(cai_span message, cai_choice_delta *delta, cai_buf *joined) {
  delta->reasoning = cai_scan_get(message, "reasoning_content");
  if (!is_filled(delta->reasoning)) delta->reasoning = cai_scan_get(message, "reasoning");
  return text_of(cai_scan_get(message, "content"), joined, &delta->content);
}

static int add_calls(cai_choice *choice, cai_room *room, cai_span value) {
  cai_span element;
  int error = 0;
  cai_scan scan = cai_scan_elements(value);
  while (!error && cai_scan_element(&scan, &element)) error = cai_toolcalls_add(&choice->calls, room, element);
  return error;
}

static size_t prose_place(cai_span key) {
  size_t place = 0;
  while (place < CAI_CHOICE_PROSES && !cai_scan_key_is(key, prose_names[place])) place++;
  return place;
}

static int add_member(cai_choice *choice, cai_room *room, cai_span key, cai_span value, cai_choice_delta *delta,
                      cai_buf *joined) {
  size_t place = prose_place(key);
  int error = 0;
  if (place == CAI_CHOICE_CONTENT) {
    error = text_of(value, joined, &delta->content);
    value = delta->content;
  } else if ((place == CAI_CHOICE_REASONING_CONTENT || place == CAI_CHOICE_REASONING) && is_filled(value)) {
    delta->reasoning = value;
  }
  if (error) return error;
  if (place < CAI_CHOICE_PROSES) return cai_prose_add(&choice->proses[place], room, value);
  if (cai_scan_key_is(key, "tool_calls")) return add_calls(choice, room, value);
  if (cai_scan_key_is(key, "function_call") && cai_scan_is_object(value)) {
    choice->has_function_call = true;
    return cai_toolcall_add_function(&choice->function_call, room, value);
  }
  return cai_fields_merge(&choice->message, room, key, value);
}

static int add_delta(cai_choice *choice, cai_room *room, cai_span object, cai_choice_delta *delta, cai_buf *joined) {
  cai_span key, value;
  int error = 0;
  cai_scan scan = cai_scan_members(object);
  while (!error && cai_scan_member(&scan, &key, &value)) error = add_member(choice, room, key, value, delta, joined);
  return error;
}

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
  if (!is_filled(value)) return 0;
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
    if (part)
      *part = value;
    else
      parts.has_more = true;
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
                   cai_choice_delta *delta, cai_buf *joined) {
  *delta = (cai_choice_delta){{NULL, 0}, {NULL, 0}};
  int error = add_delta(choice, room, parts->message, delta, joined);
  if (!error) error = add_delta(choice, room, parts->delta, delta, joined);
  if (!error) error = set_finish(choice, room, parts->finish);
  if (!error && parts->logprobs.at) error = add_logprobs(choice, room, parts->logprobs);
  return error || !parts->has_more ? error : add_fields(choice, room, element);
}

bool cai_choice_is_finished(const cai_choice *choice) { return choice->finish.raw.len > 0; }

/* ---- writing ---- */

static void write_prose(const cai_prose *prose, const char *name, cai_buf *out, bool *first) {
  cai_fields_name(out, first, name);
  if (prose->is_text)
    cai_prose_write(prose, out);
  else
    cai_buf_text(out, "null");
}

static void write_content(const cai_choice *choice, cai_buf *out, bool *first) {
  const cai_prose *content = &choice->proses[CAI_CHOICE_CONTENT];
  bool other = choice->calls.count > 0 || choice->has_function_call || choice->proses[CAI_CHOICE_REFUSAL].raw.len > 0;
  cai_fields_name(out, first, "content");
  if (!content->raw.len && other)
    cai_buf_text(out, "null");
  else
    cai_prose_write(content, out);
}

static void write_calls(const cai_choice *choice, cai_buf *out, bool *first) {
  if (choice->has_function_call) {
    cai_fields_name(out, first, "function_call");
    cai_toolcall_write_function(&choice->function_call, out);
  }
  if (!choice->calls.count) return;
  cai_fields_name(out, first, "tool_calls");
  for (size_t i = 0; i < choice->calls.count; i++) {
    cai_buf_byte(out, i ? ',' : '[');
    cai_toolcall_write(&choice->calls.items[i], out);
  }
  cai_buf_byte(out, ']');
}

static void write_message(const cai_choice *choice, cai_buf *out) {
  const char *const own[] = {"role", choice->has_function_call ? "function_call" : NULL, NULL};
  cai_span role = cai_fields_get(&choice->message, "role");
  bool first = true;
  cai_buf_byte(out, '{');
  cai_fields_name(out, &first, "role");
  if (is_filled(role))
    cai_buf_append(out, role.at, role.len);
  else
    cai_buf_text(out, "\"assistant\"");
  write_content(choice, out, &first);
  for (size_t i = CAI_CHOICE_CONTENT + 1; i < CAI_CHOICE_PROSES; i++)
    if (choice->proses[i].seen) write_prose(&choice->proses[i], prose_names[i], out, &first);
  cai_fields_write(&choice->message, own, out, &first);
  write_calls(choice, out, &first);
  cai_buf_byte(out, '}');
}

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

static void write_finish(const cai_choice *choice, bool complete, cai_buf *out) {
  const cai_buf *raw = &choice->finish.raw;
  bool unsaid = !raw->len || cai_span_equal((cai_span){raw->data, raw->len}, "stop");
  cai_buf_text(out, ",\"finish_reason\":");
  if (complete && choice->calls.count && unsaid)
    cai_buf_text(out, "\"tool_calls\"");
  else if (raw->len)
    cai_prose_write(&choice->finish, out);
  else
    cai_buf_text(out, "null");
}

void cai_choice_write(const cai_choice *choice, bool complete, cai_buf *out) {
  bool first = false;
  cai_buf_format(out, "{\"index\":%d,\"message\":", choice->index);
  write_message(choice, out);
  if (choice->has_logprobs) write_logprobs(choice, out);
  write_finish(choice, complete, out);
  cai_fields_write(&choice->fields, NULL, out, &first);
  cai_buf_byte(out, '}');
}
