/* SPDX-License-Identifier: MIT
 * What "content" adds up to: a text, or parts in their order. */
#ifndef CAI_CONTENT_H
#define CAI_CONTENT_H

#include "prose.h"
#include "voice.h"

/* An element of a content array, taken apart. */
typedef struct cai_piece {
  int kind;      /* the event that it makes: CHATABI_TEXT, _REASONING, _REFUSAL, or 0 */
  cai_span text; /* what that event says, a JSON string; absent for a list */
  cai_span list; /* thoughts that are elements themselves (Mistral) */
  cai_span extra;
  bool is_thought;  /* a text that Google marks as thought */
  bool is_thinking; /* an element that says itself that it is one */
  bool is_plain;    /* nothing but a text */
} cai_piece;

cai_piece cai_piece_of(cai_span element);

/* Says its text, and of a list each element's as reasoning. 0, NOMEM or TOO_LARGE. */
int cai_piece_say(const cai_piece *piece, cai_voice *voice);

struct cai_part;

typedef struct cai_content {
  struct cai_part *items;
  size_t count;
} cai_content;

void cai_content_fini(cai_content *content);

/* Each adds at the end: 0, NOMEM or TOO_LARGE. Text is strung to text that came just before, and thinking to thinking.
 */
int cai_content_add_text(cai_content *content, cai_room *room, cai_span string);
int cai_content_add_thinking(cai_content *content, cai_room *room, cai_span element, const cai_piece *piece);
int cai_content_add_raw(cai_content *content, cai_room *room, cai_span element);

/* Appends it as JSON: a string if it is nothing but text, else an array. */
void cai_content_write(const cai_content *content, cai_buf *out);

#endif
