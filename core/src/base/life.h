/* SPDX-License-Identifier: MIT
 * How the library lives in a process that it does not own: set-up once, threads that end before the process does, code
 * that is never unmapped under a running thread, and forks. */
#ifndef CAI_LIFE_H
#define CAI_LIFE_H

/* Once per process, at the first client: libcurl's global set-up, the pin, the exit and fork handlers. Any thread.
 * 0, CHATABI_E_NOMEM or CHATABI_E_INTERNAL. */
int cai_life_init(void);

/* Number of forks between the first process and this one. A handle remembers the number at its birth; when it differs
 * the handle is another process's and must not be touched. */
unsigned cai_life_generation(void);

/* A thread of ours and what it works on. */
typedef struct cai_resident_ops {
  void (*run)(void *arg);     /* the thread's body */
  void (*quit)(void *arg);    /* asks run to return soon; at exit, never blocks for long */
  void (*release)(void *arg); /* after run, on the thread: the registry is done with arg */
} cai_resident_ops;

/* Starts a thread that the process waits for, within a bound, when it exits. 0, CHATABI_E_NOMEM, or CHATABI_E_CLOSED
 * once the process is exiting; release is not called on failure. */
int cai_life_spawn(const cai_resident_ops *ops, void *arg);

/* Around each stretch of work inside libcurl or OpenSSL on a thread of ours: a fork waits, within a bound, for the
 * stretches in progress, so that no lock of theirs is caught held in the child. */
void cai_life_work_begin(void);
void cai_life_work_end(void);

#endif
