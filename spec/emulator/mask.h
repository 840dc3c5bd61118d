/* SPDX-License-Identifier: MIT
 * A request's body for the journal: of what is sent to a token service, the secrets are left out. */
#ifndef EMU_MASK_H
#define EMU_MASK_H

#include "base/buf.h"

/* Appends the body as a JSON string. */
void emu_mask_write(const char *path, const char *body, size_t len, cai_buf *out);

#endif
