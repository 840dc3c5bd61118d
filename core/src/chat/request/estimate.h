/* SPDX-License-Identifier: MIT
 * How many tokens a request's prompt may have, for want of anything better: a quarter of its text's bytes. */
#ifndef CAI_ESTIMATE_H
#define CAI_ESTIMATE_H

#include <stdint.h>

#include "../../base/scan.h"

enum { CAI_ESTIMATE_BYTES = 4 }; /* per token */

/* `body` is a checked JSON value. What is no text for the model (images and other files as base64) is not counted. */
int64_t cai_estimate_prompt(cai_span body);

#endif
