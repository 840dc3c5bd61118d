/* SPDX-License-Identifier: MIT
 * What a program that we start inherits, and what is left of it. */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "auth_fixture.h"
#include "base/life.h"

typedef struct result {
  char text[4096];
  cai_process_end end;
  int code;
} result;

static char path_variable[] = "PATH=/usr/bin:/bin";
static char *usual[] = {path_variable, NULL};

/* False: there is no end within 10 s. */
static int read_all(cai_process *process, result *got) {
  size_t used = 0;
  for (int i = 0; i < 10000; i++) {
    struct pollfd wait = {.fd = process->output, .events = POLLIN};
    poll(&wait, 1, 1);
    int count = cai_process_read(process, got->text + used, sizeof got->text - 1 - used);
    if (count > 0) used += (size_t)count;
    got->text[used] = '\0';
    if (count >= 0) continue;
    got->end = cai_process_look(process, &got->code);
    if (got->end != CAI_PROCESS_RUNS) return 1;
  }
  return 0;
}

static result run(char *const *argv, char *const *env) {
  result got = {.code = -1};
  cai_process process;
  int error = cai_process_start(&process, argv, env);
  if (error) fail_msg("%s: %s", argv[0], strerror(error));
  assert_true(read_all(&process, &got));
  cai_process_fini(&process);
  return got;
}

#define ARGV(...) \
  (char *[]) { __VA_ARGS__, NULL }

static void assert_no_child(void) {
  assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
  assert_int_equal(errno, ECHILD);
}

static void test_arguments_and_environment(void **state) {
  (void)state;
  char variable[] = "WORD=two  words";
  result got =
      run(ARGV("/bin/sh", "-c", "printf '%s|' \"$@\" \"$WORD\" \"$HOME\"", "sh", "a b", "", "it's \"q\" $HOME *"),
          ARGV(variable, path_variable));
  assert_string_equal(got.text, "a b||it's \"q\" $HOME *|two  words||");
  assert_int_equal(got.end, CAI_PROCESS_EXITED);
  assert_int_equal(got.code, 0);
  got = run(ARGV("/usr/bin/env"), NULL);
  assert_string_equal(got.text, "");
  assert_no_child();
}

static void test_how_it_ends(void **state) {
  (void)state;
  result got = run(ARGV("/bin/sh", "-c", "printf partial; exit 7"), usual);
  assert_string_equal(got.text, "partial");
  assert_int_equal(got.end, CAI_PROCESS_EXITED);
  assert_int_equal(got.code, 7);
  got = run(ARGV("/bin/sh", "-c", "kill -9 $$"), usual);
  assert_int_equal(got.end, CAI_PROCESS_KILLED);
  assert_int_equal(got.code, SIGKILL);
  assert_no_child();
}

/* ls has the directory open as 3. */
static void test_descriptors(void **state) {
  (void)state;
  int mine = open("/dev/null", O_RDONLY), high = dup2(mine, 57);
  assert_true(high == 57 && fcntl(high, F_GETFD) == 0);
  result got = run(ARGV("/bin/ls", "/proc/self/fd"), usual);
  close(mine);
  close(high);
#ifdef CAI_HAVE_SPAWN_CLOSEFROM
  assert_string_equal(got.text, "0\n1\n2\n3\n");
#else
  (void)got;
#endif
  got = run(ARGV("/bin/sh", "-c", "readlink /proc/self/fd/0 /proc/self/fd/2; echo lost >&2; cat"), usual);
  assert_string_equal(got.text, "/dev/null\n/dev/null\n");
}

