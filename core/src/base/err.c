/* SPDX-License-Identifier: MIT */
#include "err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chatabi.h"
#include "utf8.h"

/* Anything shorter could be a word; a part of one, what all secrets of a kind begin with. */
enum { MIN_SECRET = 6, MIN_PART = 12 };

#define CAI_ERROR(name, number, text) _Static_assert(CHATABI_E_##name == (number), "chatabi.h disagrees on " #name);
#include "errors.def"
#undef CAI_ERROR

void cai_err_clear(cai_err *err) {
  err->code = 0;
  err->message[0] = '\0';
}

int cai_err_set(cai_err *err, int code, const char *format, ...) {
  if (!err) return code;
  err->code = code;
  va_list args;
  va_start(args, format);
  int len = vsnprintf(err->message, sizeof err->message, format, args);
  va_end(args);
  if (len < 0) err->message[0] = '\0';
  cai_utf8_force(err->message); /* precisions and the end of the message cut without regard to characters */
  return code;
}

/* How many bytes at `at` stand for `wanted`: as itself or as a JSON escape. */
static size_t spelled(const char *at, char wanted) {
  char digits[5] = "";
  if (*at == wanted) return 1;
  if (*at != '\\') return 0;
  if (at[1] == wanted) return 2;
  if (at[1] != 'u') return 0;
  strncpy(digits, at + 2, 4);
  bool is_hex = strspn(digits, "0123456789abcdefABCDEF") == 4;
  return is_hex && strtoul(digits, NULL, 16) == (unsigned char)wanted ? 6 : 0;
}

/* How many bytes at `at` are the secret, or a beginning of it: texts are cut to a length. */
static size_t occurrence(const char *at, const char *secret) {
  const char *from = at;
  size_t count = 0, len;
  for (; secret[count] && (len = spelled(at, secret[count])) > 0; count++) at += len;
  return !secret[count] || count >= MIN_PART ? (size_t)(at - from) : 0;
}

void cai_err_hide(char *text, const char *secret) {
  if (!text || !secret || strlen(secret) < MIN_SECRET) return;
  while (*text) {
    size_t len = occurrence(text, secret);
    memset(text, '*', len);
    text += len ? len : 1;
  }
}

int cai_err_nomem(cai_err *err) { return cai_err_set(err, CHATABI_E_NOMEM, "%s", cai_err_text(CHATABI_E_NOMEM)); }

const char *cai_err_name(int code) {
  switch (code) {
    case CHATABI_OK: return "OK";
#define CAI_ERROR(name, number, text) \
  case number:                        \
    return #name;
#include "errors.def"
#undef CAI_ERROR
    default: return "UNKNOWN";
  }
}

const char *cai_err_text(int code) {
  switch (code) {
    case CHATABI_OK: return "Nothing went wrong.";
#define CAI_ERROR(name, number, text) \
  case number:                        \
    return text;
#include "errors.def"
#undef CAI_ERROR
    default: return "This number is not an error code of this version.";
  }
}
