/* SPDX-License-Identifier: MIT
 * What stands around the data of an event: line ends, comments, the name of the field. */
#ifndef EMU_FRAME_H
#define EMU_FRAME_H

#include "dialect.h"

typedef struct emu_frame {
  const emu_fault *fault; /* borrowed */
  emu_dialect dialect;
} emu_frame;

void emu_frame_event(const emu_frame *frame, const char *data, size_t len, cai_buf *out);

/* "event: NAME" before it where `name` is not NULL; `field` takes the place of "data". */
void emu_frame_special(const emu_frame *frame, const char *name, const char *field, const cai_buf *data, cai_buf *out);

/* What a server says while the model has not begun. */
void emu_frame_start(const emu_frame *frame, cai_buf *out);

void emu_frame_done(const emu_frame *frame, cai_buf *out);

#endif
