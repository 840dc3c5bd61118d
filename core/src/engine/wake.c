/* SPDX-License-Identifier: MIT
 * One byte in a pipe is the raised level. Clearing empties the pipe and does not mind when a host has read the byte
 * itself (Node's net.Socket does): the level is ours, in `raised`, and the next raise writes again. */
#include "wake.h"

#include <fcntl.h>
#include <unistd.h>

void cai_wake_init(cai_wake *wake) { *wake = (cai_wake){.read_fd = -1, .write_fd = -1}; }

void cai_wake_fini(cai_wake *wake) {
  if (wake->read_fd >= 0) close(wake->read_fd);
  if (wake->write_fd >= 0) close(wake->write_fd);
  cai_wake_init(wake);
}

/* The pipe never blocks: a full one is already readable, which is all that is wanted. */
static void put_byte(const cai_wake *wake) {
  char byte = 1;
  if (wake->write_fd >= 0 && write(wake->write_fd, &byte, 1) < 0) return;
}

void cai_wake_raise(cai_wake *wake) {
  if (wake->raised) return;
  wake->raised = true;
  put_byte(wake);
}

void cai_wake_clear(cai_wake *wake) {
  char bytes[16];
  if (!wake->raised) return;
  wake->raised = false;
  if (wake->read_fd < 0) return;
  while (read(wake->read_fd, bytes, sizeof bytes) == (ssize_t)sizeof bytes) {
  }
}

#ifdef __APPLE__
static bool open_pipe(int fds[2]) {
  if (pipe(fds) != 0) return false;
  for (int i = 0; i < 2; i++)
    if (fcntl(fds[i], F_SETFD, FD_CLOEXEC) != 0 || fcntl(fds[i], F_SETFL, O_NONBLOCK) != 0) {
      close(fds[0]);
      close(fds[1]);
      return false;
    }
  return true;
}
#else
/* In one step, so that no program that the host starts meanwhile inherits it. */
static bool open_pipe(int fds[2]) { return pipe2(fds, O_CLOEXEC | O_NONBLOCK) == 0; }
#endif

int cai_wake_fd(cai_wake *wake) {
  if (wake->read_fd >= 0) return wake->read_fd;
  int fds[2];
  if (!open_pipe(fds)) return -1;
  wake->read_fd = fds[0];
  wake->write_fd = fds[1];
  if (wake->raised) put_byte(wake);
  return wake->read_fd;
}
