/* SPDX-License-Identifier: MIT
 * Ways to tell a thought: Google's mark, extra_content.google.thought, at a message or at one part of its content; and
 * the list "reasoning_details" of OpenRouter and MiniMax. */
#ifndef CAI_THOUGHT_H
#define CAI_THOUGHT_H

#include "../../base/buf.h"
#include "../../base/scan.h"
#include "voice.h"

/* Does this "extra_content" mark what it belongs to as thought? */
bool cai_thought_is_marked(cai_span extra);

/* Appends it without that mark; nothing when nothing else was in it. Returns out->error. */
int cai_thought_unmark(cai_span extra, cai_buf *out);

/* Says what stands in "reasoning_details"; for where that is the only place. 0, NOMEM or TOO_LARGE. */
int cai_thought_say(cai_span details, cai_voice *voice);

#endif
