/* SPDX-License-Identifier: MIT
 * What a client's requests may use in tokens, have used, and may yet use. I/O thread only, but for `spent`. */
#ifndef CAI_BUDGET_H
#define CAI_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct cai_budget {
  int64_t limit; /* 0: none */
  int64_t reserved;
  _Atomic int64_t spent; /* read by any thread */
} cai_budget;

/* For a request that may use `wish` tokens, 0 when it does not say. False, and nothing is reserved: the budget is used
 * up, or would be. */
bool cai_budget_reserve(cai_budget *budget, int64_t wish);

/* The request has ended: `used` takes the place of what was reserved for it. */
void cai_budget_settle(cai_budget *budget, int64_t wish, int64_t used);

#endif
