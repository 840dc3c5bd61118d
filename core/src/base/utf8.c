/* SPDX-License-Identifier: MIT */
#include "utf8.h"

#include <stdint.h>
#include <string.h>

static bool in_range(unsigned char byte, unsigned low, unsigned high) { return byte >= low && byte <= high; }

/* The second byte carries the rules against overlong forms, surrogates and numbers beyond U+10FFFF. */
static bool second_fits(unsigned char lead, unsigned char second) {
  switch (lead) {
    case 0xE0: return in_range(second, 0xA0, 0xBF);
    case 0xED: return in_range(second, 0x80, 0x9F);
    case 0xF0: return in_range(second, 0x90, 0xBF);
    case 0xF4: return in_range(second, 0x80, 0x8F);
    default: return in_range(second, 0x80, 0xBF);
  }
}

size_t cai_utf8_size(const char *text, size_t len) {
  const unsigned char *bytes = (const unsigned char *)text;
  if (!len) return 0;
  if (bytes[0] < 0x80) return 1;
  size_t size = in_range(bytes[0], 0xC2, 0xDF)   ? 2
                : in_range(bytes[0], 0xE0, 0xEF) ? 3
                : in_range(bytes[0], 0xF0, 0xF4) ? 4
                                                 : 0;
  if (!size || size > len || !second_fits(bytes[0], bytes[1])) return 0;
  for (size_t i = 2; i < size; i++)
    if (!in_range(bytes[i], 0x80, 0xBF)) return 0;
  return size;
}

/* Most text is ASCII: eight bytes at a step. */
static bool is_ascii8(const char *text) {
  uint64_t word;
  memcpy(&word, text, sizeof word);
  return (word & UINT64_C(0x8080808080808080)) == 0;
}

bool cai_utf8_valid(const char *text, size_t len) {
  while (len) {
    if (len >= 8 && is_ascii8(text)) {
      text += 8;
      len -= 8;
      continue;
    }
    size_t size = cai_utf8_size(text, len);
    if (!size) return false;
    text += size;
    len -= size;
  }
  return true;
}

void cai_utf8_force(char *text) {
  size_t len = strlen(text);
  for (size_t at = 0; at < len;) {
    size_t size = cai_utf8_size(text + at, len - at);
    if (!size) text[at] = '?';
    at += size ? size : 1;
  }
}

int cai_utf8_append(cai_buf *out, unsigned code) {
  char bytes[4];
  size_t size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  static const unsigned lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
  for (size_t i = size - 1; i > 0; i--, code >>= 6) bytes[i] = (char)(0x80u | (code & 0x3Fu));
  bytes[0] = (char)(lead[size] | code);
  return cai_buf_append(out, bytes, size);
}

int cai_utf8_scrub(cai_buf *out, const char *text, size_t len) {
  const char *end = text + len;
  while (text < end) {
    const char *run = text;
    size_t size = 1;
    while (text < end && (size = cai_utf8_size(text, (size_t)(end - text))) > 0) text += size;
    cai_buf_append(out, run, (size_t)(text - run));
    if (text == end) break;
    cai_buf_text(out, "\xEF\xBF\xBD");
    text++;
  }
  return out->error;
}
