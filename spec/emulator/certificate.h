/* SPDX-License-Identifier: MIT
 * A certificate authority for one process, and from it one server certificate for the loopback interface and one for a
 * client. */
#ifndef EMU_CERTIFICATE_H
#define EMU_CERTIFICATE_H

#include <openssl/evp.h>
#include <stdbool.h>

/* The key as owned PEM text (PKCS#8), or NULL. Free with cai_free_secret. */
char *emu_certificate_key_pem(EVP_PKEY *key);

/* The same in the older form that has the algorithm's name in its first line. */
char *emu_certificate_old_key_pem(EVP_PKEY *key);

/* Owned PEM texts; keys are to be freed with cai_free_secret. */
typedef struct emu_certificates {
  char *ca;
  char *server; /* and the CA's behind it */
  char *server_key;
  char *client; /* alone */
  char *client_key;
} emu_certificates;

/* False when OpenSSL refuses or memory is short, all NULL then. */
bool emu_certificate_make(emu_certificates *made);

#endif
