/* SPDX-License-Identifier: MIT
 * The metadata server of Google's machines. */
#ifndef EMU_METADATA_H
#define EMU_METADATA_H

#include "exchange.h"

enum MHD_Result emu_metadata(emu_exchange *exchange);

#endif
