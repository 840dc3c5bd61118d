/* SPDX-License-Identifier: MIT
 * Moments as text. */
#ifndef CAI_TIMESTAMP_H
#define CAI_TIMESTAMP_H

#include <stdint.h>

enum { CAI_TIMESTAMP_SIZE = 32 };

/* RFC 3339, with any fraction and any offset: milliseconds since 1970, or -1 for anything else. */
int64_t cai_timestamp_parse(const char *text);

/* An HTTP date (RFC 9110 5.6.7) in the same way. NULL gives -1. */
int64_t cai_timestamp_http(const char *text);

/* "2026-01-31T12:00:00.123Z". */
void cai_timestamp_write(char text[CAI_TIMESTAMP_SIZE], int64_t ms);

#endif
