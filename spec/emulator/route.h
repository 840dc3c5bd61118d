/* SPDX-License-Identifier: MIT
 * Which part of the emulator a request is for. */
#ifndef EMU_ROUTE_H
#define EMU_ROUTE_H

#include "exchange.h"

enum MHD_Result emu_route(emu_exchange *exchange);

#endif
