/* SPDX-License-Identifier: MIT
 * Rewrites the tool calls of a message that is sent back. */
#ifndef CAI_CALL_H
#define CAI_CALL_H

#include "rewriting.h"

/* Appends a message's tool_calls to `out`; anything but a list as it is. */
void cai_call_rewrite(cai_rewriting *rewriting, cai_span calls, cai_buf *out);

#endif
