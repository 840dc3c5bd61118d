/* SPDX-License-Identifier: MIT
 * X.509 certificates in the order of their file. */
#ifndef CAI_CERTIFICATE_CHAIN_H
#define CAI_CERTIFICATE_CHAIN_H

#include <openssl/x509.h>
#include <stddef.h>

#include "../../base/buf.h"

enum { CAI_CERTIFICATE_CHAIN_MAX = 16 };

typedef struct cai_certificate_chain {
  X509 *certs[CAI_CERTIFICATE_CHAIN_MAX];
  size_t count;
} cai_certificate_chain;

void cai_certificate_chain_init(cai_certificate_chain *chain);
void cai_certificate_chain_fini(cai_certificate_chain *chain);

/* Reads PEM text, `max` certificates at most. NULL, or what is wrong (static text). */
const char *cai_certificate_chain_read(cai_certificate_chain *chain, const cai_buf *text, size_t max);

/* Appends a certificate's DER in standard base64, as an element of the JSON array that `out` begins with. Returns
 * out->error. */
int cai_certificate_chain_append(X509 *cert, cai_buf *out);

#endif
