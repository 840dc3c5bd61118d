/* SPDX-License-Identifier: MIT
 * What a test steers the emulator with and looks at: /emulator/... */
#ifndef EMU_CONTROL_H
#define EMU_CONTROL_H

#include "exchange.h"

enum MHD_Result emu_control(emu_exchange *exchange);

#endif
