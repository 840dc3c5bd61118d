/* SPDX-License-Identifier: MIT
 * The fields of an application/x-www-form-urlencoded body. */
#ifndef EMU_FORM_H
#define EMU_FORM_H

#include "exchange.h"

/* The field's value as owned text (cai_free_secret); NULL when there is none or it is empty. */
char *emu_form_get(const emu_exchange *exchange, const char *name);

bool emu_form_is(const emu_exchange *exchange, const char *name, const char *wanted);

#endif
