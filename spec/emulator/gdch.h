/* SPDX-License-Identifier: MIT
 * The token endpoint of Google Distributed Cloud: POST /gdch/token. */
#ifndef EMU_GDCH_H
#define EMU_GDCH_H

#include "exchange.h"

enum MHD_Result emu_gdch(emu_exchange *exchange);

#endif
