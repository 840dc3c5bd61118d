/* SPDX-License-Identifier: MIT
 * An answer as a sequence of chunks, made one at a time, so that a long stream costs no memory; or as one whole
 * completion. Knows nothing of connections. */
#ifndef EMU_SCRIPT_H
#define EMU_SCRIPT_H

#include "dialect.h"

typedef struct emu_cursor {
  size_t reasoning; /* bytes told so far */
  size_t content;
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
  emu_cursor cursors[EMU_CHOICES_MAX];
  int turn; /* choices take turns */
  int open; /* choices that are not finished */
  bool told_usage;
  int64_t flood_left;
} emu_script;

void emu_script_init(emu_script *script, const emu_answer *answer, emu_dialect dialect);

/* Appends the next chunk's JSON; false, and nothing, when there is none. [DONE] is not one. */
bool emu_script_next(emu_script *script, cai_buf *out);

/* Is the next chunk one of a flood? Take them all from emu_script_flood, which appends one, and count flood_left down.
 */
bool emu_script_floods(const emu_script *script);
void emu_script_flood(const emu_script *script, cai_buf *out);

/* Appends the answer as one chat.completion. */
void emu_script_whole(const emu_script *script, cai_buf *out);

#endif
