/* SPDX-License-Identifier: MIT
 * The identity provider next door: it hands out the subject token that STS takes now. GET /subject/text and
 * /subject/json. */
#ifndef EMU_SUBJECT_H
#define EMU_SUBJECT_H

#include "exchange.h"

enum MHD_Result emu_subject(emu_exchange *exchange);

#endif
