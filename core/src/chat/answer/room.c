/* SPDX-License-Identifier: MIT */
#include "room.h"

#include "chatabi.h"

int cai_room_take(cai_room *room, size_t len) {
  if (len > room->left) return CHATABI_E_TOO_LARGE;
  room->left -= len;
  return 0;
}
