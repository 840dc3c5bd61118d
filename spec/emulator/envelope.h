/* SPDX-License-Identifier: MIT
 * What stands around an answer or a piece of it: ids, usage, finish reasons, each server's in its own order. */
#ifndef EMU_ENVELOPE_H
#define EMU_ENVELOPE_H

#include "script.h"

/* One choice of a chunk. */
typedef struct emu_piece {
  int index;
  const char *delta;    /* members of "delta"; of a completion the JSON of "text" */
  const char *logprobs; /* JSON; NULL: null */
  const char *finish;   /* NULL: not the last */
  const char *padding;  /* members of the chunk; "" */
} emu_piece;

bool emu_envelope_is_google(const emu_script *script);

/* Text as that server quotes it: Google escapes what HTML could take for its own. */
void emu_envelope_quote(const emu_script *script, const char *text, size_t len, cai_buf *out);

void emu_envelope_usage(const emu_script *script, cai_buf *out);
void emu_envelope_chunk(const emu_script *script, const emu_piece *piece, cai_buf *out);

/* A chunk with usage alone. */
void emu_envelope_usage_chunk(const emu_script *script, cai_buf *out);

/* Azure's chunk without choices, or the one whose choice has no delta. */
void emu_envelope_filter_chunk(const emu_script *script, bool async, cai_buf *out);

/* Around the choices of a whole answer. */
void emu_envelope_begin(const emu_script *script, cai_buf *out);
void emu_envelope_end(const emu_script *script, cai_buf *out);

/* Members that some servers put behind "finish_reason". */
void emu_envelope_choice_extra(const emu_script *script, const char *finish, cai_buf *out);

#endif
