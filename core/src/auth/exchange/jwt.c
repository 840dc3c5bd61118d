/* SPDX-License-Identifier: MIT */
#include "jwt.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

#include "../../base/alloc.h"
#include "../../base/err.h"
#include "chatabi.h"

enum { MAX_SIGNATURE = 2048 };

struct cai_jwt_key {
  EVP_PKEY *pkey;
};

/* Without it OpenSSL would ask for a password on the terminal. */
static int refuse_password(char *buffer, int size, int writing, void *arg) {
  (void)writing;
  (void)arg;
  if (size > 0) buffer[0] = '\0';
  return -1;
}

static EVP_PKEY *read_pem(const char *pem) {
  size_t len = strlen(pem);
  if (len > INT_MAX) return NULL;
  BIO *bio = BIO_new_mem_buf(pem, (int)len);
  if (!bio) return NULL;
  EVP_PKEY *pkey = PEM_read_bio_PrivateKey(bio, NULL, refuse_password, NULL);
  BIO_free(bio);
  ERR_clear_error();
  return pkey;
}

static const char *complaint(const EVP_PKEY *pkey, const char *pem) {
  if (!pkey && strstr(pem, "ENCRYPTED")) return "it is protected by a password";
  if (!pkey && !strstr(pem, "-----BEGIN")) return "it does not begin with a PEM line (-----BEGIN PRIVATE KEY-----)";
  if (!pkey && strstr(pem, "\\n"))
    return "its line breaks are escaped twice (\\\\n in the JSON text where \\n belongs)";
  if (!pkey) return "its PEM text is damaged";
  return EVP_PKEY_base_id(pkey) == EVP_PKEY_RSA ? NULL : "it is no RSA key";
}

cai_jwt_key *cai_jwt_key_new(const char *pem, const char **why) {
  EVP_PKEY *pkey = read_pem(pem);
  *why = complaint(pkey, pem);
  cai_jwt_key *key = *why ? NULL : cai_malloc(sizeof *key);
  if (!key) {
    if (!*why) *why = cai_err_text(CHATABI_E_NOMEM);
    EVP_PKEY_free(pkey);
    return NULL;
  }
  key->pkey = pkey;
  return key;
}

void cai_jwt_key_free(cai_jwt_key *key) {
  if (!key) return;
  EVP_PKEY_free(key->pkey);
  cai_free(key);
}

int cai_jwt_base64url(cai_buf *out, const void *bytes, size_t len) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const unsigned char *in = bytes;
  for (size_t at = 0; at < len; at += 3) {
    size_t have = len - at < 3 ? len - at : 3;
    unsigned group = (unsigned)in[at] << 16;
    if (have > 1) group |= (unsigned)in[at + 1] << 8;
    if (have > 2) group |= in[at + 2];
    for (size_t i = 0; i <= have; i++) cai_buf_byte(out, digits[(group >> (18 - 6 * i)) & 63]);
  }
  return out->error;
}

static int sign(EVP_PKEY *pkey, const cai_buf *text, unsigned char *signature, size_t *len) {
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  if (!context) return CHATABI_E_NOMEM;
  int ok = EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, pkey) == 1 &&
           EVP_DigestSign(context, signature, len, (const unsigned char *)text->data, text->len) == 1;
  EVP_MD_CTX_free(context);
  ERR_clear_error();
  return ok ? 0 : CHATABI_E_INTERNAL;
}

int cai_jwt_sign(const cai_jwt_key *key, const char *header, const char *claims, cai_buf *out) {
  unsigned char signature[MAX_SIGNATURE];
  size_t len = sizeof signature;
  cai_buf text;
  cai_buf_init_secret(&text, out->max);
  cai_jwt_base64url(&text, header, strlen(header));
  cai_buf_byte(&text, '.');
  cai_jwt_base64url(&text, claims, strlen(claims));
  int error = text.error ? text.error : sign(key->pkey, &text, signature, &len);
  if (!error) {
    cai_buf_append(out, text.data, text.len);
    cai_buf_byte(out, '.');
    error = cai_jwt_base64url(out, signature, len);
  }
  cai_buf_fini(&text);
  return error;
}
