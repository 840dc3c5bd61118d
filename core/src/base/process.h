/* SPDX-License-Identifier: MIT
 * A program of somebody else's, run for what it prints. No shell, no wait: the caller polls. It leads a process group
 * of its own, so that all that it starts can be ended with it. */
#ifndef CAI_PROCESS_H
#define CAI_PROCESS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct cai_process {
  int pid;             /* 0: none, or none that is ours any more */
  int output;          /* our end of its standard output; -1: closed */
  unsigned generation; /* of the process that started it */
  bool lost;           /* somebody else waited for it, or the host ignores SIGCHLD */
} cai_process;

typedef enum cai_process_end {
  CAI_PROCESS_RUNS,
  CAI_PROCESS_EXITED, /* the code is its exit status */
  CAI_PROCESS_KILLED, /* the code is the signal */
  CAI_PROCESS_LOST    /* it has ended, how is not known */
} cai_process_end;

void cai_process_init(cai_process *process);

/* Starts argv[0] with exactly the environment `env`; without a '/' in it, it is looked up in the PATH of `env`. It gets
 * an empty standard input, no standard error, every signal unblocked and at its default, and no other descriptor of
 * ours. 0 or an errno; ENOSYS where programs cannot be run. */
int cai_process_start(cai_process *process, char *const *argv, char *const *env);

/* Reads what its standard output has now: the number of bytes, 0 when there are none yet, -1 at the end (`output` is
 * closed then). */
int cai_process_read(cai_process *process, char *bytes, size_t size);

/* Has it ended? `code` is written when it exited or was killed. The program stays to be waited for, so that its number
 * is not given to another one before fini. */
cai_process_end cai_process_look(cai_process *process, int *code);

/* Kills it and all that it started and that did not leave its process group, unless it has ended and nothing holds its
 * output open. Waits for it within a bound: a killed program may hang in the kernel for as long as a file server does
 * not answer. */
void cai_process_fini(cai_process *process);

#endif
