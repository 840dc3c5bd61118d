/* SPDX-License-Identifier: MIT
 * The canned text: a line that says that it is canned, and a little story that depends on the question alone. It holds
 * characters of two, three and four bytes, so that code which cuts text in the wrong places shows it. */
#ifndef EMU_STORY_H
#define EMU_STORY_H

#include "base/buf.h"
#include "prompt.h"

void emu_story_write(const emu_prompt *prompt, uint64_t seed, cai_buf *out);

/* `count` words, for long streams. */
void emu_story_words(uint64_t seed, int64_t count, cai_buf *out);

/* What a model would think before it speaks. */
void emu_story_thoughts(const emu_prompt *prompt, cai_buf *out);

#endif
