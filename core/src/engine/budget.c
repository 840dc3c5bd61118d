/* SPDX-License-Identifier: MIT */
#include "budget.h"

static int64_t sum(int64_t one, int64_t other) { return one > INT64_MAX - other ? INT64_MAX : one + other; }

bool cai_budget_reserve(cai_budget *budget, int64_t wish) {
  int64_t taken = sum(atomic_load(&budget->spent), budget->reserved);
  if (budget->limit && (taken >= budget->limit || sum(taken, wish) > budget->limit)) return false;
  budget->reserved = sum(budget->reserved, wish);
  return true;
}

void cai_budget_settle(cai_budget *budget, int64_t wish, int64_t used) {
  budget->reserved = budget->reserved > wish ? budget->reserved - wish : 0;
  atomic_store(&budget->spent, sum(atomic_load(&budget->spent), used > 0 ? used : 0));
}
