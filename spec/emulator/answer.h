/* SPDX-License-Identifier: MIT
 * The whole answer to a prompt, before it is cut into chunks. */
#ifndef EMU_ANSWER_H
#define EMU_ANSWER_H

#include "prompt.h"
#include "signature.h"

enum { EMU_CALLS_MAX = 2 };

typedef struct emu_call {
  char id[40];
  char signature[EMU_SIGNATURE_TEXT];
  const char *name; /* in the prompt's body */
  char *arguments;  /* owned */
} emu_call;

typedef struct emu_choice {
  cai_buf reasoning;
  cai_buf content; /* with `audio`: what is spoken */
  cai_buf refusal;
  bool audio;
  char signature[EMU_SIGNATURE_TEXT]; /* of the text; "": none */
  emu_call calls[EMU_CALLS_MAX];
  int call_count;
  const char *finish; /* static */
  int64_t reasoning_tokens;
  int64_t completion_tokens;
} emu_choice;

typedef struct emu_answer {
  char id[48];
  char model[EMU_MODEL_TEXT];
  emu_choice choices[EMU_CHOICES_MAX];
  int count;
  int64_t prompt_tokens;
  int64_t reasoning_tokens;
  int64_t completion_tokens; /* without reasoning */
  int64_t flood;             /* so many equal chunks take the place of content; 0: none */
} emu_answer;

enum { EMU_AUDIO_PIECES = 4, EMU_AUDIO_PIECE = 32, EMU_AUDIO_EXPIRES_S = 1767229200 };

/* Piece `number` of what is heard: base64 that can be decoded for itself. */
void emu_answer_audio(const emu_answer *answer, int number, char out[EMU_AUDIO_PIECE + 1]);

/* False when memory is short. emu_answer_fini in either case; `prompt` must outlive it. */
bool emu_answer_make(emu_answer *answer, const emu_prompt *prompt, const emu_fault *fault);
void emu_answer_fini(emu_answer *answer);

#endif
