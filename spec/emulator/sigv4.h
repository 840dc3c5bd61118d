/* SPDX-License-Identifier: MIT
 * An AWS subject token: a signed request for GetCallerIdentity that Google would send to AWS. Source: AIP-4117, and
 * AWS's description of Signature Version 4. Written without a look at the library's own signer, so that the two can
 * check each other. */
#ifndef EMU_SIGV4_H
#define EMU_SIGV4_H

#include "emulator.h"

/* NULL when it is right, else what is wrong. */
const char *emu_sigv4_check(const emu_state *emu, const char *token, const char *audience);

#endif
