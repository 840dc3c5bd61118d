/* SPDX-License-Identifier: MIT */
#include "embedded.h"

#include <limits.h>
#include <openssl/evp.h>
#include <string.h>

#include "../base/alloc.h"
#include "chatabi.h"

enum { MAX_TEXT = 1024 * 1024 };

/* Both alphabets, with or without padding and line breaks, as the standard one. */
static int normalise(const char *text, cai_buf *out) {
  for (; *text; text++) {
    if (strchr(" \t\r\n=", *text)) continue;
    cai_buf_byte(out, *text == '-' ? '+' : *text == '_' ? '/' : *text);
  }
  while (!out->error && out->len % 4) cai_buf_byte(out, '=');
  return out->error;
}

/* 0, CHATABI_E_JSON when it is no base64, or NOMEM. */
static int decode(const char *text, cai_buf *out) {
  cai_buf base64;
  cai_buf_init_secret(&base64, MAX_TEXT);
  int error = normalise(text, &base64);
  unsigned char *bytes = error || !base64.len ? NULL : cai_malloc(base64.len);
  if (!error && base64.len && !bytes) error = CHATABI_E_NOMEM;
  int len = bytes ? EVP_DecodeBlock(bytes, (const unsigned char *)base64.data, (int)base64.len) : -1;
  /* The padding was decoded to zero bytes. */
  while (len > 0 && bytes[len - 1] == '\0') len--;
  if (!error && len <= 0) error = CHATABI_E_JSON;
  if (!error) error = cai_buf_append(out, bytes, (size_t)len);
  if (bytes) cai_cleanse(bytes, base64.len);
  cai_free(bytes);
  cai_buf_fini(&base64);
  return error;
}

static cai_credential *parse_base64(const char *text, const char *origin, const cai_guard *guard,
                                    const cai_places *places, cai_log *log, cai_err *err) {
  cai_buf json;
  cai_buf_init_secret(&json, MAX_TEXT);
  cai_credential *credential = NULL;
  int error = decode(text, &json);
  if (error == CHATABI_E_NOMEM)
    cai_err_nomem(err);
  else if (error)
    cai_err_set(err, CHATABI_E_AUTH_SOURCE,
                "%s is neither the JSON of a credential file nor base64 of it: it must begin with '{'.", origin);
  else
    credential = cai_credential_parse(cai_buf_view(&json), json.len, origin, guard, places, log, err);
  cai_buf_fini(&json);
  return credential;
}

cai_credential *cai_embedded_parse(const char *text, const char *origin, const cai_guard *guard,
                                   const cai_places *places, cai_log *log, cai_err *err) {
  text += strspn(text, " \t\r\n");
  size_t len = strlen(text);
  if (len > MAX_TEXT) {
    cai_err_set(err, CHATABI_E_AUTH_SOURCE, "%s is larger than 1 MiB: it is no credential file.", origin);
    return NULL;
  }
  if (*text == '{' || *text == '[' || *text == '"' || !*text)
    return cai_credential_parse(text, len, origin, guard, places, log, err);
  return parse_base64(text, origin, guard, places, log, err);
}
