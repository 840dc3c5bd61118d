/* SPDX-License-Identifier: MIT */
#include "err.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "chatabi.h"
#include "utf8.h"

/* Anything shorter could be a word. */
enum { MIN_SECRET = 6 };

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

void cai_err_hide(char *text, const char *secret) {
  size_t len = secret ? strlen(secret) : 0;
  if (!text || len < MIN_SECRET) return;
  for (char *at = strstr(text, secret); at; at = strstr(at + len, secret)) memset(at, '*', len);
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
