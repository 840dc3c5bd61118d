/* SPDX-License-Identifier: MIT
 * Google's way to mark a thought: extra_content.google.thought, at a message or at one part of its content. */
#ifndef CAI_THOUGHT_H
#define CAI_THOUGHT_H

#include "../../base/buf.h"
#include "../../base/scan.h"

/* Does this "extra_content" mark what it belongs to as thought? */
bool cai_thought_is_marked(cai_span extra);

/* Appends it without that mark; nothing when nothing else was in it. Returns out->error. */
int cai_thought_unmark(cai_span extra, cai_buf *out);

#endif
