/* SPDX-License-Identifier: MIT
 * Bytes that nobody can guess. */
#ifndef CAI_RANDOM_H
#define CAI_RANDOM_H

#include <stddef.h>

/* 0 or CHATABI_E_INTERNAL when the system has no entropy to give. Any thread. */
int cai_random_bytes(void *bytes, size_t len);

/* Writes `digits` hexadecimal digits and a NUL. Result as above. */
int cai_random_hex(char *text, size_t digits);

#endif
