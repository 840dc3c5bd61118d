/* SPDX-License-Identifier: MIT */
#include "mask.h"

#include <stdbool.h>
#include <string.h>

#include "../../base/utf8.h"

enum { SHORTEST_SECRET = 6, TELLING_PART = 16 };

static int hex(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

/* How many bytes at the beginning of `text` are the secret or a good part of it, as it is or as the form encoded it. */
static size_t secret_len(const char *text, const char *secret) {
  const char *at = text, *begin = secret;
  for (; *secret; secret++) {
    int high = at[0] == '%' ? hex(at[1]) : -1;
    int low = high < 0 ? -1 : hex(at[2]);
    if (*at == *secret)
      at++;
    else if (low >= 0 && high * 16 + low == (unsigned char)*secret)
      at += 3;
    else
      break;
  }
  return *secret && secret - begin < TELLING_PART ? 0 : (size_t)(at - text);
}

/* What is shorter than any real secret would tear words apart. */
static size_t any_secret_len(const char *text, const char *const *secrets) {
  size_t longest = 0;
  for (; secrets && *secrets; secrets++) {
    size_t len = strlen(*secrets) < SHORTEST_SECRET ? 0 : secret_len(text, *secrets);
    if (len > longest) longest = len;
  }
  return longest;
}

/* C0 and C1, and what turns the direction of a terminal's text around. */
static bool is_control(const char *text, size_t size) {
  const unsigned char *at = (const unsigned char *)text;
  if (size == 1) return at[0] < 0x20 || at[0] == 0x7f;
  if (size == 2) return at[0] == 0xc2 && at[1] < 0xa0;
  if (size != 3 || at[0] != 0xe2) return false;
  return (at[1] == 0x80 && (at[2] == 0x8e || at[2] == 0x8f || (at[2] >= 0xa8 && at[2] <= 0xae))) ||
         (at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9);
}

void cai_mask_tidy(char *out, size_t size, const char *text, const char *const *secrets) {
  static const char mask[] = "[secret]";
  size_t len = text ? strlen(text) : 0, used = 0;
  while (len) {
    size_t hidden = any_secret_len(text, secrets);
    if (hidden) {
      if (used + sizeof mask > size) break;
      memcpy(out + used, mask, sizeof mask - 1);
      used += sizeof mask - 1, text += hidden, len -= hidden;
      continue;
    }
    size_t step = cai_utf8_size(text, len);
    bool plain = step && !is_control(text, step);
    if (!step) step = 1;
    if (used + step >= size) break;
    if (plain)
      memcpy(out + used, text, step);
    else
      memset(out + used, ' ', step);
    used += step, text += step, len -= step;
  }
  out[used] = '\0';
}
