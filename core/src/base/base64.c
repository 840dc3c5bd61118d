/* SPDX-License-Identifier: MIT */
#include "base64.h"

#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int cai_base64_encode(cai_buf *out, const void *bytes, size_t len) {
  const unsigned char *at = bytes;
  for (; len; at += 3, len = len > 3 ? len - 3 : 0) {
    unsigned group = (unsigned)at[0] << 16 | (len > 1 ? (unsigned)at[1] << 8 : 0) | (len > 2 ? at[2] : 0);
    char text[4] = {alphabet[group >> 18], alphabet[group >> 12 & 63], len > 1 ? alphabet[group >> 6 & 63] : '=',
                    len > 2 ? alphabet[group & 63] : '='};
    cai_buf_append(out, text, sizeof text);
  }
  return out->error;
}

/* 0 to 63; -1 for a character that is none of the alphabet. */
static int digit(char c) {
  const char *at = c ? strchr(alphabet, c) : NULL;
  return at ? (int)(at - alphabet) : -1;
}

/* How many bytes the four characters are, 0 when they are no group. Bits that belong to no byte have to be 0. */
static size_t take_group(const char *text, char *bytes) {
  size_t digits = text[3] != '=' ? 4 : text[2] != '=' ? 3 : 2;
  unsigned group = 0;
  for (size_t i = 0; i < 4; i++) {
    int value = i < digits ? digit(text[i]) : 0;
    if (value < 0) return 0;
    group = group << 6 | (unsigned)value;
  }
  for (size_t i = 0; i < 3; i++) bytes[i] = (char)(group >> (16 - 8 * i) & 0xFF);
  for (size_t i = digits - 1; i < 3; i++)
    if (bytes[i]) return 0;
  return digits - 1;
}

static bool is_base64(const char *text, size_t len) {
  char bytes[3];
  if (len % 4) return false;
  for (size_t i = 0; i < len; i += 4) {
    size_t got = take_group(text + i, bytes);
    if (got == 0 || (got < 3 && i + 4 < len)) return false;
  }
  return true;
}

bool cai_base64_decode(cai_buf *out, const char *text, size_t len) {
  char bytes[3];
  if (!is_base64(text, len)) return false;
  for (size_t i = 0; i < len; i += 4) {
    size_t got = take_group(text + i, bytes);
    cai_buf_append(out, bytes, got);
  }
  return true;
}
