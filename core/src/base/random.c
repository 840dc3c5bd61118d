/* SPDX-License-Identifier: MIT */
#include "random.h"

#include <limits.h>
#include <openssl/rand.h>

#include "chatabi.h"

int cai_random_bytes(void *bytes, size_t len) {
  if (len > INT_MAX || RAND_bytes(bytes, (int)len) != 1) return CHATABI_E_INTERNAL;
  return 0;
}

int cai_random_hex(char *text, size_t digits) {
  static const char hex[] = "0123456789abcdef";
  text[digits] = '\0';
  if (cai_random_bytes(text, digits)) {
    text[0] = '\0';
    return CHATABI_E_INTERNAL;
  }
  for (size_t i = 0; i < digits; i++) text[i] = hex[(unsigned char)text[i] & 15u];
  return 0;
}
