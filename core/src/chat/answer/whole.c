/* SPDX-License-Identifier: MIT */
#include "whole.h"

#include "arguments.h"
#include "chatabi.h"
#include "content.h"
#include "think.h"
#include "thought.h"

typedef int say_choice(cai_span choice, cai_voice *voice);

static int index_of(cai_span choice, int position) {
  int64_t index;
  bool has = cai_scan_int(cai_scan_get(choice, "index"), &index) && index >= 0 && index <= INT32_MAX;
  return has ? (int)index : position;
}

static int each_choice(cai_span completion, say_choice *say, cai_voice *voice) {
  cai_span choice;
  int position = 0, error = 0;
  cai_scan scan = cai_scan_elements(cai_scan_get(completion, "choices"));
  while (!error && cai_scan_element(&scan, &choice)) {
    voice->choice = index_of(choice, position++);
    error = say(choice, voice);
  }
  return error;
}

/* ---- texts ---- */

static int say_list(cai_span list, cai_voice *voice) {
  cai_span element;
  int error = 0;
  cai_scan scan = cai_scan_elements(list);
  while (!error && cai_scan_element(&scan, &element)) {
    cai_piece piece = cai_piece_of(element);
    error = cai_piece_say(&piece, voice);
  }
  return error;
}

static cai_span reasoning_of(cai_span message) {
  static const char *const names[] = {"reasoning_content", "reasoning", "reasoning_text"};
  cai_span found = {NULL, 0};
  for (size_t i = 0; i < sizeof names / sizeof *names && !cai_scan_is_filled(found); i++)
    found = cai_scan_get(message, names[i]);
  return found;
}

static int say_texts(cai_span choice, cai_voice *voice) {
  cai_span message = cai_scan_get(choice, "message"), content = cai_scan_get(message, "content");
  cai_span reasoning = reasoning_of(message);
  int error = cai_voice_say(voice, CHATABI_REASONING, reasoning);
  if (!cai_scan_is_filled(reasoning)) error = cai_thought_say(cai_scan_get(message, "reasoning_details"), voice);
  if (!error) error = cai_voice_say(voice, CHATABI_TEXT, content);
  if (!error) error = say_list(content, voice);
  if (!error) error = cai_voice_say(voice, CHATABI_REFUSAL, cai_scan_get(message, "refusal"));
  if (!error && !message.at) error = cai_voice_say(voice, CHATABI_TEXT, cai_scan_get(choice, "text"));
  return error;
}

int cai_whole_say(cai_span completion, cai_voice *voice) { return each_choice(completion, say_texts, voice); }

/* ---- calls ---- */

static int say_call(cai_span function, cai_span json, cai_voice *voice) {
  return cai_batch_add_string(voice->out, CHATABI_TOOL, voice->choice, cai_scan_get(function, "name"), json);
}

static int say_calls(cai_span choice, cai_voice *voice) {
  cai_span message = cai_scan_get(choice, "message"), call, legacy = cai_scan_get(message, "function_call");
  int error = cai_scan_is_object(legacy) ? say_call(legacy, legacy, voice) : 0;
  cai_scan scan = cai_scan_elements(cai_scan_get(message, "tool_calls"));
  while (!error && cai_scan_element(&scan, &call)) {
    cai_span custom = cai_scan_get(call, "custom");
    error = say_call(cai_scan_is_object(custom) ? custom : cai_scan_get(call, "function"), call, voice);
  }
  return error;
}

int cai_whole_say_calls(cai_span completion, cai_voice *voice) { return each_choice(completion, say_calls, voice); }

/* ---- what it lacks ---- */

static bool call_needs(cai_span call) {
  if (!cai_scan_is_filled(cai_scan_get(call, "id")) || !cai_scan_is_filled(cai_scan_get(call, "type"))) return true;
  if (cai_scan_is_object(cai_scan_get(call, "custom"))) return false;
  return cai_arguments_need_mending(cai_scan_get(cai_scan_get(call, "function"), "arguments"));
}

static bool calls_need(cai_span calls, cai_span finish) {
  cai_span call;
  cai_scan scan = cai_scan_elements(calls);
  bool any = false;
  while (cai_scan_element(&scan, &call)) {
    if (call_needs(call)) return true;
    any = true;
  }
  return any && cai_finish_with_calls(cai_finish_of(finish)) != cai_finish_of(finish);
}

static bool begins_thought(cai_span string, const char *think_tag) {
  return cai_scan_is_filled(string) && cai_think_begins(think_tag, (cai_span){string.at + 1, string.len - 2});
}

static bool content_needs(cai_span content, const char *think_tag) {
  cai_span element;
  bool is_first = true;
  if (begins_thought(content, think_tag)) return true;
  cai_scan scan = cai_scan_elements(content);
  while (cai_scan_element(&scan, &element)) {
    cai_piece piece = cai_piece_of(element);
    if (piece.is_thought || (is_first && piece.is_plain && begins_thought(piece.text, think_tag))) return true;
    is_first = is_first && piece.kind != CHATABI_TEXT;
  }
  return false;
}

static cai_span finish_of(cai_span choice) {
  cai_span finish = cai_scan_get(choice, "finish_reason");
  if (cai_scan_is_null(finish)) finish = cai_scan_get(choice, "finishReason");
  return cai_scan_is_filled(finish) ? (cai_span){finish.at + 1, finish.len - 2} : (cai_span){NULL, 0};
}

bool cai_whole_needs_mending(cai_span completion, const char *think_tag) {
  cai_span choice;
  cai_scan scan = cai_scan_elements(cai_scan_get(completion, "choices"));
  while (cai_scan_element(&scan, &choice)) {
    cai_span message = cai_scan_get(choice, "message"), function_call = cai_scan_get(message, "function_call");
    if (cai_thought_is_marked(cai_scan_get(message, "extra_content"))) return true;
    if (content_needs(cai_scan_get(message, "content"), think_tag)) return true;
    if (calls_need(cai_scan_get(message, "tool_calls"), finish_of(choice))) return true;
    if (cai_scan_is_object(function_call) && cai_arguments_need_mending(cai_scan_get(function_call, "arguments")))
      return true;
  }
  return false;
}

cai_finish cai_whole_finish_reason(cai_span completion) {
  cai_span choice;
  int position = 0;
  cai_scan scan = cai_scan_elements(cai_scan_get(completion, "choices"));
  while (cai_scan_element(&scan, &choice))
    if (index_of(choice, position++) == 0) return cai_finish_of(finish_of(choice));
  return CAI_FINISH_NONE;
}
