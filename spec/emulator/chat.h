/* SPDX-License-Identifier: MIT
 * A chat completion from its request to the beginning of its answer. */
#ifndef EMU_CHAT_H
#define EMU_CHAT_H

#include "place.h"

enum MHD_Result emu_chat(emu_exchange *exchange, const emu_place *place);

#endif
