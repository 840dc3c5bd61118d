/* SPDX-License-Identifier: MIT
 * The messages of a request, by the rules that all servers share. */
#ifndef EMU_HISTORY_H
#define EMU_HISTORY_H

#include <cjson/cJSON.h>

#include "problem.h"

bool emu_history_check(const cJSON *messages, emu_problem *problem);

bool emu_history_role_is(const cJSON *message, const char *role);
bool emu_history_has_role(const cJSON *messages, const char *role);

/* How often the assistant has called tools since the user spoke last. */
int emu_history_rounds(const cJSON *messages);

#endif
