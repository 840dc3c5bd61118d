/* SPDX-License-Identifier: MIT
 * How far a request has come, as numbers that any thread may read while the I/O thread writes them. */
#ifndef CAI_PROGRESS_H
#define CAI_PROGRESS_H

#include <stdatomic.h>
#include <stdint.h>

enum { CAI_PROGRESS_LAST = 19 }; /* the highest CHATABI_INFO_ number */

typedef struct cai_progress {
  atomic_int state;                               /* CHATABI_STATE_ */
  _Atomic int64_t numbers[CAI_PROGRESS_LAST + 1]; /* by CHATABI_INFO_ number; -1: not known */
} cai_progress;

void cai_progress_init(cai_progress *progress);
void cai_progress_set(cai_progress *progress, int what, int64_t number);
void cai_progress_add(cai_progress *progress, int what, int64_t more);
int64_t cai_progress_get(const cai_progress *progress, int what);

#endif
