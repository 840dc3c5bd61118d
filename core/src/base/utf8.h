/* SPDX-License-Identifier: MIT
 * The four things that we need to know about UTF-8. Source: RFC 3629 and the table 3-7 of the Unicode standard. */
#ifndef CAI_UTF8_H
#define CAI_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

/* Bytes of the valid character at `text`, 0 when there is none. */
size_t cai_utf8_size(const char *text, size_t len);

bool cai_utf8_valid(const char *text, size_t len);

/* Overwrites each byte that is no part of a character with '?'. */
void cai_utf8_force(char *text);

/* Appends one character. Returns buf->error. */
int cai_utf8_append(cai_buf *out, unsigned code);

/* Appends text, each byte that is no part of a valid character replaced by U+FFFD. Returns buf->error. */
int cai_utf8_scrub(cai_buf *out, const char *text, size_t len);

#endif
