/* SPDX-License-Identifier: MIT
 *
 * Runs one small program many times against the server and counts how it ends:
 *     runs [--short | --must-fail] server command argument...
 * A crash, an exit code other than 0, and a run over 10 s are failures. Without --must-fail every run has to succeed
 * (100 of them, or CHATABI_NET_RUNS; 30 with --short, unless CHATABI_LONG is set). With it the library lacks a net, and
 * a test that is worth something notices: it passes at the first failure, and fails when 200 runs show none. With
 * CHATABI_NET_MEASURE=1 it makes 40 and counts.
 *
 * The program finds in its environment CHATABI_NET_URL, _CA, _CREDENTIAL, and CHATABI_NET_DELAY_MS: how long after the
 * send to do what it does, another moment in each run. Every fourth run gets a server that hesitates before its
 * handshake. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
  AT_ONCE = 2,
  DEFAULT_RUNS = 100,
  SHORT_RUNS = 30,
  MUST_FAIL_RUNS = 40,
  PATIENCE_RUNS = 200,
  MAX_RUNS = 100000,
  TIMEOUT_S = 10,
  LAST_DELAY_MS = 40
};

typedef struct place {
  char url[128], slow_url[128], ca[PATH_MAX / 2], credential[PATH_MAX / 2];
} place;

typedef struct child {
  pid_t pid; /* 0: none */
  time_t began_s;
} child;

typedef struct tally {
  int runs, crashes, codes, hangs;
} tally;

static int failures(const tally *counts) { return counts->crashes + counts->codes + counts->hangs; }

static time_t now_s(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec;
}

/* ---- the server ---- */

static pid_t start_server(const char *program, int *hold_fd, place *at) {
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC)) return -1;
  pid_t pid = fork();
  if (pid == 0) {
    dup2(in[0], STDIN_FILENO);
    dup2(out[1], STDOUT_FILENO);
    execl(program, program, (char *)NULL);
    _exit(127);
  }
  close(in[0]);
  close(out[1]);
  *hold_fd = in[1];
  FILE *said = fdopen(out[0], "r");
  int got = said ? fscanf(said, "%127s %127s %2047s %2047s", at->url, at->slow_url, at->ca, at->credential) : 0;
  if (said) fclose(said);
  return pid > 0 && got == 4 ? pid : -1;
}

/* ---- the hosts ---- */

/* A group of its own, so that a hanging run is ended with the children it made. */
static pid_t start_host(char **command, const place *at, int number, bool quiet) {
  pid_t pid = fork();
  if (pid != 0) return pid;
  char delay[16];
  setpgid(0, 0);
  snprintf(delay, sizeof delay, "%d", number * 7 % (LAST_DELAY_MS + 1));
  setenv("CHATABI_NET_URL", number % 4 == 3 ? at->slow_url : at->url, 1);
  setenv("CHATABI_NET_CA", at->ca, 1);
  setenv("CHATABI_NET_CREDENTIAL", at->credential, 1);
  setenv("CHATABI_NET_DELAY_MS", delay, 1);
  int nowhere = open("/dev/null", O_RDWR);
  dup2(nowhere, STDIN_FILENO);
  if (quiet) dup2(nowhere, STDERR_FILENO);
  execvp(command[0], command);
  _exit(127);
}

static void judge(tally *counts, int number, int status, bool hung) {
  if (hung) {
    counts->hangs++;
  } else if (WIFSIGNALED(status)) {
    counts->crashes++;
  } else if (WEXITSTATUS(status)) {
    counts->codes++;
  } else {
    return;
  }
  if (failures(counts) > 3) return;
  if (hung)
    printf("run %d: hung\n", number);
  else if (WIFSIGNALED(status))
    printf("run %d: signal %d\n", number, WTERMSIG(status));
  else
    printf("run %d: exit code %d\n", number, WEXITSTATUS(status));
}

/* True when the child is gone and counted. */
static bool look(child *one, tally *counts) {
  int status;
  bool hung = now_s() - one->began_s > TIMEOUT_S;
  if (hung) kill(-one->pid, SIGKILL);
  if (waitpid(one->pid, &status, hung ? 0 : WNOHANG) != one->pid) return false;
  kill(-one->pid, SIGKILL); /* whatever it left behind */
  one->pid = 0;
  judge(counts, ++counts->runs, status, hung);
  return true;
}

/* Two at a time. One at a time where a failure is wanted: a crash at exit needs a processor for each of two threads. */
static void run_all(char **command, const place *at, int runs, bool must_fail, bool all, tally *counts) {
  child children[AT_ONCE] = {{0}};
  struct timespec nap = {.tv_nsec = 1000000};
  int started = 0, alive = 0;
  while (alive || (started < runs && (all || !failures(counts)))) {
    for (int i = 0; i < (must_fail ? 1 : AT_ONCE); i++) {
      child *one = &children[i];
      if (one->pid && look(one, counts)) alive--;
      if (one->pid || started >= runs || (!all && failures(counts))) continue;
      one->pid = start_host(command, at, started, must_fail);
      one->began_s = now_s();
      if (one->pid < 0) exit(2);
      started++;
      alive++;
    }
    nanosleep(&nap, NULL);
  }
}

static int number_of(const char *name, int otherwise) {
  const char *text = getenv(name);
  long value = text ? strtol(text, NULL, 10) : 0;
  return value > 0 && value <= MAX_RUNS ? (int)value : otherwise;
}

int main(int argc, char **argv) {
  bool must_fail = argc > 1 && strcmp(argv[1], "--must-fail") == 0;
  bool in_short = argc > 1 && strcmp(argv[1], "--short") == 0;
  int wanted = in_short && !getenv("CHATABI_LONG") ? SHORT_RUNS : DEFAULT_RUNS;
  char **rest = argv + (must_fail || in_short ? 2 : 1);
  if (argc - (rest - argv) < 2) {
    fputs("usage: runs [--short | --must-fail] server command...\n", stderr);
    return 2;
  }
  int hold_fd;
  place at;
  tally counts = {0};
  pid_t server = start_server(rest[0], &hold_fd, &at);
  if (server < 0) {
    fputs("runs: the server does not start\n", stderr);
    return 2;
  }
  bool measure = number_of("CHATABI_NET_MEASURE", 0);
  int runs = !must_fail ? number_of("CHATABI_NET_RUNS", wanted) : measure ? MUST_FAIL_RUNS : PATIENCE_RUNS;
  run_all(rest + 1, &at, runs, must_fail, measure || !must_fail, &counts);
  close(hold_fd);
  waitpid(server, NULL, 0);
  printf("%d runs, %d failures (%d crashes, %d exit codes, %d hangs)\n", counts.runs, failures(&counts), counts.crashes,
         counts.codes, counts.hangs);
  return must_fail ? failures(&counts) == 0 : failures(&counts) != 0;
}
