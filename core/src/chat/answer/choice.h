/* SPDX-License-Identifier: MIT
 * One choice of a streamed answer. */
#ifndef CAI_CHOICE_H
#define CAI_CHOICE_H

#include "prose.h"
#include "toolcall.h"

enum { CAI_CHOICE_CONTENT, CAI_CHOICE_REASONING_CONTENT, CAI_CHOICE_REASONING, CAI_CHOICE_REFUSAL, CAI_CHOICE_PROSES };

typedef struct cai_choice {
  int index;
  cai_prose proses[CAI_CHOICE_PROSES];
  cai_prose logprobs[2]; /* elements of logprobs.content and .refusal, with commas between */
  bool has_logprobs;     /* the member was seen, null included */
  cai_prose finish;
  cai_fields fields;  /* members of the choice that we do not interpret */
  cai_fields message; /* those of the message, and its role */
  cai_toolcalls calls;
  cai_toolcall function_call; /* the one call of before there were tools */
  bool has_function_call;
} cai_choice;

/* An element of "choices", taken apart. */
typedef struct cai_choice_parts {
  cai_span index, usage, delta, message, finish, logprobs;
  bool has_more; /* members besides these */
} cai_choice_parts;

/* What a chunk's choice brings for the user; a string value each, absent for none. `joined` holds what had to be put
 * together. */
typedef struct cai_choice_delta {
  cai_span content;
  cai_span reasoning;
} cai_choice_delta;

/* NULL when out of memory. */
cai_choice *cai_choice_new(int index);
void cai_choice_free(cai_choice *choice);

cai_choice_parts cai_choice_parts_of(cai_span element);

/* Adds an element of "choices" and its parts. `joined` (empty) takes text that the delta only borrows. 0, NOMEM or
 * TOO_LARGE. */
int cai_choice_add(cai_choice *choice, cai_room *room, cai_span element, const cai_choice_parts *parts,
                   cai_choice_delta *delta, cai_buf *joined);

/* A message's or delta's texts; content in parts is joined. 0 or NOMEM. */
int cai_choice_texts(cai_span message, cai_choice_delta *delta, cai_buf *joined);

bool cai_choice_is_finished(const cai_choice *choice);

/* Appends the choice as JSON; `complete` at a clean end, when calls without the finish reason that says so get it. */
void cai_choice_write(const cai_choice *choice, bool complete, cai_buf *out);

#endif
