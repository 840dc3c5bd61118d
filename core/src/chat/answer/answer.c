/* SPDX-License-Identifier: MIT
 *
 * Chunks are read in place and never become a tree. What we know is added up by its own rule (texts are strung
 * together, the last usage counts); what we do not know is kept as it came, so that a message can be sent back with
 * everything in it. A whole completion is kept as its bytes if they will do, and what has no choices always is. */
#include "answer.h"

#include <stdint.h>
#include <string.h>

#include "../../base/alloc.h"
#include "chatabi.h"
#include "choice.h"
#include "whole.h"

enum { CHOICES_MAX = 128 };

struct cai_answer {
  size_t max_bytes;
  char *think_tag;
  cai_room room;
  cai_choice **choices; /* by rising index */
  size_t count;
  cai_fields fields;
  cai_buf usage;     /* raw, the last that was not null */
  cai_usage numbers; /* read from it */
  cai_buf whole;     /* what is the result as it came */
  bool has_chunk;
  bool has_choices; /* the member was seen */
  bool is_whole;    /* what is added is no chunk, but a completion */
  bool complete;    /* finish was called */
};

cai_answer *cai_answer_new(size_t max_bytes) {
  cai_answer *answer = cai_calloc(1, sizeof *answer);
  if (!answer) return NULL;
  answer->max_bytes = answer->room.left = max_bytes;
  answer->numbers = cai_usage_unknown;
  cai_buf_init(&answer->usage, max_bytes);
  cai_buf_init(&answer->whole, max_bytes);
  return answer;
}

void cai_answer_reset(cai_answer *answer) {
  for (size_t i = 0; i < answer->count; i++) cai_choice_free(answer->choices[i]);
  cai_free(answer->choices);
  answer->choices = NULL;
  answer->count = 0;
  cai_fields_fini(&answer->fields);
  cai_buf_fini(&answer->usage);
  cai_buf_fini(&answer->whole);
  answer->room.left = answer->max_bytes;
  answer->numbers = cai_usage_unknown;
  answer->has_chunk = answer->has_choices = answer->is_whole = answer->complete = false;
}

void cai_answer_free(cai_answer *answer) {
  if (!answer) return;
  cai_answer_reset(answer);
  cai_free(answer->think_tag);
  cai_free(answer);
}

int cai_answer_set_think_tag(cai_answer *answer, const char *tag) { return cai_strset(&answer->think_tag, tag); }

/* ---- choices ---- */

static int insert_choice(cai_answer *answer, size_t at, int index, cai_choice **choice) {
  if (answer->count == CHOICES_MAX) return CHATABI_E_TOO_LARGE;
  cai_choice **choices = cai_realloc(answer->choices, (answer->count + 1) * sizeof(void *));
  if (!choices) return CHATABI_E_NOMEM;
  answer->choices = choices;
  *choice = cai_choice_new(index, answer->think_tag);
  if (!*choice) return CHATABI_E_NOMEM;
  memmove(&choices[at + 1], &choices[at], (answer->count - at) * sizeof(void *));
  choices[at] = *choice;
  answer->count++;
  return 0;
}

static int find_choice(cai_answer *answer, int64_t index, cai_choice **choice) {
  if (index < 0) return CHATABI_E_PROTOCOL;
  if (index >= CHOICES_MAX) return CHATABI_E_TOO_LARGE;
  size_t at = 0;
  while (at < answer->count && answer->choices[at]->index < index) at++;
  if (at == answer->count || answer->choices[at]->index != index) return insert_choice(answer, at, (int)index, choice);
  *choice = answer->choices[at];
  return 0;
}

static int64_t index_of(cai_span value, size_t position) {
  int64_t index;
  return cai_scan_int(value, &index) ? index : (int64_t)position;
}

/* The numbers are read here because they are asked for again and again. What has none does not take the place of
 * those that came. */
