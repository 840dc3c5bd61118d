/* SPDX-License-Identifier: MIT */
#include "whole.h"

#include "chatabi.h"
#include "content.h"

typedef int say_choice(cai_span choice, cai_voice *voice);

static int each_choice(cai_span completion, say_choice *say, cai_voice *voice) {
  cai_span choice;
  int64_t index, position = 0;
  int error = 0;
  cai_scan scan = cai_scan_elements(cai_scan_get(completion, "choices"));
  while (!error && cai_scan_element(&scan, &choice)) {
    bool has_index = cai_scan_int(cai_scan_get(choice, "index"), &index) && index >= 0 && index <= INT32_MAX;
    voice->choice = (int)(has_index ? index : position);
    position++;
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
  int error = cai_voice_say(voice, CHATABI_REASONING, reasoning_of(message));
  if (!error) error = cai_voice_say(voice, CHATABI_TEXT, content);
  if (!error) error = say_list(content, voice);
  return error ? error : cai_voice_say(voice, CHATABI_REFUSAL, cai_scan_get(message, "refusal"));
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
  while (!error && cai_scan_element(&scan, &call)) error = say_call(cai_scan_get(call, "function"), call, voice);
  return error;
}

int cai_whole_say_calls(cai_span completion, cai_voice *voice) { return each_choice(completion, say_calls, voice); }