/* A host may have closed its standard streams: what we open lands there. */
static void test_closed_streams(void **state) {
  (void)state;
  pid_t child = fork();
  if (child == 0) {
    result got = {.code = -1};
    cai_process process;
    close(0), close(1), close(2);
    if (cai_process_start(&process, ARGV("/bin/ls", "/proc/self/fd"), usual)) _exit(1);
    if (process.output <= STDERR_FILENO) _exit(4);
    if (!read_all(&process, &got)) _exit(2);
    cai_process_fini(&process);
    _exit(strncmp(got.text, "0\n1\n2\n", 6) == 0 && got.code == 0 ? 0 : 3);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

static void test_signals(void **state) {
  (void)state;
  sigset_t all, before;
  sigfillset(&all);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGTERM, SIG_IGN);
  assert_int_equal(pthread_sigmask(SIG_SETMASK, &all, &before), 0);
  result got = run(ARGV("/bin/grep", "-E", "Sig(Blk|Ign)", "/proc/self/status"), usual);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  signal(SIGPIPE, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  CONTAINS(got.text, "SigBlk:\t0000000000000000");
  /* glibc takes signals 32 and 33 for itself. */
  const char *ignored = strstr(got.text, "SigIgn:\t");
  assert_non_null(ignored);
  assert_int_equal(strtoull(ignored + strlen("SigIgn:\t"), NULL, 16) & ~0x180000000ull, 0);
}

static void test_group(void **state) {
  (void)state;
  cai_process process;
  assert_int_equal(cai_process_start(&process, ARGV("/bin/sleep", "300"), usual), 0);
  pid_t pid = process.pid;
  assert_int_equal(getpgid(pid), pid);
  assert_true(fcntl(process.output, F_GETFD) & FD_CLOEXEC);
  assert_true(fcntl(process.output, F_GETFL) & O_NONBLOCK);
  char byte;
  int code;
  assert_int_equal(cai_process_read(&process, &byte, 1), 0);
  assert_int_equal(cai_process_look(&process, &code), CAI_PROCESS_RUNS);
  cai_process_fini(&process);
  assert_int_equal(kill(pid, 0), -1);
  assert_no_child();
  cai_process_fini(&process);
}

/* ---- which file ---- */

static void write_script(fixture *fix, const char *name, const char *text, mode_t mode) {
  assert_int_equal(chmod(fixture_write(fix, name, text), mode), 0);
}

static int try_start(const char *name, const char *path) {
  char program[200], variable[400];
  cai_process process;
  snprintf(program, sizeof program, "%s", name);
  snprintf(variable, sizeof variable, "PATH=%s", path);
  int error = cai_process_start(&process, ARGV(program), ARGV(variable));
  cai_process_fini(&process);
  return error;
}

static void test_path(void **state) {
  (void)state;
  fixture fix;
  char path[300], tool[100];
  fixture_init(&fix);
  fixture_mkdir(&fix, "plain");
  fixture_mkdir(&fix, "bin");
  fixture_mkdir(&fix, "bin/directory");
  write_script(&fix, "plain/tool", "#!/bin/sh\necho wrong\n", 0600);
  write_script(&fix, "bin/tool", "#!/bin/sh\necho right\n", 0700);
  write_script(&fix, "bin/text", "no program\n", 0700);
  write_script(&fix, "bin/homeless", "#!/no/such/shell\n", 0700);
  write_script(&fix, "bin/sh", "#!/bin/sh\necho ours\n", 0700);
  snprintf(path, sizeof path, "PATH=/nowhere:%s/plain:%s/bin:/bin", fix.dir, fix.dir);
  result got = run(ARGV("tool"), ARGV(path));
  assert_string_equal(got.text, "right\n");
  got = run(ARGV("sh"), ARGV(path));
  assert_string_equal(got.text, "ours\n");
  snprintf(path, sizeof path, "%s/plain", fix.dir);
  assert_int_equal(try_start("tool", path), EACCES);
  assert_int_equal(try_start("sh", path), ENOENT);
  snprintf(path, sizeof path, "%s/bin", fix.dir);
  assert_int_equal(try_start("directory", path), EACCES);
  assert_int_equal(try_start("missing", path), ENOENT);
  assert_int_equal(try_start("text", path), ENOEXEC);
  assert_int_equal(try_start("homeless", path), ENOENT);
  assert_int_equal(try_start("", path), ENOENT);
  snprintf(tool, sizeof tool, "%s/plain/tool", fix.dir);
  assert_int_equal(try_start(tool, path), EACCES);
  snprintf(tool, sizeof tool, "%s/bin/tool/", fix.dir);
  assert_int_equal(try_start(tool, path), ENOTDIR);
  fixture_fini(&fix);
  assert_no_child();
}

/* An empty entry is the working directory; without PATH the system's own directories are searched. */
static void test_path_of_here(void **state) {
  (void)state;
  fixture fix;
  char before[200], variable[] = "PATH=/nowhere:", trailing[] = "PATH=:/nowhere", none[] = "NOPATH=/bin";
  fixture_init(&fix);
  write_script(&fix, "here", "#!/bin/sh\necho here\n", 0700);
  assert_non_null(getcwd(before, sizeof before));
  assert_int_equal(chdir(fix.dir), 0);
  assert_string_equal(run(ARGV("here"), ARGV(variable)).text, "here\n");
  assert_string_equal(run(ARGV("here"), ARGV(trailing)).text, "here\n");
  assert_string_equal(run(ARGV("echo", "found"), ARGV(none)).text, "found\n");
  assert_int_equal(try_start("here", "/nowhere"), ENOENT);
  assert_int_equal(chdir(before), 0);
  fixture_fini(&fix);
}

/* ---- hosts with habits ---- */

static void test_host_ignores_sigchld(void **state) {
  (void)state;
  signal(SIGCHLD, SIG_IGN);
  result got = run(ARGV("/bin/echo", "all of it"), usual);
  assert_string_equal(got.text, "all of it\n");
  assert_int_equal(got.end, CAI_PROCESS_LOST);
  cai_process process;
  assert_int_equal(cai_process_start(&process, ARGV("/bin/sleep", "300"), usual), 0);
  pid_t pid = process.pid;
  cai_process_fini(&process);
  assert_int_equal(kill(pid, 0), -1);
  signal(SIGCHLD, SIG_DFL);
}

static void test_host_waits_for_everybody(void **state) {
  (void)state;
  int code;
  cai_process process;
  assert_int_equal(cai_process_start(&process, ARGV("/bin/true"), usual), 0);
  assert_int_equal(waitpid(-1, NULL, 0), process.pid);
  assert_int_equal(cai_process_look(&process, &code), CAI_PROCESS_LOST);
  assert_int_equal(cai_process_look(&process, &code), CAI_PROCESS_LOST);
  cai_process_fini(&process);
}

/* Only our child is waited for. */
static void test_other_children_are_left(void **state) {
  (void)state;
  pid_t other = fork();
  if (other == 0) _exit(9);
  run(ARGV("/bin/true"), usual);
  int status;
  assert_int_equal(waitpid(other, &status, 0), other);
  assert_int_equal(WEXITSTATUS(status), 9);
}

static void test_fork(void **state) {
  (void)state;
  int code, status;
  cai_process process;
  assert_int_equal(cai_life_init(), 0);
  assert_int_equal(cai_process_start(&process, ARGV("/bin/sleep", "300"), usual), 0);
  pid_t child = fork();
  if (child == 0) {
    cai_process_fini(&process);
    _exit(process.output == -1 ? 0 : 1);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  assert_int_equal(cai_process_look(&process, &code), CAI_PROCESS_RUNS);
  cai_process_fini(&process);
  assert_no_child();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_arguments_and_environment),
      cmocka_unit_test(test_how_it_ends),
      cmocka_unit_test(test_descriptors),
      cmocka_unit_test(test_closed_streams),
      cmocka_unit_test(test_signals),
      cmocka_unit_test(test_group),
      cmocka_unit_test(test_path),
      cmocka_unit_test(test_path_of_here),
      cmocka_unit_test(test_host_ignores_sigchld),
      cmocka_unit_test(test_host_waits_for_everybody),
      cmocka_unit_test(test_other_children_are_left),
      cmocka_unit_test(test_fork),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
