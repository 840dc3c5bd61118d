/* SPDX-License-Identifier: MIT
 * An answer as one object, chat.completion or text_completion. */
#ifndef EMU_WHOLE_H
#define EMU_WHOLE_H

#include "script.h"

void emu_whole_write(const emu_script *script, cai_buf *out);

#endif
