/* SPDX-License-Identifier: MIT
 * How different servers cut tool calls into pieces, and what else they do in their own way. All of these were seen in
 * the wild; a client has to make the same answer of each. */
#ifndef EMU_DIALECT_H
#define EMU_DIALECT_H

#include "answer.h"

typedef enum emu_dialect {
  EMU_AS_OPENAI,      /* id and name first, then arguments by index */
  EMU_AS_VERTEX,      /* whole calls */
  EMU_AS_VERTEX_ARGS, /* Google's documented argument streaming: everything repeated, indices that do not match */
  EMU_AS_GEMINI,      /* whole calls without index */
  EMU_AS_OLLAMA,      /* whole calls, all with index 0, arguments as an object */
  EMU_AS_LMSTUDIO,    /* a new id and an empty name with every piece */
  EMU_AS_VLLM,        /* two entries of one index in one chunk */
  EMU_AS_NAMES,       /* the name in pieces too */
  /* These differ in other things: */
  EMU_AS_DEEPSEEK,   /* reasoning_content; usage on the last chunk */
  EMU_AS_OPENROUTER, /* reasoning and reasoning_details, comments, native_finish_reason; usage on the last chunk */
  EMU_AS_LLAMACPP,   /* content null first, timings, [DONE] without the blank line */
  EMU_AS_AZURE,      /* chunks of the content filter, without choices or without a delta */
  EMU_AS_MISTRAL     /* content as a list of parts while it thinks; whole calls; usage on the last chunk */
} emu_dialect;

/* False for an unknown name. */
bool emu_dialect_find(const char *name, emu_dialect *dialect);

/* Role in every chunk, finish reason on the last one with content, keys in Google's order? */
bool emu_dialect_is_google(emu_dialect dialect);

/* Does it reason without being asked to? */
bool emu_dialect_reasons(emu_dialect dialect);

/* Is usage told with the last finish reason, whether it was asked for or not? */
bool emu_dialect_ends_with_usage(emu_dialect dialect);

/* Appends the elements of "tool_calls" for piece `step` of call `number`. True when there are more pieces. */
bool emu_dialect_piece(emu_dialect dialect, const emu_call *call, int number, int step, cai_buf *out);

/* Appends the call as it stands in a message. */
void emu_dialect_whole(emu_dialect dialect, const emu_call *call, int number, cai_buf *out);

#endif
