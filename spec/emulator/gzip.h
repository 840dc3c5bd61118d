/* SPDX-License-Identifier: MIT
 * gzip that does not compress: every piece is complete as soon as it is sent, as with a server that flushes after each
 * event. Source: RFC 1951 3.2.4 (stored blocks), RFC 1952. */
#ifndef EMU_GZIP_H
#define EMU_GZIP_H

#include <stdint.h>

#include "base/buf.h"

typedef struct emu_gzip {
  uint32_t crc;
  uint32_t size;
  bool begun;
} emu_gzip; /* zeroed at the start */

/* Puts what is in `data` into blocks, in place. */
void emu_gzip_wrap(emu_gzip *gzip, cai_buf *data);

/* Appends the end of the stream. */
void emu_gzip_end(emu_gzip *gzip, cai_buf *out);

#endif
