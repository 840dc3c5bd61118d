/* SPDX-License-Identifier: MIT
 * A request to a model, checked and understood as far as the emulator cares. */
#ifndef EMU_PROMPT_H
#define EMU_PROMPT_H

#include <cjson/cJSON.h>

#include "place.h"

enum { EMU_CHOICES_MAX = 16, EMU_MODEL_TEXT = 160 };

typedef struct emu_prompt {
  cJSON *body;         /* owned */
  const char *model;   /* in body, or "" */
  char *user;          /* owned; text of the last user message, on one line */
  char *parts;         /* owned; what else is in that message: "1 image, 1 pdf" */
  char *tool_result;   /* owned; set when the last message is a tool's */
  const char *marker;  /* in body; around Google's thoughts; NULL: none was asked for */
  const char *traffic; /* static; which of Google's tiers served it */
  uint64_t seed;       /* from the messages alone: the same question gets the same answer, streamed or not */
  int64_t prompt_tokens;
  int64_t max_tokens; /* -1: no limit */
  int choices;
  int rounds; /* of tool calls since the user spoke last */
  int top_logprobs;
  bool stream;
  bool include_usage;
  bool reasons;
  bool shows_thoughts; /* within the text, as Google does */
  bool refuses;
  bool logprobs;
  bool audio;
  bool signs;      /* Gemini 3 */
  bool completion; /* of a text, no chat */
  bool as_google;  /* whose way to refuse and to think; set when the dialect is known */
} emu_prompt;

/* The body as a tree, to be deleted by the caller also when this is false. */
bool emu_prompt_parse(const emu_exchange *exchange, const emu_place *place, cJSON **body, emu_problem *problem);

/* False with a problem, also when memory is short. emu_prompt_fini in either case. */
bool emu_prompt_read(const emu_exchange *exchange, const emu_place *place, emu_prompt *prompt, emu_problem *problem);
void emu_prompt_fini(emu_prompt *prompt);

/* Words of a text: what the emulator counts as tokens. */
int64_t emu_prompt_words(const char *text);

#endif
