/* SPDX-License-Identifier: MIT */
#include "jwt.h"

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <string.h>

#include "../../base/alloc.h"
#include "../../base/err.h"
#include "chatabi.h"
#include "pem.h"

enum { MAX_SIGNATURE = 2048, ES256_HALF = 32 };

struct cai_jwt_key {
  cai_jwt_alg alg;
  EVP_PKEY *pkey;
};

/* By the OIDs in the public key's DER, which every version of OpenSSL writes alike. */
static bool is_p256(const EVP_PKEY *pkey) {
  /* The AlgorithmIdentifier: id-ecPublicKey, prime256v1 (RFC 5480 2.1.1). */
  static const unsigned char wanted[] = {0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
                                         0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
  enum { BEFORE = 2 }; /* the outer SEQUENCE's tag and length */
  unsigned char *der = NULL;
  int len = i2d_PUBKEY(pkey, &der);
  bool same = len > BEFORE + (int)sizeof wanted && memcmp(der + BEFORE, wanted, sizeof wanted) == 0;
  OPENSSL_free(der);
  ERR_clear_error();
  return same;
}

static const char *misfit(cai_jwt_alg alg, const EVP_PKEY *pkey) {
  int type = EVP_PKEY_base_id(pkey);
  if (alg == CAI_JWT_RS256) return type == EVP_PKEY_RSA ? NULL : "it is no RSA key";
  if (type != EVP_PKEY_EC) return "it is no EC key (curve P-256 is needed)";
  return is_p256(pkey) ? NULL : "it is an EC key of another curve than P-256";
}

cai_jwt_key *cai_jwt_key_new(cai_jwt_alg alg, const char *pem, const char **why) {
  EVP_PKEY *pkey = cai_pem_private_key(pem, why);
  if (pkey) *why = misfit(alg, pkey);
  cai_jwt_key *key = *why ? NULL : cai_malloc(sizeof *key);
  if (!key) {
    if (!*why) *why = cai_err_text(CHATABI_E_NOMEM);
    EVP_PKEY_free(pkey);
    return NULL;
  }
  key->alg = alg;
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

/* DER to r and s of fixed length, in place. */
static int unpack_es256(unsigned char *signature, size_t *len) {
  const unsigned char *at = signature;
  ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)*len);
  bool ok = pair && BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, ES256_HALF) == ES256_HALF &&
            BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + ES256_HALF, ES256_HALF) == ES256_HALF;
  ECDSA_SIG_free(pair);
  ERR_clear_error();
  *len = (size_t)2 * ES256_HALF;
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
  if (!error && key->alg == CAI_JWT_ES256) error = unpack_es256(signature, &len);
  if (!error) {
    cai_buf_append(out, text.data, text.len);
    cai_buf_byte(out, '.');
    error = cai_jwt_base64url(out, signature, len);
  }
  cai_buf_fini(&text);
  return error;
}
