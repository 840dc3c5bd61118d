/* SPDX-License-Identifier: MIT
 *
 * A delta is read twice: once for what we know, so that thoughts come before what they led to in whatever order the
 * members stand, and a second time only when there is more. */
#include "message.h"

#include <stdint.h>
#include <string.h>

#include "chatabi.h"
#include "sound.h"
#include "thought.h"

typedef enum known {
  KNOWN_REASONING_CONTENT, /* the first of these are proses, in their order */
  KNOWN_REASONING,
  KNOWN_REASONING_TEXT,
  KNOWN_REFUSAL,
  KNOWN_CONTENT,
  KNOWN_TOOL_CALLS,
  KNOWN_FUNCTION_CALL,
  KNOWN_EXTRA,
  KNOWN_COUNT
} known;

static const char *const names[KNOWN_COUNT] = {"reasoning_content", "reasoning",  "reasoning_text", "refusal",
                                               "content",           "tool_calls", "function_call",  "extra_content"};

typedef struct delta_parts {
  cai_span at[KNOWN_COUNT];
  bool has_more; /* members besides these */
} delta_parts;

void cai_message_init(cai_message *message, const char *think_tag) {
  memset(message, 0, sizeof *message);
  cai_think_init(&message->think, think_tag);
  for (size_t i = 0; i < CAI_MESSAGE_PROSES; i++) cai_prose_init(&message->proses[i]);
  cai_toolcall_init(&message->function_call);
}

void cai_message_fini(cai_message *message) {
  cai_think_fini(&message->think);
  cai_content_fini(&message->content);
  for (size_t i = 0; i < CAI_MESSAGE_PROSES; i++) cai_prose_fini(&message->proses[i]);
  cai_fields_fini(&message->fields);
  cai_toolcalls_fini(&message->calls);
  cai_toolcall_fini(&message->function_call);
}

/* ---- what a delta says ---- */

static size_t place_of(cai_span key) {
  size_t place = 0;
  while (place < KNOWN_COUNT && !cai_scan_key_is(key, names[place])) place++;
  return place;
}

static delta_parts parts_of(cai_span delta) {
  delta_parts parts;
  cai_span key, value;
  memset(&parts, 0, sizeof parts);
  cai_scan scan = cai_scan_members(delta);
  while (cai_scan_member(&scan, &key, &value)) {
    size_t place = place_of(key);
    if (place < KNOWN_COUNT)
      parts.at[place] = value;
    else
      parts.has_more = true;
  }
  return parts;
}

static bool has_reasoned(const cai_message *message) {
  bool has = false;
  for (size_t i = 0; i < CAI_REFUSAL; i++) has = has || message->proses[i].raw.len;
  return has;
}

/* Servers that changed the name send a thought under both for a while: it is said once. */
static int add_reasoning(cai_message *message, cai_room *room, const delta_parts *parts, cai_voice *voice) {
  cai_span said = {NULL, 0};
  int error = 0;
  for (size_t i = 0; !error && i < CAI_REFUSAL; i++) {
    if (!said.at && cai_scan_is_filled(parts->at[i])) said = parts->at[i];
    if (parts->at[i].at) error = cai_prose_add(&message->proses[i], room, parts->at[i]);
  }
  return error ? error : cai_voice_say(voice, CHATABI_REASONING, said);
}

static int add_refusal(cai_message *message, cai_room *room, cai_span refusal, cai_voice *voice) {
  if (!refusal.at) return 0;
  int error = cai_prose_add(&message->proses[CAI_REFUSAL], room, refusal);
  return error ? error : cai_voice_say(voice, CHATABI_REFUSAL, refusal);
}

static int add_thought(cai_message *message, cai_room *room, cai_span string, cai_voice *voice) {
  int error = cai_prose_add(&message->proses[CAI_REASONING_CONTENT], room, string);
  return error ? error : cai_voice_say(voice, CHATABI_REASONING, string);
}

/* What stands in "extra_content", but for the mark of a thought: the message has other parts too. */
static int add_extra(cai_message *message, cai_room *room, cai_span extra) {
  static const char name[] = "extra_content";
  cai_buf rest;
  if (!cai_thought_is_marked(extra)) return cai_fields_merge(&message->fields, room, cai_span_of(name), extra);
  cai_buf_init(&rest, SIZE_MAX / 2);
  int error = cai_thought_unmark(extra, &rest);
  cai_span value = {cai_buf_view(&rest), rest.len};
  if (!error && rest.len) error = cai_fields_merge(&message->fields, room, cai_span_of(name), value);
  cai_buf_fini(&rest);
  return error;
}

static int add_plain(cai_message *message, cai_room *room, cai_span string, cai_voice *voice) {
  int error = cai_content_add_text(&message->content, room, string);
  return error ? error : cai_voice_say(voice, CHATABI_TEXT, string);
}

