/* SPDX-License-Identifier: MIT
 * The member extra_body: OpenAI's SDKs spread its members into the body themselves, Google's servers read
 * extra_body.google from the body. So people write it in one, two or no layers. */
#ifndef CAI_EXTRA_BODY_H
#define CAI_EXTRA_BODY_H

#include "rewriting.h"

/* Appends to `out` the body with one layer, or none, as the dialect wants it; nothing when it is right as it is. */
void cai_extra_body_flatten(cai_rewriting *rewriting, cai_span body, cai_buf *out);

/* Refuses what Google's members exclude in one another. */
void cai_extra_body_check(cai_rewriting *rewriting, cai_span extra_body, cai_span reasoning_effort);

#endif
