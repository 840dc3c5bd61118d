/* SPDX-License-Identifier: MIT
 * Puts an answer on the wire: server-sent events with their pauses, or one body, and everything that can go wrong on
 * the way. */
#ifndef EMU_STREAM_H
#define EMU_STREAM_H

#include "script.h"

/* Takes over `prompt` and `answer` (their content; both on the heap) and frees them when the answer is over. */
enum MHD_Result emu_stream_send(emu_exchange *exchange, const emu_place *place, emu_prompt *prompt, emu_answer *answer,
                                emu_dialect dialect);

#endif
