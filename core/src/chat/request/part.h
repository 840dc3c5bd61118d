/* SPDX-License-Identifier: MIT
 * Rewrites a message's content parts: images, audio, video and files in the form that the server reads. */
#ifndef CAI_PART_H
#define CAI_PART_H

#include "rewriting.h"

/* Appends a message's content to `out`; anything but a list as it is. */
void cai_part_rewrite(cai_rewriting *rewriting, cai_span content, cai_buf *out);

#endif
