/* SPDX-License-Identifier: MIT
 * Rewrites the list of messages: roles, what only one server knows, and the tool calls of the history. */
#ifndef CAI_MESSAGE_H
#define CAI_MESSAGE_H

#include "rewriting.h"

/* Appends the messages to `out`; anything but a list as it is. */
void cai_message_rewrite(cai_rewriting *rewriting, cai_span messages, cai_buf *out);

#endif
