/* SPDX-License-Identifier: MIT
 * How likely a model found each token: made up, but of the right shape. Source:
 * https://platform.openai.com/docs/api-reference/chat/object */
#ifndef EMU_LOGPROBS_H
#define EMU_LOGPROBS_H

#include "base/buf.h"

/* Behind the next words, each with the space before it. */
size_t emu_logprobs_piece_end(const cai_buf *text, size_t from, int words);

/* Appends {"content":[...],"refusal":null}, or the other way round, for the bytes `from` to `to`: a token a word, with
 * `top` alternatives each. */
void emu_logprobs_write(const cai_buf *text, size_t from, size_t to, bool of_refusal, int top, cai_buf *out);

#endif
