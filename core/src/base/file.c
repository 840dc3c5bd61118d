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

/* O_NONBLOCK: opening a FIFO that somebody put there must not hang the thread. */
int cai_file_read(const char *path, cai_buf *out) {
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return errno;
  struct stat info;
  int error = fstat(fd, &info)         ? errno
              : S_ISDIR(info.st_mode)  ? EISDIR
              : !S_ISREG(info.st_mode) ? EINVAL
                                       : read_all(fd, out);
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
