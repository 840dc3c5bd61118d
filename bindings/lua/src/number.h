/* SPDX-License-Identifier: MIT
 * Numbers between Lua and JSON, whatever the host's locale takes for a decimal point. */
#ifndef CLA_NUMBER_H
#define CLA_NUMBER_H

#include <stdbool.h>

#include "text.h"

/* Appends the number at stack position `index`; false for NaN and infinities, which JSON does not have. */
bool cla_number_write(cla_text *text, int index);

/* Pushes the number whose JSON text, already checked, is `digits`: an integer where Lua has them and it fits, else a
 * float. False, and nothing pushed, when it is beyond a float. `scratch` is used and left clear. */
bool cla_number_push(cla_text *scratch, const char *digits, size_t len);

#endif