static int set_usage(cai_answer *answer, cai_span value) {
  if (!cai_scan_is_object(value)) return 0;
  cai_usage numbers = cai_usage_of(value);
  if (!cai_usage_is_known(&numbers) && cai_usage_is_known(&answer->numbers)) return 0;
  answer->numbers = numbers;
  cai_buf_reset(&answer->usage);
  return cai_buf_append(&answer->usage, value.at, value.len);
}

static int add_choice(cai_answer *answer, cai_span element, size_t position, cai_voice *voice) {
  cai_choice *choice;
  if (!cai_scan_is_object(element)) return 0;
  cai_choice_parts parts = cai_choice_parts_of(element);
  int error = find_choice(answer, index_of(parts.index, position), &choice);
  if (error) return error;
  error = cai_choice_add(choice, &answer->room, element, &parts, answer->is_whole, voice);
  return error ? error : set_usage(answer, parts.usage);
}

/* ---- chunks ---- */

static int add_choices(cai_answer *answer, cai_span array, cai_voice *voice) {
  cai_span element;
  size_t position = 0;
  int error = 0;
  answer->has_choices = true;
  cai_scan scan = cai_scan_elements(array);
  while (!error && cai_scan_element(&scan, &element)) error = add_choice(answer, element, position++, voice);
  return error;
}

static int add_member(cai_answer *answer, cai_span key, cai_span value, cai_voice *voice) {
  if (cai_scan_key_is(key, "choices")) return add_choices(answer, value, voice);
  if (cai_scan_key_is(key, "usage")) return set_usage(answer, value);
  /* "obfuscation" is padding against eavesdroppers. */
  if (cai_scan_key_is(key, "object") || cai_scan_key_is(key, "obfuscation")) return 0;
  if (cai_scan_key_is(key, "x_groq")) {
    int error = set_usage(answer, cai_scan_get(value, "usage"));
    if (error) return error;
  }
  return cai_fields_put(&answer->fields, &answer->room, key, value);
}

static int keep(cai_answer *answer, cai_span text) {
  cai_buf_reset(&answer->whole);
  return cai_buf_append(&answer->whole, text.at, text.len);
}

/* Until choices come it may be another path's stream. */
static int settle_kind(cai_answer *answer, cai_span chunk) {
  if (answer->has_choices) {
    cai_buf_fini(&answer->whole);
    return 0;
  }
  return cai_span_equal(cai_scan_get(chunk, "object"), "\"chat.completion.chunk\"") ? 0 : keep(answer, chunk);
}

static int add_members(cai_answer *answer, cai_span chunk, cai_voice *voice) {
  cai_span key, value;
  int error = 0;
  answer->has_chunk = true;
  cai_scan scan = cai_scan_members(chunk);
  while (!error && cai_scan_member(&scan, &key, &value)) error = add_member(answer, key, value, voice);
  return error;
}

int cai_answer_add_chunk(cai_answer *answer, cai_span chunk, cai_batch *out) {
  cai_voice voice = {.out = out, .json = chunk};
  if (!cai_scan_is_object(chunk) && answer->has_choices) return CHATABI_E_PROTOCOL;
  int error = add_members(answer, chunk, &voice);
  if (!error) error = settle_kind(answer, chunk);
  return error ? error : cai_voice_end(&voice);
}

int cai_answer_set_whole(cai_answer *answer, cai_span completion, cai_batch *out) {
  cai_voice voice = {.out = out, .json = completion};
  int error;
  answer->is_whole = true;
  if (cai_whole_needs_mending(completion, answer->think_tag)) {
    error = add_members(answer, completion, &voice);
  } else {
    error = keep(answer, completion);
    if (!error) error = set_usage(answer, cai_scan_get(completion, "usage"));
    if (!error) error = cai_whole_say(completion, &voice);
  }
  return error ? error : cai_voice_end(&voice);
}

/* ---- the end ---- */

static cai_span whole_of(const cai_answer *answer) {
  return (cai_span){cai_buf_view(&answer->whole), answer->whole.len};
}

