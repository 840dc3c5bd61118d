/* SPDX-License-Identifier: MIT
 * Errors in the middle of a stream, in all the ways that servers put them there. */
#ifndef EMU_BREAKAGE_H
#define EMU_BREAKAGE_H

#include "frame.h"
#include "problem.h"

/* Appends the error that is due after so many chunks; false when none is. */
bool emu_breakage_write(const emu_frame *frame, emu_surface surface, uint64_t chunks, cai_buf *out);

#endif
