/* SPDX-License-Identifier: MIT
 * An answer as a sequence of chunks, made one at a time, so that a long stream costs no memory. Knows nothing of
 * connections. */
#ifndef EMU_SCRIPT_H
#define EMU_SCRIPT_H

#include "dialect.h"

typedef struct emu_cursor {
  size_t reasoning; /* bytes told so far */
  size_t content;
  size_t refusal;
  int audio; /* pieces told so far */
  int call;
  int step;
  bool has_role;
  bool finished;
} emu_cursor;

typedef struct emu_script {
  const emu_answer *answer; /* borrowed */
  emu_dialect dialect;
  bool include_usage;
  bool without_finish;
  bool completion;     /* of a text */
  bool shows_thoughts; /* in Google's text */
  int logprobs;        /* -1: none; else how many alternatives */
  const char *marker;  /* around these thoughts; NULL: none */
  const char *traffic;
  emu_cursor cursors[EMU_CHOICES_MAX];
  int turn;         /* choices take turns */
  int open;         /* choices that are not finished */
  bool told_filter; /* Azure's two chunks */
  bool told_async;
  bool told_usage;
  int64_t flood_left;
} emu_script;

/* All three are borrowed. */
void emu_script_init(emu_script *script, const emu_answer *answer, const emu_prompt *prompt, emu_dialect dialect);

/* Appends the next chunk's JSON; false, and nothing, when there is none. [DONE] is not one. */
bool emu_script_next(emu_script *script, cai_buf *out);

/* Is the next chunk one of a flood? Take them all from emu_script_flood, which appends one, and count flood_left down.
 */
bool emu_script_floods(const emu_script *script);
void emu_script_flood(const emu_script *script, cai_buf *out);

#endif
