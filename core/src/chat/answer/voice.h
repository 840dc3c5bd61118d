/* SPDX-License-Identifier: MIT
 * Gives out what a chunk says to the user, as events. */
#ifndef CAI_VOICE_H
#define CAI_VOICE_H

#include "batch.h"

enum { CAI_HALF_SIZE = 6 };

/* The first half of a character that one delta ended in; the other is in the next of that choice. */
typedef struct cai_half {
  int kind; /* of the event that it belongs to; 0: there is none */
  char escape[CAI_HALF_SIZE];
} cai_half;

typedef struct cai_voice {
  cai_batch *out; /* borrowed */
  int choice;
  cai_span json;  /* the chunk; goes with its first event and is used up by it */
  cai_half *half; /* the choice's, borrowed; NULL: nothing follows, so nothing is held back */
} cai_voice;

/* One event with the content of a JSON string; nothing for an empty one or another type. 0, NOMEM or TOO_LARGE. */
int cai_voice_say(cai_voice *voice, int kind, cai_span string);

/* When the choice says no more: half a character that was held back. 0, NOMEM or TOO_LARGE. */
int cai_voice_settle(cai_voice *voice);

/* At the chunk's end: an OTHER event for one that said nothing. */
int cai_voice_end(cai_voice *voice);

#endif
