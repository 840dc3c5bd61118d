/* SPDX-License-Identifier: MIT
 * One choice of a streamed answer. */
#ifndef CAI_CHOICE_H
#define CAI_CHOICE_H

#include "message.h"

typedef struct cai_choice {
  int index;
  cai_message message;
  cai_prose logprobs[2]; /* elements of logprobs.content and .refusal, with commas between */
  bool has_logprobs;     /* the member was seen, null included */
  cai_prose finish;
  cai_fields fields; /* members of the choice that we do not interpret */
} cai_choice;

/* An element of "choices", taken apart. */
typedef struct cai_choice_parts {
  cai_span index, usage, delta, message, finish, logprobs;
  bool has_more; /* members besides these */
} cai_choice_parts;

/* `think_tag` must outlive it. NULL when out of memory. */
cai_choice *cai_choice_new(int index, const char *think_tag);
void cai_choice_free(cai_choice *choice);

cai_choice_parts cai_choice_parts_of(cai_span element);

/* Adds an element of "choices" and its parts, and says what it brings. 0, NOMEM or TOO_LARGE. */
int cai_choice_add(cai_choice *choice, cai_room *room, cai_span element, const cai_choice_parts *parts,
                   cai_voice *voice);

/* At the end: says the calls. */
int cai_choice_finish(cai_choice *choice, cai_voice *voice);

bool cai_choice_is_finished(const cai_choice *choice);

/* Appends the choice as JSON; `complete` at a clean end, when calls without the finish reason that says so get it. */
void cai_choice_write(const cai_choice *choice, bool complete, cai_buf *out);

#endif
