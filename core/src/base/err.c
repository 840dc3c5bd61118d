/* SPDX-License-Identifier: MIT */
#include "err.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "chatabi.h"

#define CAI_ERROR(name, number, text) _Static_assert(CHATABI_E_##name == (number), "chatabi.h disagrees on " #name);
#include "errors.def"
#undef CAI_ERROR

void cai_err_clear(cai_err *err) {
  err->code = 0;
  err->message[0] = '\0';
}

/* Takes back the bytes of a character that vsnprintf cut in two. */
static void trim_utf8(char *text, size_t len) {
  size_t at = len;
  while (at > 0 && ((unsigned char)text[at - 1] & 0xC0u) == 0x80u) at--;
  if (at == 0) return;
  unsigned char lead = (unsigned char)text[at - 1];
  size_t want = lead >= 0xF0u ? 4 : lead >= 0xE0u ? 3 : lead >= 0xC0u ? 2 : 1;
  if (len - (at - 1) < want) text[at - 1] = '\0';
}

int cai_err_set(cai_err *err, int code, const char *format, ...) {
  if (!err) return code;
  err->code = code;
  va_list args;
  va_start(args, format);
  int len = vsnprintf(err->message, sizeof err->message, format, args);
  va_end(args);
  if (len < 0) err->message[0] = '\0';
  if (len >= (int)sizeof err->message) trim_utf8(err->message, sizeof err->message - 1);
  return code;
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
