/* SPDX-License-Identifier: MIT
 * Reading a whole small file. */
#ifndef CAI_FILE_H
#define CAI_FILE_H

#include "buf.h"

/* Appends the content of a regular file. 0, or the errno of what failed (EFBIG beyond out->max, ENOMEM). */
int cai_file_read(const char *path, cai_buf *out);

/* Why it could not be read, to follow "cannot be read: "; `buffer` may be used. */
const char *cai_file_reason(int error, char *buffer, size_t size);

#endif
