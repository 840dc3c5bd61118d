/* SPDX-License-Identifier: MIT
 * A chat request, checked and understood as far as the emulator cares. */
#ifndef EMU_PROMPT_H
#define EMU_PROMPT_H

#include <cjson/cJSON.h>

#include "place.h"

enum { EMU_CHOICES_MAX = 16, EMU_MODEL_TEXT = 160 };

typedef struct emu_prompt {
  cJSON *body;       /* owned */
  const char *model; /* in body, or "" */
  char *user;        /* owned; text of the last user message, on one line */
  char *tool_result; /* owned; set when the last message is a tool's */
  uint64_t seed;     /* from the messages alone, so that the same question gets the same answer, streamed or not */
  int64_t prompt_tokens;
  int64_t max_tokens; /* -1: no limit */
  int choices;
  bool stream;
  bool include_usage;
  bool reasons;
} emu_prompt;

/* False with a problem, also when memory is short. emu_prompt_fini in either case. */
bool emu_prompt_read(const emu_exchange *exchange, const emu_place *place, emu_prompt *prompt, emu_problem *problem);
void emu_prompt_fini(emu_prompt *prompt);

/* Words of a text: what the emulator counts as tokens. */
int64_t emu_prompt_words(const char *text);

#endif
