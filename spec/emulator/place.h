/* SPDX-License-Identifier: MIT
 * A model's path taken apart. */
#ifndef EMU_PLACE_H
#define EMU_PLACE_H

#include <stdbool.h>

#include "problem.h"

/* What is asked for there. */
typedef enum emu_task { EMU_CHAT, EMU_COMPLETIONS, EMU_EMBEDDINGS } emu_task;

typedef struct emu_place {
  emu_surface surface;
  emu_task task;
  bool foreign;     /* OpenAI's path was asked to speak like somebody else */
  char project[64]; /* these three on Vertex paths only */
  char location[40];
  char endpoint[64];
} emu_place;

/* Is `path` one where a model is asked? */
bool emu_place_find(const char *path, emu_place *place);

#endif
