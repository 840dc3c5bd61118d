/* SPDX-License-Identifier: MIT
 * Gives out what a chunk says to the user, as events. */
#ifndef CAI_VOICE_H
#define CAI_VOICE_H

#include "batch.h"

typedef struct cai_voice {
  cai_batch *out; /* borrowed */
  int choice;
  cai_span json; /* the chunk; goes with its first event and is used up by it */
} cai_voice;

/* One event with the content of a JSON string; nothing for an empty one or another type. 0, NOMEM or TOO_LARGE. */
int cai_voice_say(cai_voice *voice, int kind, cai_span string);

/* At the chunk's end: an OTHER event for one that said nothing. */
int cai_voice_end(cai_voice *voice);

#endif
