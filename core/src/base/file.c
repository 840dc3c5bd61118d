/* SPDX-License-Identifier: MIT */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "chatabi.h"

static int read_all(int fd, cai_buf *out) {
  char chunk[4096];
  int result = 0;
  for (;;) {
    ssize_t got = read(fd, chunk, sizeof chunk);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) result = errno;
    if (got <= 0) break;
    if (cai_buf_append(out, chunk, (size_t)got)) {
      result = out->error == CHATABI_E_TOO_LARGE ? EFBIG : ENOMEM;
      break;
    }
  }
  if (out->secret) cai_cleanse(chunk, sizeof chunk);
  return result;
}

static int check(int failed, const struct stat *info) {
  if (failed) return errno;
  if (S_ISDIR(info->st_mode)) return EISDIR;
  return S_ISREG(info->st_mode) ? 0 : EINVAL;
}

/* Some devices act when they are opened, so a look comes first; what is put there in between must not hang the thread.
 */
int cai_file_read(const char *path, cai_buf *out) {
  struct stat info;
  int error = check(stat(path, &info), &info);
  if (error) return error;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return errno;
  error = check(fstat(fd, &info), &info);
  if (!error) error = read_all(fd, out);
  close(fd);
  return error;
}

const char *cai_file_reason(int error, char *buffer, size_t size) {
  if (error == EFBIG) return "it is too large";
  if (error == EINVAL) return "it is no regular file";
#if defined(__GLIBC__) && defined(_GNU_SOURCE)
  return strerror_r(error, buffer, size);
#else
  return strerror_r(error, buffer, size) ? "the system does not say why" : buffer;
#endif
}
