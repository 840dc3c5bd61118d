/* SPDX-License-Identifier: MIT
 * Is the caller's token one that a service of Google's takes: issued here, or signed by the service account for itself
 * (AIP-4111)? */
#ifndef EMU_BEARER_H
#define EMU_BEARER_H

#include "problem.h"

/* `service` is the first label of its host, "aiplatform". `takes_jwts`: tokens that were signed by their bearer too. */
bool emu_bearer_check(emu_exchange *exchange, const char *service, bool takes_jwts, emu_problem *problem);

#endif
