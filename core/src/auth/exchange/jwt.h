/* SPDX-License-Identifier: MIT
 * Signed JSON web tokens (RFC 7515, RS256 and ES256). */
#ifndef CAI_JWT_H
#define CAI_JWT_H

#include <stddef.h>

#include "../../base/buf.h"

typedef struct cai_jwt_key cai_jwt_key;

typedef enum cai_jwt_alg { CAI_JWT_RS256, CAI_JWT_ES256 } cai_jwt_alg;

/* A key for that algorithm from PEM text (RSA: PKCS #8 or PKCS #1; EC P-256: PKCS #8 or SEC 1; not encrypted). NULL
 * with the reason (static text) in `why`. */
cai_jwt_key *cai_jwt_key_new(cai_jwt_alg alg, const char *pem, const char **why);
void cai_jwt_key_free(cai_jwt_key *key);

/* Appends base64url without padding. Returns out->error. */
int cai_jwt_base64url(cai_buf *out, const void *bytes, size_t len);

/* Appends "header.claims.signature"; an ES256 signature is r and s, 32 bytes each, not DER (RFC 7518 3.4). 0,
 * CHATABI_E_INTERNAL when signing failed, or out->error. */
int cai_jwt_sign(const cai_jwt_key *key, const char *header, const char *claims, cai_buf *out);

#endif
