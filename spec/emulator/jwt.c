/* SPDX-License-Identifier: MIT */
#include "jwt.h"

#include <openssl/ecdsa.h>
#include <string.h>

#include "base/json.h"

enum { MAX_JWT = 16384 };

static int sextet(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '-' ? 62 : c == '_' ? 63 : -1;
}

/* base64url without padding, as RFC 7515 wants it: anything else is malformed. */
bool emu_jwt_decode(const char *text, size_t len, cai_buf *out) {
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
  cJSON *tree =
      emu_jwt_decode(text, len, &plain) ? cai_json_parse(cai_buf_view(&plain), plain.len, "assertion", NULL) : NULL;
  cai_buf_fini(&plain);
  return tree;
}

static bool is_elliptic(EVP_PKEY *key) { return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC; }

/* JWS has r and s as they are, 32 bytes each; OpenSSL wants DER. */
static bool wrap_points(cai_buf *signature) {
  unsigned char *der = NULL;
  if (signature->len != 64) return false;
  const unsigned char *raw = (const unsigned char *)cai_buf_view(signature);
  ECDSA_SIG *pair = ECDSA_SIG_new();
  BIGNUM *r = BN_bin2bn(raw, 32, NULL), *s = BN_bin2bn(raw + 32, 32, NULL);
  bool taken = pair && r && s && ECDSA_SIG_set0(pair, r, s) == 1;
  if (!taken) {
    BN_free(r);
    BN_free(s);
  }
  int len = taken ? i2d_ECDSA_SIG(pair, &der) : 0;
  cai_buf_reset(signature);
  bool wrapped = len > 0 && cai_buf_append(signature, der, (size_t)len) == 0;
  OPENSSL_free(der);
  ECDSA_SIG_free(pair);
  return wrapped;
}

static bool verify(const char *text, size_t signed_len, EVP_PKEY *key) {
  cai_buf signature;
  cai_buf_init(&signature, MAX_JWT);
  const char *encoded = text + signed_len + 1;
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  bool good = context && emu_jwt_decode(encoded, strlen(encoded), &signature) &&
              (!is_elliptic(key) || wrap_points(&signature)) &&
              EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
              EVP_DigestVerify(context, (const unsigned char *)cai_buf_view(&signature), signature.len,
                               (const unsigned char *)text, signed_len) == 1;
  EVP_MD_CTX_free(context);
  cai_buf_fini(&signature);
  return good;
}

static emu_jwt_result check_header(const char *text, size_t len, EVP_PKEY *key, const char *key_id) {
  cJSON *header = decode_json(text, len);
  const char *alg = cai_json_string(header, "alg"), *typ = cai_json_string(header, "typ"),
             *kid = cai_json_string(header, "kid");
  emu_jwt_result result = EMU_JWT_MALFORMED;
  if (alg && strcmp(alg, is_elliptic(key) ? "ES256" : "RS256") == 0 && (!typ || strcmp(typ, "JWT") == 0))
    result = !kid || strcmp(kid, key_id) == 0 ? EMU_JWT_OK : EMU_JWT_SIGNATURE;
  cJSON_Delete(header);
  return result;
}

bool emu_jwt_is_timely(const cJSON *claims, int64_t now_s) {
  int64_t iat = cai_json_int(claims, "iat", -1), exp = cai_json_int(claims, "exp", -1);
  return iat >= 0 && exp >= 0 && iat <= now_s + 60 && exp > now_s && exp > iat && exp - iat <= 3600;
}

emu_jwt_result emu_jwt_open(const char *text, EVP_PKEY *key, const char *key_id, cJSON **claims) {
  *claims = NULL;
  const char *first = strchr(text, '.'), *second = first ? strchr(first + 1, '.') : NULL;
  if (!second || strchr(second + 1, '.') || strlen(text) > MAX_JWT) return EMU_JWT_MALFORMED;
  emu_jwt_result header = check_header(text, (size_t)(first - text), key, key_id);
  if (header != EMU_JWT_OK) return header;
  if (!verify(text, (size_t)(second - text), key)) return EMU_JWT_SIGNATURE;
  *claims = decode_json(first + 1, (size_t)(second - first) - 1);
  return cJSON_IsObject(*claims) ? EMU_JWT_OK : (cJSON_Delete(*claims), *claims = NULL, EMU_JWT_MALFORMED);
}
