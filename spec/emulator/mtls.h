/* SPDX-License-Identifier: MIT
 * The certificate that a client showed when it connected. */
#ifndef EMU_MTLS_H
#define EMU_MTLS_H

#include "exchange.h"

/* Is it, trusted, the first element of the JSON array `chain` (base64 of DER)? NULL, or what is wrong. */
const char *emu_mtls_check(emu_exchange *exchange, const char *chain);

#endif