/* A stretch as the tags cut it: a JSON string again. */
static int add_stretch(cai_message *message, cai_room *room, cai_span stretch, bool is_reasoning, cai_voice *voice) {
  cai_buf quoted;
  cai_buf_init(&quoted, SIZE_MAX / 2);
  cai_buf_byte(&quoted, '"');
  cai_buf_append(&quoted, stretch.at, stretch.len);
  int error = cai_buf_byte(&quoted, '"');
  cai_span string = {quoted.data, quoted.len};
  if (!error)
    error = is_reasoning ? add_thought(message, room, string, voice) : add_plain(message, room, string, voice);
  cai_buf_fini(&quoted);
  return error;
}

static int add_text(cai_message *message, cai_room *room, cai_span string, cai_voice *voice) {
  cai_span stretch;
  bool is_reasoning;
  int got, error = 0;
  if (message->think.state == CAI_THINK_OFF) return add_plain(message, room, string, voice);
  cai_think_feed(&message->think, (cai_span){string.at + 1, string.len - 2});
  while (!error && (got = cai_think_next(&message->think, &stretch, &is_reasoning)) != 0)
    error = got < 0 ? got : add_stretch(message, room, stretch, is_reasoning, voice);
  return error;
}

static int add_piece(cai_message *message, cai_room *room, cai_span element, bool is_thought, cai_voice *voice) {
  cai_piece piece = cai_piece_of(element);
  if (piece.is_thought || (is_thought && piece.kind == CHATABI_TEXT)) {
    int error = add_thought(message, room, piece.text, voice);
    return error || !piece.extra.at ? error : add_extra(message, room, piece.extra);
  }
  if (piece.kind == CHATABI_TEXT && piece.is_plain) return add_text(message, room, piece.text, voice);
  int error = cai_message_settle(message, room, voice); /* it stands before this part */
  if (error) return error;
  if (piece.is_thinking)
    error = cai_content_add_thinking(&message->content, room, element, &piece);
  else
    error = cai_content_add_raw(&message->content, room, element);
  return error ? error : cai_piece_say(&piece, voice);
}

static int add_content(cai_message *message, cai_room *room, cai_span content, bool is_thought, cai_voice *voice) {
  cai_span element;
  int error = 0;
  if (is_thought && cai_scan_is_string(content)) return add_thought(message, room, content, voice);
  if (cai_scan_is_string(content)) return add_text(message, room, content, voice);
  cai_scan scan = cai_scan_elements(content);
  while (!error && cai_scan_element(&scan, &element)) error = add_piece(message, room, element, is_thought, voice);
  return error;
}

/* ---- the rest of a delta ---- */

static int add_calls(cai_message *message, cai_room *room, cai_span list, bool is_whole) {
  cai_span element;
  int error = 0;
  cai_scan scan = cai_scan_elements(list);
  while (!error && cai_scan_element(&scan, &element))
    error = cai_toolcalls_add(&message->calls, room, element, is_whole);
  return error;
}

static int add_function_call(cai_message *message, cai_room *room, cai_span call) {
  if (!call.at) return 0;
  if (!cai_scan_is_object(call)) return cai_fields_merge(&message->fields, room, cai_span_of("function_call"), call);
  message->has_function_call = true;
  return cai_toolcall_add_function(&message->function_call, room, call);
}

static int add_others(cai_message *message, cai_room *room, cai_span delta, cai_voice *voice) {
  cai_span key, value;
  int error = 0;
  cai_scan scan = cai_scan_members(delta);
  while (!error && cai_scan_member(&scan, &key, &value)) {
    if (place_of(key) < KNOWN_COUNT) continue;
    if (cai_scan_key_is(key, "reasoning_details") && !has_reasoned(message)) error = cai_thought_say(value, voice);
    if (error) return error;
    bool is_sound = cai_scan_key_is(key, "audio") && cai_scan_is_object(value);
    error = is_sound ? cai_sound_add(&message->fields, room, key, value)
                     : cai_fields_merge(&message->fields, room, key, value);
  }
  return error;
}

/* Strikes out what the message has already. */
static void strike(delta_parts *parts, const cai_message *message) {
  bool had[KNOWN_COUNT] = {
      [KNOWN_REFUSAL] = message->proses[CAI_REFUSAL].raw.len > 0,
      [KNOWN_CONTENT] = message->content.count > 0 || message->think.state > CAI_THINK_START,
      [KNOWN_TOOL_CALLS] = message->calls.count > 0,
      [KNOWN_FUNCTION_CALL] = message->has_function_call,
  };
  had[KNOWN_REASONING_CONTENT] = had[KNOWN_REASONING] = had[KNOWN_REASONING_TEXT] = has_reasoned(message);
  for (size_t i = 0; i < KNOWN_COUNT; i++)
    if (had[i]) parts->at[i] = (cai_span){NULL, 0};
}

