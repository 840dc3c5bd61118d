/* SPDX-License-Identifier: MIT */
#include "thread.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

#include "chatabi.h"
#include "clock.h"

int cai_mutex_init(cai_mutex *mutex) { return pthread_mutex_init(mutex, NULL) ? CHATABI_E_NOMEM : 0; }

void cai_mutex_fini(cai_mutex *mutex) { pthread_mutex_destroy(mutex); }

void cai_mutex_lock(cai_mutex *mutex) { pthread_mutex_lock(mutex); }

void cai_mutex_unlock(cai_mutex *mutex) { pthread_mutex_unlock(mutex); }

/* Tries and short sleeps, because macOS has no timed lock. */
bool cai_mutex_lock_until(cai_mutex *mutex, int64_t until_ms) {
  struct timespec nap = {.tv_nsec = 200000};
  while (pthread_mutex_trylock(mutex)) {
    if (cai_clock_ms() >= until_ms) return false;
    nanosleep(&nap, NULL);
  }
  return true;
}

/* The wall clock, a condition's default, would stretch a timeout whenever somebody sets it. macOS has no such
 * attribute; its relative wait is used there. */
int cai_cond_init(cai_cond *cond) {
#ifdef __APPLE__
  return pthread_cond_init(cond, NULL) ? CHATABI_E_NOMEM : 0;
#else
  pthread_condattr_t attr;
  if (pthread_condattr_init(&attr)) return CHATABI_E_NOMEM;
  int failed = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) || pthread_cond_init(cond, &attr);
  pthread_condattr_destroy(&attr);
  return failed ? CHATABI_E_NOMEM : 0;
#endif
}

void cai_cond_fini(cai_cond *cond) { pthread_cond_destroy(cond); }

void cai_cond_signal_all(cai_cond *cond) { pthread_cond_broadcast(cond); }

void cai_cond_wait(cai_cond *cond, cai_mutex *mutex) { pthread_cond_wait(cond, mutex); }

bool cai_cond_wait_until(cai_cond *cond, cai_mutex *mutex, int64_t until_ms) {
#ifdef __APPLE__
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  int64_t left = until_ms - ((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
  if (left <= 0) return false;
  struct timespec span = {.tv_sec = left / 1000, .tv_nsec = (left % 1000) * 1000000};
  return pthread_cond_timedwait_relative_np(cond, mutex, &span) != ETIMEDOUT;
#else
  struct timespec until = {.tv_sec = until_ms / 1000, .tv_nsec = (until_ms % 1000) * 1000000};
  return pthread_cond_timedwait(cond, mutex, &until) != ETIMEDOUT;
#endif
}

/* The kernel may hand a process-wide signal to any thread that does not block it: a handler of Ruby or Lua must never
 * run on ours. A new thread inherits the mask, so it is set before the thread exists and restored after. */
int cai_thread_start(cai_thread *thread, void *(*run)(void *), void *arg) {
#ifndef CAI_WITHOUT_SIGNAL_MASK
  sigset_t all, before;
  sigfillset(&all);
  if (pthread_sigmask(SIG_SETMASK, &all, &before)) return CHATABI_E_NOMEM;
#endif
  int failed = pthread_create(thread, NULL, run, arg);
#ifndef CAI_WITHOUT_SIGNAL_MASK
  pthread_sigmask(SIG_SETMASK, &before, NULL);
#endif
  return failed ? CHATABI_E_NOMEM : 0;
}

void cai_thread_join(cai_thread thread) { pthread_join(thread, NULL); }
