/* SPDX-License-Identifier: MIT
 * Google's OAuth 2.0 token endpoint: a service account's assertion (RFC 7523) or a user's refresh token for an access
 * token. */
#ifndef EMU_OAUTH_H
#define EMU_OAUTH_H

#include "exchange.h"

enum MHD_Result emu_oauth(emu_exchange *exchange);

/* POST /v1/oauthtoken: a user of a workforce pool, with a refresh token that every use replaces. */
enum MHD_Result emu_oauth_workforce(emu_exchange *exchange);

#endif
