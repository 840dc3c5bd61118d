/* SPDX-License-Identifier: MIT
 * Google's OAuth 2.0 token endpoint: a service account's assertion (RFC 7523) or a user's refresh token for an access
 * token. */
#ifndef EMU_OAUTH_H
#define EMU_OAUTH_H

#include "exchange.h"

enum MHD_Result emu_oauth(emu_exchange *exchange);

/* Is `text` an assertion that the service account signed for itself to use as a token (AIP-4111), and good now? */
bool emu_oauth_self_signed(const emu_state *emu, const char *text);

/* {"error":...} as the token services say it. */
enum MHD_Result emu_oauth_refuse(emu_exchange *exchange, int status, const char *error, const char *description);

/* Does a fault answer in the place of a token service? */
bool emu_oauth_fault(emu_exchange *exchange, enum MHD_Result *answered);

#endif
