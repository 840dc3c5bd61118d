/* SPDX-License-Identifier: MIT */
#include "choice.h"

#include <stdint.h>
#include <string.h>

#include "../../base/alloc.h"
#include "chatabi.h"

/* Chat has the first two, always both; the others are of before. */
static const char *const logprob_names[CAI_CHOICE_LOGPROBS] = {"content",        "refusal",      "tokens",
                                                               "token_logprobs", "top_logprobs", "text_offset"};
enum { LOGPROBS_OF_CHAT = 2 };

cai_choice *cai_choice_new(int index, const char *think_tag) {
  cai_choice *choice = cai_calloc(1, sizeof *choice);
  if (!choice) return NULL;
  choice->index = index;
  cai_message_init(&choice->message, think_tag);
  for (size_t i = 0; i < CAI_CHOICE_LOGPROBS; i++) cai_prose_init(&choice->logprobs[i]);
  cai_prose_init(&choice->text);
  cai_prose_init(&choice->finish);
  return choice;
}

void cai_choice_free(cai_choice *choice) {
  if (!choice) return;
  cai_message_fini(&choice->message);
  for (size_t i = 0; i < CAI_CHOICE_LOGPROBS; i++) cai_prose_fini(&choice->logprobs[i]);
  cai_prose_fini(&choice->text);
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
  int error = 0;
  choice->has_logprobs = true;
  for (size_t i = 0; !error && i < CAI_CHOICE_LOGPROBS; i++)
    error = add_elements(&choice->logprobs[i], room, cai_scan_get(value, logprob_names[i]));
  return error;
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
  if (cai_scan_key_is(key, "text")) return &parts->text;
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

/* Together repeats each delta's content as "text" beside it. */
static int add_text(cai_choice *choice, cai_room *room, const cai_choice_parts *parts, cai_voice *voice) {
  cai_span text = parts->text;
  if (!text.at || choice->has_delta || parts->message.at) return 0;
  int error = cai_prose_add(&choice->text, room, text);
  return error ? error : cai_voice_say(voice, CHATABI_TEXT, text);
}

/* Perplexity sends beside each delta the message as it is so far. Where only messages come they are taken for deltas.
 */
static int add_message(cai_choice *choice, cai_room *room, const cai_choice_parts *parts, bool is_whole,
                       cai_voice *voice) {
  cai_message_how how = choice->has_delta ? CAI_MESSAGE_AGAIN : is_whole ? CAI_MESSAGE_WHOLE : CAI_MESSAGE_DELTA;
  return parts->message.at ? cai_message_add(&choice->message, room, parts->message, how, voice) : 0;
}

int cai_choice_add(cai_choice *choice, cai_room *room, cai_span element, const cai_choice_parts *parts, bool is_whole,
                   cai_voice *voice) {
  voice->choice = choice->index;
  voice->half = &choice->half;
  choice->has_delta = choice->has_delta || cai_scan_is_object(parts->delta);
  int error = cai_message_add(&choice->message, room, parts->delta, CAI_MESSAGE_DELTA, voice);
  if (!error) error = add_message(choice, room, parts, is_whole, voice);
  if (!error) error = add_text(choice, room, parts, voice);
  if (!error) error = set_finish(choice, room, parts->finish);
  if (!error && parts->logprobs.at) error = add_logprobs(choice, room, parts->logprobs);
  return error || !parts->has_more ? error : add_fields(choice, room, element);
}

int cai_choice_settle(cai_choice *choice, cai_room *room, cai_voice *voice) {
  voice->choice = choice->index;
  voice->half = &choice->half;
  int error = cai_message_settle(&choice->message, room, voice);
  return error ? error : cai_voice_settle(voice);
}

int cai_choice_finish(cai_choice *choice, cai_voice *voice) {
  voice->choice = choice->index;
  return cai_message_finish(&choice->message, voice);
}

bool cai_choice_is_finished(const cai_choice *choice) { return choice->finish.raw.len > 0; }

/* ---- writing ---- */

static bool has_lists(const cai_choice *choice) {
  bool has = false;
  for (size_t i = 0; i < CAI_CHOICE_LOGPROBS; i++) has = has || choice->logprobs[i].seen;
  return has;
}

static void write_list(const cai_prose *list, cai_buf *out) {
  cai_buf_text(out, list->seen ? "[" : "null");
  cai_buf_append(out, cai_buf_view(&list->raw), list->raw.len);
  if (list->seen) cai_buf_byte(out, ']');
}

static void write_logprobs(const cai_choice *choice, cai_buf *out) {
  bool first = true;
  cai_buf_text(out, ",\"logprobs\":");
  if (!has_lists(choice)) {
    cai_buf_text(out, "null");
    return;
  }
  cai_buf_byte(out, '{');
  for (size_t i = 0; i < CAI_CHOICE_LOGPROBS; i++) {
    bool is_due = choice->logprobs[i].seen || (i < LOGPROBS_OF_CHAT && !choice->text.seen);
    if (!is_due) continue;
    cai_fields_name(out, &first, logprob_names[i]);
    write_list(&choice->logprobs[i], out);
  }
  cai_buf_byte(out, '}');
}

static cai_finish told_finish(const cai_choice *choice) {
  return cai_finish_of((cai_span){cai_buf_view(&choice->finish.raw), choice->finish.raw.len});
}

cai_finish cai_choice_finish_reason(const cai_choice *choice, bool complete) {
  cai_finish told = told_finish(choice);
  return complete && choice->message.calls.count ? cai_finish_with_calls(told) : told;
}

static void write_finish(const cai_choice *choice, bool complete, cai_buf *out) {
  bool is_said = choice->finish.raw.len > 0;
  bool replaced = cai_choice_finish_reason(choice, complete) != told_finish(choice);
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
  cai_buf_format(out, "{\"index\":%d,%s:", choice->index, choice->text.seen ? "\"text\"" : "\"message\"");
  if (choice->text.seen)
    cai_prose_write(&choice->text, out);
  else
    cai_message_write(&choice->message, out);
  if (choice->has_logprobs) write_logprobs(choice, out);
  write_finish(choice, complete, out);
  cai_fields_write(&choice->fields, NULL, out, &first);
  cai_buf_byte(out, '}');
}
