/* SPDX-License-Identifier: MIT
 * Bytes as text: the standard alphabet of RFC 4648 with padding. */
#ifndef CAI_BASE64_H
#define CAI_BASE64_H

#include "buf.h"

/* Appends the text of `len` bytes. Returns buf->error. */
int cai_base64_encode(cai_buf *out, const void *bytes, size_t len);

/* Appends the bytes that `len` characters stand for. False, with nothing appended, for anything else than such text. */
bool cai_base64_decode(cai_buf *out, const char *text, size_t len);

#endif
