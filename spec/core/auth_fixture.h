/* SPDX-License-Identifier: MIT
 * What the tests of core/src/auth share: a directory of their own, keys, replies as a server would give them. */
#ifndef AUTH_FIXTURE_H
#define AUTH_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/exchange/places.h"
#include "base/http.h"
#include "base/json.h"
#include "chatabi.h"

#define CONTAINS(text, part)                                                      \
  do {                                                                            \
    if (!strstr((text), (part))) fail_msg("\"%s\" lacks \"%s\"", (text), (part)); \
  } while (0)
#define LACKS(text, part) assert_null(strstr((text), (part)))

typedef struct fixture {
  char dir[64];
  char path[128]; /* of the last file written */
} fixture;

static inline void fixture_init(fixture *fix) {
  snprintf(fix->dir, sizeof fix->dir, "/tmp/chatabi-auth-XXXXXX");
  assert_non_null(mkdtemp(fix->dir));
}

static inline const char *fixture_write(fixture *fix, const char *name, const char *text) {
  snprintf(fix->path, sizeof fix->path, "%s/%s", fix->dir, name);
  FILE *file = fopen(fix->path, "w");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
  return fix->path;
}

static inline void fixture_mkdir(const fixture *fix, const char *name) {
  char path[128];
  snprintf(path, sizeof path, "%s/%s", fix->dir, name);
  assert_int_equal(mkdir(path, 0700), 0);
}

static inline void fixture_fini(fixture *fix) {
  char command[128];
  snprintf(command, sizeof command, "rm -rf '%s'", fix->dir);
  assert_int_equal(system(command), 0);
}

static inline EVP_PKEY *make_key(int type) {
  EVP_PKEY *key = NULL;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(type, NULL);
  assert_int_equal(EVP_PKEY_keygen_init(context), 1);
  if (type == EVP_PKEY_RSA) assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048), 1);
  assert_int_equal(EVP_PKEY_keygen(context, &key), 1);
  EVP_PKEY_CTX_free(context);
  return key;
}

static inline char *text_of(BIO *bio) {
  char *data;
  long len = BIO_get_mem_data(bio, &data);
  char *text = strndup(data, (size_t)len);
  BIO_free(bio);
  return text;
}

static inline char *pkcs8_of(EVP_PKEY *key, const char *password) {
  BIO *bio = BIO_new(BIO_s_mem());
  const EVP_CIPHER *cipher = password ? EVP_aes_128_cbc() : NULL;
  int len = password ? (int)strlen(password) : 0;
  assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, key, cipher, password, len, NULL, NULL), 1);
  return text_of(bio);
}

static inline char *pkcs1_of(EVP_PKEY *key) {
  BIO *bio = BIO_new(BIO_s_mem());
  assert_int_equal(PEM_write_bio_PrivateKey_traditional(bio, key, NULL, NULL, 0, NULL, NULL), 1);
  return text_of(bio);
}

static inline void unbase64url(const char *text, size_t len, unsigned char *out, size_t *out_len) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  unsigned bits = 0, have = 0;
  *out_len = 0;
  for (size_t i = 0; i < len; i++) {
    const char *at = text[i] ? strchr(digits, text[i]) : NULL;
    assert_non_null(at);
    bits = (bits << 6 | (unsigned)(at - digits)) & 0xffffu;
    have += 6;
    if (have >= 8) out[(*out_len)++] = (unsigned char)(bits >> (have -= 8));
  }
}

/* Checks the signature with OpenSSL and gives the parts as text. */
static inline void open_jwt(const char *jwt, EVP_PKEY *key, char *header, char *claims) {
  unsigned char signature[1024];
  size_t len;
  const char *first = strchr(jwt, '.');
  const char *second = first ? strchr(first + 1, '.') : NULL;
  assert_non_null(second);
  unbase64url(jwt, (size_t)(first - jwt), (unsigned char *)header, &len);
  header[len] = '\0';
  unbase64url(first + 1, (size_t)(second - first - 1), (unsigned char *)claims, &len);
  claims[len] = '\0';
  unbase64url(second + 1, strlen(second + 1), signature, &len);
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  assert_int_equal(EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key), 1);
  assert_int_equal(EVP_DigestVerify(context, signature, len, (const unsigned char *)jwt, (size_t)(second - jwt)), 1);
  EVP_MD_CTX_free(context);
}

/* The value of a form's field, percent-decoded; false when it is not there. */
static inline int form_field(const cai_buf *body, const char *name, char *out, size_t size) {
  size_t name_len = strlen(name), used = 0;
  for (const char *at = cai_buf_view(body); *at;) {
    size_t len = strcspn(at, "&");
    if (strncmp(at, name, name_len) == 0 && at[name_len] == '=') {
      for (const char *in = at + name_len + 1; in < at + len && used + 1 < size; in++) {
        char hex[3] = {0};
        if (*in == '%') memcpy(hex, in + 1, 2), in += 2;
        out[used++] = hex[0] ? (char)strtol(hex, NULL, 16) : *in;
      }
      out[used] = '\0';
      return 1;
    }
    at += len + (at[len] == '&');
  }
  return 0;
}

static inline void make_reply(cai_http_reply *reply, int status, const char *body) {
  cai_http_reply_init(reply, 1 << 20);
  reply->status = status;
  /* Not asserted: one test lets allocations fail. */
  cai_buf_text(&reply->body, body);
}

static inline void make_no_reply(cai_http_reply *reply, int code, const char *message) {
  cai_http_reply_init(reply, 1 << 20);
  cai_err_set(&reply->err, code, "%s", message);
}

/* An environment in which nothing is set. */
static const cai_places no_places;

static const char user_file[] =
    "{\"type\":\"authorized_user\",\"client_id\":\"id-1\",\"client_secret\":\"hush-1\",\"refresh_token\":\"refresh-1\","
    "\"account\":\"ann@example.com\",\"quota_project_id\":\"quota-of-file\"}";

#endif
