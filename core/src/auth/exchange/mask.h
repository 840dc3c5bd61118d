/* SPDX-License-Identifier: MIT
 * Foreign text made fit for a message. */
#ifndef CAI_MASK_H
#define CAI_MASK_H

#include <stddef.h>

/* Copies `text` (NULL: nothing) as valid UTF-8 on one line, cut to `size` bytes with its NUL, with each of `secrets`
 * (ended by NULL; may be NULL), as it is or percent-encoded, overwritten. */
void cai_mask_tidy(char *out, size_t size, const char *text, const char *const *secrets);

#endif
