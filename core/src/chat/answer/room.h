/* SPDX-License-Identifier: MIT
 * What an answer may still keep, shared by all its parts. */
#ifndef CAI_ROOM_H
#define CAI_ROOM_H

#include <stddef.h>

typedef struct cai_room {
  size_t left;
} cai_room;

/* 0 or CHATABI_E_TOO_LARGE. */
int cai_room_take(cai_room *room, size_t len);

#endif
