/* SPDX-License-Identifier: MIT */
#include "alloc.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "chatabi.h"

#ifdef CAI_TEST_ALLOC
#include <stdatomic.h>

static atomic_size_t fail_at;
static atomic_size_t made;

void cai_alloc_fail_at(size_t nth) {
  atomic_store(&made, 0);
  atomic_store(&fail_at, nth);
}

size_t cai_alloc_count(void) { return atomic_load(&made); }

static int refused(void) {
  size_t nth = atomic_fetch_add(&made, 1) + 1;
  return nth == atomic_load(&fail_at);
}
#else
static int refused(void) { return 0; }
#endif

void *cai_malloc(size_t size) { return refused() ? NULL : malloc(size ? size : 1); }

void *cai_calloc(size_t count, size_t size) { return refused() ? NULL : calloc(count ? count : 1, size ? size : 1); }

void *cai_realloc(void *block, size_t size) { return refused() ? NULL : realloc(block, size ? size : 1); }

void cai_free(void *block) { free(block); }

char *cai_strdup(const char *text) { return text ? cai_strndup(text, strlen(text)) : NULL; }

char *cai_strndup(const char *text, size_t len) {
  char *copy = cai_malloc(len + 1);
  if (!copy) return NULL;
  if (len) memcpy(copy, text, len);
  copy[len] = '\0';
  return copy;
}

int cai_strset(char **slot, const char *text) {
  char *copy = cai_strdup(text);
  if (text && !copy) return CHATABI_E_NOMEM;
  cai_free(*slot);
  *slot = copy;
  return 0;
}

void cai_cleanse(void *block, size_t size) {
  if (block && size) OPENSSL_cleanse(block, size);
}

void cai_free_secret(char *text) {
  if (text) cai_cleanse(text, strlen(text));
  cai_free(text);
}
