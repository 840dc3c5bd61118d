/* SPDX-License-Identifier: MIT
 * What all token services do alike: hand out a token, refuse, and fail where a test wants it. */
#ifndef EMU_GRANT_H
#define EMU_GRANT_H

#include "exchange.h"

/* A token of that lifetime, its serial in a header of the answer. False when memory is short. */
bool emu_grant_issue(emu_exchange *exchange, int64_t ttl_s, char token[EMU_TOKEN_TEXT]);

/* The answer of a token exchange (RFC 8693). */
enum MHD_Result emu_grant_exchanged(emu_exchange *exchange, bool with_lifetime);

/* {"error":...} as the token services say it. */
enum MHD_Result emu_grant_refuse(emu_exchange *exchange, int status, const char *error, const char *description);

/* Does a fault answer in the place of the token service? Those of `kind` go first, then those for all of them. */
bool emu_grant_fault(emu_exchange *exchange, emu_fault_kind kind, enum MHD_Result *answered);

/* Is the body of that type? */
bool emu_grant_content_is(const emu_exchange *exchange, const char *type);

#endif
