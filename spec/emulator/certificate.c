/* SPDX-License-Identifier: MIT */
#include "certificate.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/alloc.h"

static char *bio_text(BIO *bio) {
  char *data = NULL;
  long len = BIO_get_mem_data(bio, &data);
  return len > 0 ? cai_strndup(data, (size_t)len) : NULL;
}

char *emu_certificate_key_pem(EVP_PKEY *key) {
  BIO *bio = BIO_new(BIO_s_mem());
  char *text = NULL;
  if (bio && PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL)) text = bio_text(bio);
  BIO_free(bio);
  return text;
}

char *emu_certificate_old_key_pem(EVP_PKEY *key) {
  BIO *bio = BIO_new(BIO_s_mem());
  char *text = NULL;
  if (bio && PEM_write_bio_PrivateKey_traditional(bio, key, NULL, NULL, 0, NULL, NULL)) text = bio_text(bio);
  BIO_free(bio);
  return text;
}

static bool write_certificate(BIO *bio, X509 *cert) { return PEM_write_bio_X509(bio, cert) == 1; }

static char *chain_pem(X509 *cert, X509 *issuer) {
  BIO *bio = BIO_new(BIO_s_mem());
  char *text = NULL;
  if (bio && write_certificate(bio, cert) && (!issuer || write_certificate(bio, issuer))) text = bio_text(bio);
  BIO_free(bio);
  return text;
}

static bool extend(X509 *cert, X509 *issuer, int nid, const char *value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
  X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
  bool added = extension && X509_add_ext(cert, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

static bool set_serial(X509 *cert) {
  unsigned char noise[8];
  if (RAND_bytes(noise, sizeof noise) != 1) return false;
  uint64_t serial;
  memcpy(&serial, noise, sizeof serial);
  return ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial >> 1) == 1;
}

/* A day back, so that a client with a slow clock still accepts it. */
static bool fill(X509 *cert, EVP_PKEY *key, const char *name) {
  X509_NAME *subject = X509_get_subject_name(cert);
  return X509_set_version(cert, 2) == 1 && set_serial(cert) && X509_gmtime_adj(X509_getm_notBefore(cert), -86400) &&
         X509_gmtime_adj(X509_getm_notAfter(cert), 30L * 86400) && X509_set_pubkey(cert, key) == 1 &&
         X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0) == 1;
}

static X509 *make_ca(EVP_PKEY *key) {
  X509 *cert = X509_new();
  if (cert && fill(cert, key, "chatabi-emulator test CA") &&
      X509_set_issuer_name(cert, X509_get_subject_name(cert)) == 1 &&
      extend(cert, cert, NID_basic_constraints, "critical,CA:TRUE") &&
      extend(cert, cert, NID_key_usage, "critical,keyCertSign,cRLSign") &&
      extend(cert, cert, NID_subject_key_identifier, "hash") && X509_sign(cert, key, EVP_sha256()) > 0)
    return cert;
  X509_free(cert);
  return NULL;
}

typedef struct leaf_kind {
  const char *name;
  const char *usage;
  const char *alternatives; /* NULL: none */
} leaf_kind;

static X509 *make_leaf(const leaf_kind *leaf, EVP_PKEY *key, X509 *ca, EVP_PKEY *ca_key) {
  X509 *cert = X509_new();
  if (cert && fill(cert, key, leaf->name) && X509_set_issuer_name(cert, X509_get_subject_name(ca)) == 1 &&
      extend(cert, ca, NID_basic_constraints, "critical,CA:FALSE") &&
      extend(cert, ca, NID_key_usage, "critical,digitalSignature") &&
      extend(cert, ca, NID_ext_key_usage, leaf->usage) && extend(cert, ca, NID_authority_key_identifier, "keyid") &&
      (!leaf->alternatives || extend(cert, ca, NID_subject_alt_name, leaf->alternatives)) &&
      X509_sign(cert, ca_key, EVP_sha256()) > 0)
    return cert;
  X509_free(cert);
  return NULL;
}

/* One leaf and its key as text; `issuer` NULL: without the CA behind it. */
static bool issue(const leaf_kind *leaf, X509 *ca, EVP_PKEY *ca_key, X509 *issuer, char **cert_pem, char **key_pem) {
  EVP_PKEY *key = EVP_EC_gen("P-256");
  X509 *cert = key ? make_leaf(leaf, key, ca, ca_key) : NULL;
  if (cert) {
    *cert_pem = chain_pem(cert, issuer);
    *key_pem = emu_certificate_key_pem(key);
  }
  X509_free(cert);
  EVP_PKEY_free(key);
  return *cert_pem && *key_pem;
}

bool emu_certificate_make(emu_certificates *made) {
  static const leaf_kind server = {"127.0.0.1", "serverAuth", "IP:127.0.0.1,IP:::1,DNS:localhost"};
  static const leaf_kind client = {"chatabi-emulator workload", "clientAuth", NULL};
  memset(made, 0, sizeof *made);
  EVP_PKEY *ca_key = EVP_EC_gen("P-256");
  X509 *ca = ca_key ? make_ca(ca_key) : NULL;
  if (ca) made->ca = chain_pem(ca, NULL);
  bool good = made->ca && issue(&server, ca, ca_key, ca, &made->server, &made->server_key) &&
              issue(&client, ca, ca_key, NULL, &made->client, &made->client_key);
  X509_free(ca);
  EVP_PKEY_free(ca_key);
  if (good) return true;
  cai_free(made->ca);
  cai_free(made->server);
  cai_free(made->client);
  cai_free_secret(made->server_key);
  cai_free_secret(made->client_key);
  memset(made, 0, sizeof *made);
  return false;
}
