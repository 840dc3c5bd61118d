/* SPDX-License-Identifier: MIT
 * Checks a signed assertion. Source: RFC 7515, RFC 7519. */
#ifndef EMU_JWT_H
#define EMU_JWT_H

#include <cjson/cJSON.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

typedef enum emu_jwt_result { EMU_JWT_OK, EMU_JWT_MALFORMED, EMU_JWT_SIGNATURE } emu_jwt_result;

/* RS256 or ES256, as the key wants it. A header that names another key than `key_id` counts as a wrong signature; one
 * that names none is tried. On success `claims` is the payload, to be deleted by the caller; else NULL. */
emu_jwt_result emu_jwt_open(const char *text, EVP_PKEY *key, const char *key_id, cJSON **claims);

/* Issued by now, with a minute for clocks that differ, not over, and good for an hour at most? */
bool emu_jwt_is_timely(const cJSON *claims, int64_t now_s);

/* Appends the bytes of base64url without padding; false for anything else. */
bool emu_jwt_decode(const char *text, size_t len, cai_buf *out);

#endif
