/* SPDX-License-Identifier: MIT */
#ifndef CAI_VERSION_H
#define CAI_VERSION_H

/* "chatabi/0.1.0 (libcurl/7.88.1 ...)". Static; any thread. */
const char *cai_version(void);

#endif
