/* SPDX-License-Identifier: MIT */
#include "jwt.h"

#include <string.h>

#include "base/buf.h"
#include "base/json.h"

enum { MAX_JWT = 16384 };

static int sextet(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '-' ? 62 : c == '_' ? 63 : -1;
}

/* base64url without padding, as RFC 7515 wants it: anything else is malformed. */
static bool decode(const char *text, size_t len, cai_buf *out) {
  unsigned bits = 0;
  int count = 0;
  if (len == 0 || len % 4 == 1) return false;
  for (size_t i = 0; i < len; i++) {
    int value = sextet(text[i]);
    if (value < 0) return false;
    bits = bits << 6 | (unsigned)value;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    if (cai_buf_byte(out, (char)(bits >> count & 0xFF))) return false;
  }
  return true;
}

static cJSON *decode_json(const char *text, size_t len) {
  cai_buf plain;
  cai_buf_init(&plain, MAX_JWT);
  cJSON *tree = decode(text, len, &plain) ? cai_json_parse(cai_buf_view(&plain), plain.len, "assertion", NULL) : NULL;
  cai_buf_fini(&plain);
  return tree;
}

static bool verify(const char *text, size_t signed_len, EVP_PKEY *key) {
  cai_buf signature;
  cai_buf_init(&signature, MAX_JWT);
  const char *encoded = text + signed_len + 1;
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  bool good = context && decode(encoded, strlen(encoded), &signature) &&
              EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
              EVP_DigestVerify(context, (const unsigned char *)cai_buf_view(&signature), signature.len,
                               (const unsigned char *)text, signed_len) == 1;
  EVP_MD_CTX_free(context);
  cai_buf_fini(&signature);
  return good;
}

static bool header_is_right(const char *text, size_t len) {
  cJSON *header = decode_json(text, len);
  const char *alg = cai_json_string(header, "alg"), *typ = cai_json_string(header, "typ");
  bool right = alg && strcmp(alg, "RS256") == 0 && (!typ || strcmp(typ, "JWT") == 0);
  cJSON_Delete(header);
  return right;
}

emu_jwt_result emu_jwt_open(const char *text, EVP_PKEY *key, cJSON **claims) {
  *claims = NULL;
  const char *first = strchr(text, '.'), *second = first ? strchr(first + 1, '.') : NULL;
  if (!second || strchr(second + 1, '.') || strlen(text) > MAX_JWT) return EMU_JWT_MALFORMED;
  if (!header_is_right(text, (size_t)(first - text))) return EMU_JWT_MALFORMED;
  if (!verify(text, (size_t)(second - text), key)) return EMU_JWT_SIGNATURE;
  *claims = decode_json(first + 1, (size_t)(second - first) - 1);
  return cJSON_IsObject(*claims) ? EMU_JWT_OK : (cJSON_Delete(*claims), *claims = NULL, EMU_JWT_MALFORMED);
}
