/* SPDX-License-Identifier: MIT
 * A file descriptor that is readable while raised. Made only when somebody asks for it; level-triggered. All calls
 * under the lock of the hub that owns it. */
#ifndef CAI_WAKE_H
#define CAI_WAKE_H

#include <stdbool.h>

typedef struct cai_wake {
  int read_fd; /* -1: nobody asked yet */
  int write_fd;
  bool raised;
} cai_wake;

void cai_wake_init(cai_wake *wake);
void cai_wake_fini(cai_wake *wake);
void cai_wake_raise(cai_wake *wake);
void cai_wake_clear(cai_wake *wake);
/* The descriptor to poll, made at the first call; -1 when none can be had. */
int cai_wake_fd(cai_wake *wake);

#endif
