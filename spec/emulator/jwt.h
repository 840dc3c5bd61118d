/* SPDX-License-Identifier: MIT
 * Checks a signed assertion. Source: RFC 7515, RFC 7519. */
#ifndef EMU_JWT_H
#define EMU_JWT_H

#include <cjson/cJSON.h>
#include <openssl/evp.h>

typedef enum emu_jwt_result { EMU_JWT_OK, EMU_JWT_MALFORMED, EMU_JWT_SIGNATURE } emu_jwt_result;

/* On success `claims` is the payload, to be deleted by the caller; else NULL. */
emu_jwt_result emu_jwt_open(const char *text, EVP_PKEY *key, cJSON **claims);

#endif
