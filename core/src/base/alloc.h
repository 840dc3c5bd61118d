/* SPDX-License-Identifier: MIT
 * The one door to the heap. Everything the library owns comes from here, so that a test can make the Nth allocation
 * fail. */
#ifndef CAI_ALLOC_H
#define CAI_ALLOC_H

#include <stddef.h>

void *cai_malloc(size_t size);
void *cai_calloc(size_t count, size_t size);
void *cai_realloc(void *block, size_t size);
void cai_free(void *block);

/* NULL in, NULL out. */
char *cai_strdup(const char *text);
char *cai_strndup(const char *text, size_t len);

/* Frees `*slot` and puts a copy of `text` (may be NULL) there. 0 or CHATABI_E_NOMEM; on failure the old text stays. */
int cai_strset(char **slot, const char *text);

/* Overwrites memory that held a secret; the compiler may not leave it out. */
void cai_cleanse(void *block, size_t size);

/* Frees text after overwriting it. */
void cai_free_secret(char *text);

#ifdef CAI_TEST_ALLOC
/* Test builds only: lets the Nth allocation from now fail (0: none), and tells how many were made since. */
void cai_alloc_fail_at(size_t nth);
size_t cai_alloc_count(void);
#endif

#endif
