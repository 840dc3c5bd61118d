/* SPDX-License-Identifier: MIT */
#include "origin.h"

#include <string.h>
#include <sys/stat.h>

#include "../base/alloc.h"

#ifdef __APPLE__
#define CHANGED st_mtimespec
#else
#define CHANGED st_mtim
#endif

static cai_stamp read_stamp(const char *path) {
  struct stat info;
  if (!path || stat(path, &info) != 0) return (cai_stamp){0};
  return (cai_stamp){.exists = true,
                     .device = (uint64_t)info.st_dev,
                     .inode = (uint64_t)info.st_ino,
                     .size = (int64_t)info.st_size,
                     .changed_ns = (int64_t)info.CHANGED.tv_sec * 1000000000 + info.CHANGED.tv_nsec};
}

int cai_origin_watch(cai_origin *origin, const char *path) {
  origin->stamp = read_stamp(path);
  return cai_strset(&origin->path, path);
}

void cai_origin_fini(cai_origin *origin) {
  cai_free(origin->path);
  memset(origin, 0, sizeof *origin);
}

bool cai_origin_changed(const cai_origin *origin) {
  if (!origin->path) return false;
  cai_stamp now = read_stamp(origin->path);
  const cai_stamp *then = &origin->stamp;
  return now.exists != then->exists || now.device != then->device || now.inode != then->inode ||
         now.size != then->size || now.changed_ns != then->changed_ns;
}
