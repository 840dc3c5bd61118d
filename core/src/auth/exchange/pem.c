/* SPDX-License-Identifier: MIT
 *
 * The type is looked at before a key is decoded, and the size before it is used: OpenSSL computes with what it reads,
 * and a hostile key of the right kind keeps a core busy for minutes. Nothing here asks for a password, on no terminal.
 */
#include "pem.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <string.h>

#include "../../base/alloc.h"

enum { MAX_TEXT = 64 * 1024, MAX_DER = 16 * 1024, MAX_BITS = 8192 };

/* One block of PEM; `der` is ours. */
typedef struct block {
  char *name, *header;
  unsigned char *der;
  long len;
} block;

static void drop(block *read) {
  if (read->der) cai_cleanse(read->der, (size_t)read->len);
  OPENSSL_free(read->name);
  OPENSSL_free(read->header);
  OPENSSL_free(read->der);
}

static bool is_used_type(const PKCS8_PRIV_KEY_INFO *info) {
  const ASN1_OBJECT *type = NULL;
  if (PKCS8_pkey_get0(&type, NULL, NULL, NULL, info) != 1) return false;
  int nid = OBJ_obj2nid(type);
  return nid == NID_rsaEncryption || nid == NID_X9_62_id_ecPublicKey || nid == NID_ED25519;
}

static EVP_PKEY *decode_pkcs8(const block *read, const char **why) {
  const unsigned char *at = read->der;
  PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, read->len);
  bool used = info && is_used_type(info);
  if (info && !used) *why = "it is no RSA key and no EC key";
  EVP_PKEY *key = used ? EVP_PKCS82PKEY(info) : NULL;
  PKCS8_PRIV_KEY_INFO_free(info);
  return key;
}

static EVP_PKEY *decode(const block *read, const char **why) {
  const unsigned char *at = read->der;
  if (strstr(read->name, "ENCRYPTED") || strstr(read->header, "ENCRYPTED")) {
    *why = "it is protected by a password";
    return NULL;
  }
  if (read->len > MAX_DER) {
    *why = "it is too large";
    return NULL;
  }
  if (strcmp(read->name, "PRIVATE KEY") == 0) return decode_pkcs8(read, why);
  if (strcmp(read->name, "RSA PRIVATE KEY") == 0) return d2i_PrivateKey(EVP_PKEY_RSA, NULL, &at, read->len);
  if (strcmp(read->name, "EC PRIVATE KEY") == 0) return d2i_PrivateKey(EVP_PKEY_EC, NULL, &at, read->len);
  *why = "it is no RSA key and no EC key";
  return NULL;
}

static bool is_key(const block *read) {
  size_t len = strlen(read->name), end = strlen("PRIVATE KEY");
  return len >= end && strcmp(read->name + len - end, "PRIVATE KEY") == 0;
}

/* Parameters and certificates may stand before the key. */
static EVP_PKEY *find(BIO *bio, const char **why) {
  EVP_PKEY *key = NULL;
  bool found = false;
  while (!found) {
    block read = {NULL, NULL, NULL, 0};
    if (PEM_read_bio(bio, &read.name, &read.header, &read.der, &read.len) != 1) break;
    found = is_key(&read);
    if (found) key = decode(&read, why);
    drop(&read);
  }
  return key;
}

static const char *guess(const char *text) {
  if (!strstr(text, "-----BEGIN")) return "it does not begin with a PEM line (-----BEGIN PRIVATE KEY-----)";
  if (strstr(text, "\\n")) return "its line breaks are escaped twice (\\\\n in the JSON text where \\n belongs)";
  return "its PEM text is damaged";
}

EVP_PKEY *cai_pem_private_key(const char *text, const char **why) {
  size_t len = strlen(text);
  *why = len > MAX_TEXT ? "it is too large" : NULL;
  BIO *bio = *why ? NULL : BIO_new_mem_buf(text, (int)len);
  EVP_PKEY *key = bio ? find(bio, why) : NULL;
  if (key && EVP_PKEY_bits(key) > MAX_BITS) {
    *why = "it has more than 8192 bits";
    EVP_PKEY_free(key);
    key = NULL;
  }
  if (!key && !*why) *why = guess(text);
  BIO_free(bio);
  ERR_clear_error();
  return key;
}
