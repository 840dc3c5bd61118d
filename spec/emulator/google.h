/* SPDX-License-Identifier: MIT
 * What Google's endpoints check before they look at the question: who asks, and for which project and model. */
#ifndef EMU_GOOGLE_H
#define EMU_GOOGLE_H

#include "place.h"

/* May the caller let that project pay (x-goog-user-project)? */
bool emu_google_quota(const emu_exchange *exchange, emu_problem *problem);

bool emu_google_admit(emu_exchange *exchange, const emu_place *place, emu_problem *problem);

bool emu_google_model(const emu_state *emu, const emu_place *place, const char *model, emu_problem *problem);

/* The API key on OpenAI and Gemini paths; a wrong one matters only where keys are required. */
bool emu_google_key(const emu_exchange *exchange, const emu_place *place, emu_problem *problem);

#endif