int cai_answer_settle(cai_answer *answer, cai_batch *out) {
  cai_voice voice = {.out = out};
  int error = 0;
  for (size_t i = 0; !error && i < answer->count; i++)
    error = cai_choice_settle(answer->choices[i], &answer->room, &voice);
  return error;
}

int cai_answer_finish(cai_answer *answer, cai_batch *out) {
  cai_voice voice = {.out = out};
  int error = 0;
  if (answer->complete) return 0;
  answer->complete = true;
  if (answer->whole.len) return cai_whole_say_calls(whole_of(answer), &voice);
  error = cai_answer_settle(answer, out);
  for (size_t i = 0; !error && i < answer->count; i++) error = cai_choice_finish(answer->choices[i], &voice);
  return error;
}

/* ---- asking ---- */

bool cai_answer_is_empty(const cai_answer *answer) { return !answer->has_chunk && !answer->whole.len; }

/* Everything that OpenAI's paths answer tells what it is. */
static bool is_other_answer(cai_span whole) {
  return cai_scan_is_array(whole) || cai_scan_is_filled(cai_scan_get(whole, "object")) ||
         cai_scan_is_filled(cai_scan_get(whole, "type"));
}

bool cai_answer_is_finished(const cai_answer *answer) {
  if (!answer->has_choices) return is_other_answer(whole_of(answer));
  for (size_t i = 0; i < answer->count; i++)
    if (!cai_choice_is_finished(answer->choices[i])) return false;
  return answer->count > 0;
}

cai_usage cai_answer_usage(const cai_answer *answer) { return answer->numbers; }

int cai_answer_finish_reason(const cai_answer *answer) {
  if (answer->whole.len) return (int)cai_whole_finish_reason(whole_of(answer));
  bool has = answer->count && answer->choices[0]->index == 0;
  return has ? (int)cai_choice_finish_reason(answer->choices[0], answer->complete) : (int)CAI_FINISH_NONE;
}

cai_span cai_answer_id(const cai_answer *answer) {
  cai_span id = answer->whole.len ? cai_scan_get(whole_of(answer), "id") : cai_fields_get(&answer->fields, "id");
  return cai_scan_is_filled(id) ? id : (cai_span){NULL, 0};
}

static const char *object_of(const cai_answer *answer) {
  bool is_text = answer->count && answer->choices[0]->text.seen;
  return is_text ? "\"text_completion\"" : "\"chat.completion\"";
}

static void write_field(const cai_answer *answer, const char *name, cai_buf *out, bool *first) {
  cai_span value = cai_fields_get(&answer->fields, name);
  if (!value.at) return;
  cai_fields_name(out, first, name);
  cai_buf_append(out, value.at, value.len);
}

int cai_answer_json(const cai_answer *answer, cai_buf *out) {
  static const char *const own[] = {"id", "created", "model", NULL};
  bool first = true;
  if (cai_answer_is_empty(answer)) return out->error;
  if (answer->whole.len) return cai_buf_append(out, answer->whole.data, answer->whole.len);
  cai_buf_byte(out, '{');
  write_field(answer, "id", out, &first);
  cai_fields_name(out, &first, "object");
  cai_buf_text(out, object_of(answer));
  write_field(answer, "created", out, &first);
  write_field(answer, "model", out, &first);
  cai_fields_write(&answer->fields, own, out, &first);
  cai_fields_name(out, &first, "choices");
  cai_buf_byte(out, '[');
  for (size_t i = 0; i < answer->count; i++) {
    if (i) cai_buf_byte(out, ',');
    cai_choice_write(answer->choices[i], answer->complete, out);
  }
  cai_buf_byte(out, ']');
  if (answer->usage.len) {
    cai_fields_name(out, &first, "usage");
    cai_buf_append(out, answer->usage.data, answer->usage.len);
  }
  return cai_buf_byte(out, '}');
}
