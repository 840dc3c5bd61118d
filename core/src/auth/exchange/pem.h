/* SPDX-License-Identifier: MIT
 * Private keys from PEM text that a stranger may have written. */
#ifndef CAI_PEM_H
#define CAI_PEM_H

#include <openssl/evp.h>

/* The first private key in the text: RSA (PKCS #8 or #1), EC (PKCS #8 or SEC 1) or Ed25519, not encrypted. Free with
 * EVP_PKEY_free. NULL with the reason (static text, to follow "it") in `why`. */
EVP_PKEY *cai_pem_private_key(const char *text, const char **why);

#endif
