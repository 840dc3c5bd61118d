/* SPDX-License-Identifier: MIT */
#include "gzip.h"

enum { BLOCK_MAX = 65535 };

static void add_little_endian(cai_buf *out, uint32_t value, int bytes) {
  for (int i = 0; i < bytes; i++) cai_buf_byte(out, (char)(value >> (8 * i) & 0xFF));
}

static uint32_t crc_of(uint32_t crc, const char *bytes, size_t len) {
  crc = ~crc;
  for (size_t i = 0; i < len; i++) {
    crc ^= (unsigned char)bytes[i];
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
  }
  return ~crc;
}

static void begin(emu_gzip *gzip, cai_buf *out) {
  if (!gzip->begun) cai_buf_append(out, "\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
  gzip->begun = true;
}

static void add_block(const char *bytes, size_t len, bool last, cai_buf *out) {
  cai_buf_byte(out, last ? 1 : 0);
  add_little_endian(out, (uint32_t)len, 2);
  add_little_endian(out, ~(uint32_t)len & 0xFFFF, 2);
  cai_buf_append(out, bytes, len);
}

void emu_gzip_wrap(emu_gzip *gzip, cai_buf *data) {
  cai_buf wrapped;
  cai_buf_init(&wrapped, data->max);
  begin(gzip, &wrapped);
  gzip->crc = crc_of(gzip->crc, cai_buf_view(data), data->len);
  gzip->size += (uint32_t)data->len;
  for (size_t at = 0; at < data->len; at += BLOCK_MAX) {
    size_t left = data->len - at;
    add_block(data->data + at, left < BLOCK_MAX ? left : BLOCK_MAX, false, &wrapped);
  }
  cai_buf_fini(data);
  *data = wrapped;
}

void emu_gzip_end(emu_gzip *gzip, cai_buf *out) {
  begin(gzip, out);
  add_block("", 0, true, out);
  add_little_endian(out, gzip->crc, 4);
  add_little_endian(out, gzip->size, 4);
}
