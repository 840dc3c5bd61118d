/* SPDX-License-Identifier: MIT
 * Thought signatures: what Gemini 3 puts on a tool call and wants back with it, unchanged. Source:
 * https://ai.google.dev/gemini-api/docs/thought-signatures. Stricter than Google, which looks at the current turn only:
 * here a lost signature shows wherever it was lost. */
#ifndef EMU_SIGNATURE_H
#define EMU_SIGNATURE_H

#include <cjson/cJSON.h>

#include "place.h"

enum { EMU_SIGNATURE_TEXT = 48 };

/* From everything in the call, so that it fits no other. */
void emu_signature_of_call(const char *id, const char *name, const char *arguments, char out[EMU_SIGNATURE_TEXT]);
void emu_signature_of_text(const char *text, char out[EMU_SIGNATURE_TEXT]);

/* Does that model give them to text too, and want those of calls back? */
bool emu_signature_is_wanted(const emu_place *place, const char *model);

bool emu_signature_check(const cJSON *messages, const emu_place *place, emu_problem *problem);

#endif
