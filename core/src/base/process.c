/* SPDX-License-Identifier: MIT
 *
 * posix_spawn and not fork: in a process with threads the child of a fork may hardly do anything, and fork would run
 * every atfork handler of the host. What the program gets, and why:
 * - Standard error goes nowhere. The host's may be a terminal that draws a screen, or a log; and what a program that
 *   handles credentials says there may be secret. Nobody but the host may write to it.
 * - No other descriptor. Ours are O_CLOEXEC, those of the host may not be: a listening socket in a program that lives
 *   on would keep the port taken. Where the system cannot close them (glibc before 2.34, musl), those without
 *   FD_CLOEXEC are inherited.
 * - Signals at their default, none blocked: our thread blocks all, a host often ignores SIGPIPE, and both are
 *   inherited; a program that does not die of SIGTERM or SIGPIPE is a nuisance.
 * - A process group of its own, to kill all of it.
 *
 * There is no SIGCHLD handler, and nobody's child but this one is waited for. A host may ignore SIGCHLD or wait for all
 * children itself; then the exit status is lost.
 *
 * The program is looked at with WNOWAIT and reaped last: as long as it is a zombie, its number and its group's cannot
 * become somebody else's, and killing the group is safe. */
#include "process.h"

#include <errno.h>

#ifndef _WIN32

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "buf.h"
#include "chatabi.h"
#include "clock.h"
#include "life.h"

enum { MAX_PATH = 4096, REAP_WAIT_MS = 1000 };

void cai_process_init(cai_process *process) { *process = (cai_process){.output = -1}; }

/* ---- which file ---- */

static const char *path_of(char *const *env) {
  for (; env && *env; env++)
    if (strncmp(*env, "PATH=", 5) == 0) return *env + 5;
  return "/usr/bin:/bin";
}

static int check(const char *path) {
  struct stat info;
  if (stat(path, &info) != 0) return errno;
  if (!S_ISREG(info.st_mode)) return EACCES;
  return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

/* An empty entry of PATH is the working directory. 0 or an errno; what is not there is no error worth more than one
 * that is there and may not be executed. */
static int find(const char *name, const char *dirs, cai_buf *path) {
  int worst = ENOENT;
  for (;; dirs++) {
    size_t len = strcspn(dirs, ":");
    cai_buf_reset(path);
    cai_buf_append(path, dirs, len);
    if (len) cai_buf_byte(path, '/');
    if (cai_buf_text(path, name) == 0) {
      int error = check(path->data);
      if (!error) return 0;
      if (error == EACCES) worst = error;
    }
    if (path->error == CHATABI_E_NOMEM) return ENOMEM;
    dirs += len;
    if (!*dirs) return worst;
  }
}

/* posix_spawnp would look in the PATH of this process. */
static int locate(const char *name, char *const *env, cai_buf *path) {
  if (!*name) return ENOENT;
  if (!strchr(name, '/')) return find(name, path_of(env), path);
  return cai_buf_text(path, name) ? ENOMEM : 0;
}

/* ---- start ---- */

static void close_pipe(const int ends[2]) {
  close(ends[0]);
  close(ends[1]);
}

#ifdef __APPLE__
static int open_pipe(int ends[2]) {
  if (pipe(ends) != 0) return errno;
  if (fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0 && fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0) return 0;
  int error = errno;
  close_pipe(ends);
  return error;
}
#else
/* In one step, so that no program that the host starts meanwhile inherits it. */
static int open_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC) == 0 ? 0 : errno; }
#endif

