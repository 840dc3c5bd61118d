/* SPDX-License-Identifier: MIT
 * The numbers of tokens that a server reports. */
#ifndef CAI_USAGE_H
#define CAI_USAGE_H

#include <stdint.h>

#include "../../base/scan.h"

typedef struct cai_usage { /* each -1: the server did not say */
  int64_t prompt_tokens;
  int64_t completion_tokens;
  int64_t total_tokens;
  int64_t reasoning_tokens;
  int64_t cached_tokens; /* those of the prompt that were not read anew */
  int64_t output_tokens; /* completion and reasoning, however the server counts them */
} cai_usage;

extern const cai_usage cai_usage_unknown;

/* From the object "usage". */
cai_usage cai_usage_of(cai_span value);

/* Did it hold any number? */
bool cai_usage_is_known(const cai_usage *usage);

#endif
