/* SPDX-License-Identifier: MIT
 * The next piece of one choice: what stands in its chunk's "delta". */
#ifndef EMU_DELTA_H
#define EMU_DELTA_H

#include "script.h"

/* Appends the members of the delta and, where there are any, the log probabilities. `finish` becomes the finish reason
 * with the last piece, else NULL. */
void emu_delta_next(const emu_script *script, const emu_choice *choice, emu_cursor *cursor, cai_buf *delta,
                    cai_buf *logprobs, const char **finish);

#endif