/* A host may have closed its standard streams: the program's end must not be where its own streams are to be. */
static int lift(int *fd) {
  if (*fd > STDERR_FILENO) return 0;
  int higher = fcntl(*fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (higher < 0) return errno;
  close(*fd);
  *fd = higher;
  return 0;
}

static int make_pipe(int ends[2]) {
  int error = open_pipe(ends);
  if (error) return error;
  error = lift(&ends[0]);
  if (!error) error = lift(&ends[1]);
  if (!error && fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) error = errno;
  if (error) close_pipe(ends);
  return error;
}

static int set_files(posix_spawn_file_actions_t *files, int output) {
  int error = posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (!error) error = posix_spawn_file_actions_adddup2(files, output, STDOUT_FILENO);
  if (!error) error = posix_spawn_file_actions_addopen(files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
#ifdef CAI_HAVE_SPAWN_CLOSEFROM
  if (!error) error = posix_spawn_file_actions_addclosefrom_np(files, STDERR_FILENO + 1);
#endif
  return error;
}

static int set_attributes(posix_spawnattr_t *attributes) {
  short flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
#ifdef POSIX_SPAWN_CLOEXEC_DEFAULT
  flags |= POSIX_SPAWN_CLOEXEC_DEFAULT;
#endif
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  sigdelset(&all, SIGKILL);
  sigdelset(&all, SIGSTOP);
  int error = posix_spawnattr_setflags(attributes, flags);
  if (!error) error = posix_spawnattr_setpgroup(attributes, 0);
  if (!error) error = posix_spawnattr_setsigmask(attributes, &none);
  return error ? error : posix_spawnattr_setsigdefault(attributes, &all);
}

static int spawn(pid_t *pid, const char *path, int output, char *const *argv, char *const *env) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  int error = posix_spawn_file_actions_init(&files);
  if (error) return error;
  error = posix_spawnattr_init(&attributes);
  if (!error) {
    error = set_files(&files, output);
    if (!error) error = set_attributes(&attributes);
    if (!error) error = posix_spawn(pid, path, &files, &attributes, argv, env);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_destroy(&files);
  return error;
}

static int start(cai_process *process, const char *path, char *const *argv, char *const *env) {
  static char *const nothing[] = {NULL};
  int ends[2];
  pid_t pid = 0;
  int error = make_pipe(ends);
  if (error) return error;
  error = spawn(&pid, path, ends[1], argv, env ? env : nothing);
  close(ends[1]);
  if (error) {
    close(ends[0]);
    return error;
  }
  *process = (cai_process){.pid = (int)pid, .output = ends[0], .generation = cai_life_generation()};
  return 0;
}

int cai_process_start(cai_process *process, char *const *argv, char *const *env) {
  cai_buf path;
  cai_process_init(process);
  cai_buf_init(&path, MAX_PATH);
  int error = locate(argv[0], env, &path);
  if (!error) error = start(process, path.data, argv, env);
  cai_buf_fini(&path);
  return error;
}

/* ---- while it runs ---- */

static void close_output(cai_process *process) {
  if (process->output >= 0) close(process->output);
  process->output = -1;
}

int cai_process_read(cai_process *process, char *bytes, size_t size) {
  ssize_t got = -1;
  if (process->output < 0) return -1;
  do got = read(process->output, bytes, size);
  while (got < 0 && errno == EINTR);
  if (got > 0) return (int)got;
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return 0;
  close_output(process);
  return -1;
}

/* In the child of a host's fork it is the parent's business. */
static bool is_ours(const cai_process *process) {
  return process->pid > 0 && process->generation == cai_life_generation();
}

cai_process_end cai_process_look(cai_process *process, int *code) {
  siginfo_t info;
  int failed;
  if (process->lost || !is_ours(process)) return CAI_PROCESS_LOST;
  memset(&info, 0, sizeof info);
  do failed = waitid(P_PID, (id_t)process->pid, &info, WEXITED | WNOHANG | WNOWAIT);
  while (failed && errno == EINTR);
  if (failed) {
    process->lost = true;
    return CAI_PROCESS_LOST;
  }
  if (info.si_pid == 0) return CAI_PROCESS_RUNS;
  *code = info.si_status;
  return info.si_code == CLD_EXITED ? CAI_PROCESS_EXITED : CAI_PROCESS_KILLED;
}

/* Has something that it started its output open? */
static bool is_held(const cai_process *process) {
  struct pollfd output = {.fd = process->output};
  return process->output >= 0 && poll(&output, 1, 0) >= 0 && !(output.revents & POLLHUP);
}

static void reap(const cai_process *process) {
  const struct timespec nap = {.tv_nsec = 500000};
  int64_t until_ms = cai_clock_ms() + REAP_WAIT_MS;
  for (;;) {
    pid_t got = waitpid((pid_t)process->pid, NULL, WNOHANG);
    bool waiting = got == 0 || (got < 0 && errno == EINTR);
    if (!waiting || cai_clock_ms() >= until_ms) return;
    nanosleep(&nap, NULL);
  }
}

/* A program that was lost may be gone, and its number and its group's somebody else's. */
void cai_process_fini(cai_process *process) {
  int code;
  if (is_ours(process)) {
    bool running = cai_process_look(process, &code) == CAI_PROCESS_RUNS;
    if (running || (!process->lost && is_held(process))) (void)kill(-(pid_t)process->pid, SIGKILL);
    if (!process->lost) reap(process);
  }
  close_output(process);
  cai_process_init(process);
}

#else

void cai_process_init(cai_process *process) { *process = (cai_process){.output = -1}; }

int cai_process_start(cai_process *process, char *const *argv, char *const *env) {
  (void)argv, (void)env;
  cai_process_init(process);
  return ENOSYS;
}

int cai_process_read(cai_process *process, char *bytes, size_t size) {
  (void)process, (void)bytes, (void)size;
  return -1;
}

cai_process_end cai_process_look(cai_process *process, int *code) {
  (void)process, (void)code;
  return CAI_PROCESS_LOST;
}

void cai_process_fini(cai_process *process) { cai_process_init(process); }

#endif
