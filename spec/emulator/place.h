/* SPDX-License-Identifier: MIT
 * A chat path taken apart. */
#ifndef EMU_PLACE_H
#define EMU_PLACE_H

#include <stdbool.h>

#include "problem.h"

typedef struct emu_place {
  emu_surface surface;
  char project[64]; /* these three on Vertex paths only */
  char location[40];
  char endpoint[64];
} emu_place;

/* Is `path` one of a chat completion? */
bool emu_place_find(const char *path, emu_place *place);

#endif
