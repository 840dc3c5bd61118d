/* SPDX-License-Identifier: MIT
 * The file that a credential came from, watched for change: a new login in another terminal heals a running process. A
 * file that is not there can be watched too. */
#ifndef CAI_ORIGIN_H
#define CAI_ORIGIN_H

#include <stdbool.h>
#include <stdint.h>

typedef struct cai_stamp {
  bool exists;
  uint64_t device, inode;
  int64_t size, changed_ns;
} cai_stamp;

typedef struct cai_origin {
  char *path; /* owned; NULL: no file */
  cai_stamp stamp;
} cai_origin;

/* Watches `path` (may be NULL) from now on, in place of what was watched before. 0 or CHATABI_E_NOMEM. */
int cai_origin_watch(cai_origin *origin, const char *path);
void cai_origin_fini(cai_origin *origin);
bool cai_origin_changed(const cai_origin *origin);

#endif