int cai_message_add(cai_message *message, cai_room *room, cai_span delta, cai_message_how how, cai_voice *voice) {
  delta_parts parts = parts_of(delta);
  if (how == CAI_MESSAGE_AGAIN) strike(&parts, message);
  cai_span extra = parts.at[KNOWN_EXTRA];
  int error = add_reasoning(message, room, &parts, voice);
  if (!error && parts.has_more) error = add_others(message, room, delta, voice);
  if (!error) error = add_content(message, room, parts.at[KNOWN_CONTENT], cai_thought_is_marked(extra), voice);
  if (!error) error = add_refusal(message, room, parts.at[KNOWN_REFUSAL], voice);
  if (!error && extra.at) error = add_extra(message, room, extra);
  if (!error) error = add_function_call(message, room, parts.at[KNOWN_FUNCTION_CALL]);
  return error ? error : add_calls(message, room, parts.at[KNOWN_TOOL_CALLS], how == CAI_MESSAGE_WHOLE);
}

/* ---- the end ---- */

int cai_message_settle(cai_message *message, cai_room *room, cai_voice *voice) {
  cai_span stretch;
  bool is_reasoning;
  if (!message->think.held.len || !cai_think_end(&message->think, &stretch, &is_reasoning)) return 0;
  return add_stretch(message, room, stretch, is_reasoning, voice);
}

typedef void write_call(const cai_toolcall *call, cai_buf *out);

static int say_call(const cai_toolcall *call, write_call *write, cai_voice *voice) {
  cai_buf json, name;
  cai_buf_init(&json, SIZE_MAX / 2);
  cai_buf_init(&name, SIZE_MAX / 2);
  write(call, &json);
  cai_prose_write(&call->name, &name);
  int error = json.error ? json.error : name.error;
  if (!error)
    error = cai_batch_add_string(voice->out, CHATABI_TOOL, voice->choice, (cai_span){name.data, name.len},
                                 (cai_span){json.data, json.len});
  cai_buf_fini(&json);
  cai_buf_fini(&name);
  return error;
}

int cai_message_finish(cai_message *message, cai_voice *voice) {
  int error = cai_toolcalls_complete(&message->calls);
  if (!error && message->has_function_call) {
    error = cai_arguments_mend(&message->function_call.arguments);
    if (!error) error = say_call(&message->function_call, cai_toolcall_write_function, voice);
  }
  for (size_t i = 0; !error && i < message->calls.count; i++)
    error = say_call(&message->calls.items[i], cai_toolcall_write, voice);
  return error;
}

/* ---- writing ---- */

static void write_role(const cai_message *message, cai_buf *out, bool *first) {
  cai_span role = cai_fields_get(&message->fields, "role");
  cai_fields_name(out, first, "role");
  if (cai_scan_is_filled(role))
    cai_buf_append(out, role.at, role.len);
  else
    cai_buf_text(out, "\"assistant\"");
}

static void write_content(const cai_message *message, cai_buf *out, bool *first) {
  bool other = message->calls.count > 0 || message->has_function_call || message->proses[CAI_REFUSAL].raw.len > 0;
  cai_fields_name(out, first, "content");
  if (!message->content.count && other)
    cai_buf_text(out, "null");
  else
    cai_content_write(&message->content, out);
}

static void write_prose(const cai_prose *prose, const char *name, cai_buf *out, bool *first) {
  if (!prose->seen) return;
  cai_fields_name(out, first, name);
  if (prose->is_text)
    cai_prose_write(prose, out);
  else
    cai_buf_text(out, "null");
}

static void write_calls(const cai_message *message, cai_buf *out, bool *first) {
  if (message->has_function_call) {
    cai_fields_name(out, first, "function_call");
    cai_toolcall_write_function(&message->function_call, out);
  }
  if (!message->calls.count) return;
  cai_fields_name(out, first, "tool_calls");
  for (size_t i = 0; i < message->calls.count; i++) {
    cai_buf_byte(out, i ? ',' : '[');
    cai_toolcall_write(&message->calls.items[i], out);
  }
  cai_buf_byte(out, ']');
}

void cai_message_write(const cai_message *message, cai_buf *out) {
  const char *const own[] = {"role", message->has_function_call ? "function_call" : NULL, NULL};
  bool first = true;
  cai_buf_byte(out, '{');
  write_role(message, out, &first);
  write_content(message, out, &first);
  for (size_t i = 0; i < CAI_MESSAGE_PROSES; i++) write_prose(&message->proses[i], names[i], out, &first);
  cai_fields_write(&message->fields, own, out, &first);
  write_calls(message, out, &first);
  cai_buf_byte(out, '}');
}
