/* SPDX-License-Identifier: MIT
 * One choice of a streamed answer. */
#ifndef CAI_CHOICE_H
#define CAI_CHOICE_H

#include "finish.h"
#include "message.h"

enum { CAI_CHOICE_LOGPROBS = 6 };

typedef struct cai_choice {
  int index;
  cai_message message;
  cai_half half; /* of what its events say */
  bool has_delta;
  cai_prose text;                          /* instead of a message: of a completion of before there was chat */
  cai_prose logprobs[CAI_CHOICE_LOGPROBS]; /* elements of the lists in it, with commas between */
  bool has_logprobs;                       /* the member was seen, null included */
  cai_prose finish;
  cai_fields fields; /* members of the choice that we do not interpret */
} cai_choice;

/* An element of "choices", taken apart. */
typedef struct cai_choice_parts {
  cai_span index, usage, delta, message, text, finish, logprobs;
  bool has_more; /* members besides these */
} cai_choice_parts;

/* `think_tag` must outlive it. NULL when out of memory. */
cai_choice *cai_choice_new(int index, const char *think_tag);
void cai_choice_free(cai_choice *choice);

cai_choice_parts cai_choice_parts_of(cai_span element);

/* Adds an element of "choices" and its parts, and says what it brings; `is_whole`: of a completion, not a chunk. 0,
 * NOMEM or TOO_LARGE. */
int cai_choice_add(cai_choice *choice, cai_room *room, cai_span element, const cai_choice_parts *parts, bool is_whole,
                   cai_voice *voice);

/* When nothing more will come, complete or not: says what was held back. 0, NOMEM or TOO_LARGE. */
int cai_choice_settle(cai_choice *choice, cai_room *room, cai_voice *voice);

/* At the end: says the calls. */
int cai_choice_finish(cai_choice *choice, cai_voice *voice);

/* `complete` as below. */
cai_finish cai_choice_finish_reason(const cai_choice *choice, bool complete);

bool cai_choice_is_finished(const cai_choice *choice);

/* Appends the choice as JSON; `complete` at a clean end, when calls without the finish reason that says so get it. */
void cai_choice_write(const cai_choice *choice, bool complete, cai_buf *out);

#endif
