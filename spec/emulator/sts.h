/* SPDX-License-Identifier: MIT
 * Google's Security Token Service (RFC 8693): POST /v1/token, a subject token for a federated one. */
#ifndef EMU_STS_H
#define EMU_STS_H

#include "exchange.h"

enum MHD_Result emu_sts(emu_exchange *exchange);

#endif
