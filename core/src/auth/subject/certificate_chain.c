/* SPDX-License-Identifier: MIT */
#include "certificate_chain.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdbool.h>

#include "chatabi.h"

void cai_certificate_chain_init(cai_certificate_chain *chain) { chain->count = 0; }

void cai_certificate_chain_fini(cai_certificate_chain *chain) {
  while (chain->count) X509_free(chain->certs[--chain->count]);
}

/* As many as there are, `max` at most. NULL, or what is wrong. */
const char *cai_certificate_chain_read(cai_certificate_chain *chain, const cai_buf *text, size_t max) {
  BIO *bio = BIO_new_mem_buf(cai_buf_view(text), (int)text->len);
  if (!bio) return "there was no memory for it";
  const char *why = NULL;
  ERR_clear_error();
  while (chain->count < max) {
    X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    if (!cert) break;
    chain->certs[chain->count++] = cert;
  }
  unsigned long error = ERR_peek_last_error();
  bool ended = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  if (chain->count < max && !ended)
    why = "a certificate in it is damaged";
  else if (chain->count == 0)
    why = "there is no certificate in it (-----BEGIN CERTIFICATE-----)";
  else if (max == CAI_CERTIFICATE_CHAIN_MAX && chain->count == max)
    why = "there are too many certificates in it";
  ERR_clear_error();
  BIO_free(bio);
  return why;
}

/* Standard base64 with padding. */
static void write_base64(const unsigned char *bytes, size_t len, cai_buf *out) {
  enum { GROUP = 48 };
  unsigned char text[GROUP / 3 * 4 + 1];
  for (size_t at = 0; at < len; at += GROUP) {
    size_t have = len - at < GROUP ? len - at : GROUP;
    int made = EVP_EncodeBlock(text, bytes + at, (int)have);
    cai_buf_append(out, text, (size_t)made);
  }
}

int cai_certificate_chain_append(X509 *cert, cai_buf *out) {
  unsigned char *der = NULL;
  int len = i2d_X509(cert, &der);
  if (len <= 0) {
    if (!out->error) out->error = CHATABI_E_NOMEM;
    return out->error;
  }
  cai_buf_text(out, out->len ? ",\"" : "[\"");
  write_base64(der, (size_t)len, out);
  cai_buf_byte(out, '"');
  OPENSSL_free(der);
  return out->error;
}
