/* SPDX-License-Identifier: MIT
 * The one method of IAM Credentials that clients need: generateAccessToken. */
#ifndef EMU_IAM_H
#define EMU_IAM_H

#include "exchange.h"

/* Is it /v1/projects/-/serviceAccounts/...:generateAccessToken? */
bool emu_iam_is(const char *path);
enum MHD_Result emu_iam(emu_exchange *exchange);

#endif
