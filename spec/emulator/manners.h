/* SPDX-License-Identifier: MIT
 * What a body may hold depends on who is asked: a body that was made for another is refused, or what it says in vain is
 * left out, as the real one does it. */
#ifndef EMU_MANNERS_H
#define EMU_MANNERS_H

#include <cjson/cJSON.h>

#include "place.h"

typedef enum emu_manners {
  EMU_LIKE_OPENAI, /* strict about everything */
  EMU_LIKE_GOOGLE, /* leaves out what it does not know, strict about tools */
  EMU_LIKE_VLLM,   /* leaves out what it does not know */
  EMU_LIKE_OLD     /* refuses what is new */
} emu_manners;

/* At Vertex AI the models of others have their server's. */
emu_manners emu_manners_of(const emu_place *place, const char *model);

/* The messages have been checked. `model` may be "". */
bool emu_manners_check(const cJSON *body, const emu_place *place, const char *model, emu_problem *problem);

/* One for each kind. */
bool emu_manners_openai(const cJSON *body, const char *model, emu_problem *problem);
bool emu_manners_google(const cJSON *body, const emu_place *place, const char *model, emu_problem *problem);

/* Is each tool's "parameters" made of Google's Schema alone? `vertex`: its fields, some more than the Gemini API's. */
bool emu_manners_google_tools(const cJSON *tools, bool vertex, emu_problem *problem);

#endif
