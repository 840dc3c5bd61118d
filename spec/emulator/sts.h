/* SPDX-License-Identifier: MIT
 * Google's Security Token Service (RFC 8693) and the one method of IAM Credentials that clients need. */
#ifndef EMU_STS_H
#define EMU_STS_H

#include "exchange.h"

/* POST /v1/token */
enum MHD_Result emu_sts(emu_exchange *exchange);

/* Is it /v1/projects/-/serviceAccounts/...:generateAccessToken? */
bool emu_sts_is_iam(const char *path);
enum MHD_Result emu_sts_iam(emu_exchange *exchange);

#endif
