/* SPDX-License-Identifier: MIT
 * A certificate authority for one process and one server certificate from it, for the loopback interface. */
#ifndef EMU_CERTIFICATE_H
#define EMU_CERTIFICATE_H

#include <openssl/evp.h>
#include <stdbool.h>

/* The key as owned PEM text (PKCS#8), or NULL. Free with cai_free_secret. */
char *emu_certificate_key_pem(EVP_PKEY *key);

/* Three owned PEM texts; false when OpenSSL refuses or memory is short, all NULL then. */
bool emu_certificate_make(char **ca_cert, char **server_cert, char **server_key);

#endif
