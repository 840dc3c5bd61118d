/* SPDX-License-Identifier: MIT */
/* An allocator for LD_PRELOAD, in the place of jemalloc and its like: libc's free aborts on its blocks. It never gives
 * anything back. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define ARENA ((size_t)4 << 30)
#define HEADER 16

static _Atomic(uintptr_t) next;

static uintptr_t begin(void) {
  uintptr_t at = atomic_load(&next), none = 0;
  if (at) return at;
  at = (uintptr_t)mmap(NULL, ARENA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return atomic_compare_exchange_strong(&next, &none, at) ? at : none;
}

void *memalign(size_t alignment, size_t size) {
  if (alignment < HEADER) alignment = HEADER;
  begin();
  uintptr_t from = atomic_fetch_add(&next, size + alignment + 2 * HEADER);
  uintptr_t at = (from + HEADER + alignment - 1) / alignment * alignment;
  memcpy((char *)at - HEADER, &size, sizeof size);
  return (void *)at;
}

size_t malloc_usable_size(void *block) {
  size_t size = 0;
  if (block) memcpy(&size, (char *)block - HEADER, sizeof size);
  return size;
}

void *malloc(size_t size) { return memalign(HEADER, size); }
void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }
void free(void *block) { (void)block; }

void *calloc(size_t count, size_t size) { return malloc(count * size); } /* the arena is zero, and used once */

void *realloc(void *block, size_t size) {
  size_t old = malloc_usable_size(block);
  void *fresh = malloc(size);
  return block ? memcpy(fresh, block, old < size ? old : size) : fresh;
}

int posix_memalign(void **block, size_t alignment, size_t size) {
  *block = memalign(alignment, size);
  return *block ? 0 : ENOMEM;
}
