/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include "chatabi.h"

_Static_assert((int)CAI_PROGRESS_LAST == (int)CHATABI_INFO_PLACE, "the table ends at the last number");

void cai_progress_init(cai_progress *progress) {
  atomic_init(&progress->state, CHATABI_STATE_QUEUED);
  for (int what = 0; what <= CAI_PROGRESS_LAST; what++) atomic_init(&progress->numbers[what], -1);
  cai_progress_set(progress, CHATABI_INFO_ATTEMPTS, 0);
  cai_progress_set(progress, CHATABI_INFO_PLACE, 0);
}

void cai_progress_set(cai_progress *progress, int what, int64_t number) {
  atomic_store_explicit(&progress->numbers[what], number, memory_order_relaxed);
}

void cai_progress_add(cai_progress *progress, int what, int64_t more) {
  atomic_fetch_add_explicit(&progress->numbers[what], more, memory_order_relaxed);
}

int64_t cai_progress_get(const cai_progress *progress, int what) {
  if (what < 1 || what > CAI_PROGRESS_LAST) return -1;
  return atomic_load_explicit(&progress->numbers[what], memory_order_relaxed);
}
