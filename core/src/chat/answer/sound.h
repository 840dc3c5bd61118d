/* SPDX-License-Identifier: MIT
 * A message's "audio", whose data and transcript come in pieces. */
#ifndef CAI_SOUND_H
#define CAI_SOUND_H

#include "fields.h"

/* Adds an object to the field of that key. 0, NOMEM or TOO_LARGE. */
int cai_sound_add(cai_fields *fields, cai_room *room, cai_span key, cai_span audio);

#endif
