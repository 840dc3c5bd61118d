/* SPDX-License-Identifier: MIT
 *
 * A thread inside somebody else's process dies with crashes unless four things are seen to, each measured on bare
 * threads:
 *
 * 1. Unload. A host may dlclose us (Ruby's ffi at exit, lua_close, a collected ffi.load) while the thread runs our
 * code. The shared library is linked with -z nodelete and, where the linker has no such flag, pins itself here.
 * 2. Exit. OpenSSL frees its tables in an atexit handler, under the feet of a thread in a handshake. Handlers run last
 * in, first out, so ours, registered after curl_global_init, stops and joins every thread before. The wait is bounded:
 * a host must be able to exit.
 * 3. Signals. See cai_thread_start.
 * 4. fork. The child has our memory but not our threads, and locks that nobody will ever open. A child handler counts
 * generations; every handle compares. A prepare handler waits, within a bound, until no thread is inside libcurl or
 * OpenSSL, so that a new client in the child does not meet a global lock that was held at the fork; while it waits, no
 * thread starts a new stretch, or busy streams would keep it waiting for ever.
 *
 * Threads: `registry` and all residents are guarded by `lock`; `generation` is atomic; `work` is the fork gate. A
 * thread cannot join itself, and free must not wait for one: so each ending thread joins those that ended before it,
 * and the exit handler the last.
 */
#include "life.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <openssl/crypto.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "alloc.h"
#include "chatabi.h"
#include "clock.h"
#include "thread.h"

/* Loading a CA file takes 40 ms of processor time, which on a crowded machine was seen to be more than 250 ms. */
enum { EXIT_WAIT_MS = 5000, FORK_WAIT_MS = 2000 };

typedef struct resident {
  struct resident *next;
  const cai_resident_ops *ops;
  void *arg;
  cai_thread thread;
  bool running;  /* run has not returned: arg may be asked to quit */
  bool finished; /* the thread does nothing more: it can be joined without waiting */
} resident;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int init_error;
static atomic_uint generation;
static cai_mutex lock;
static cai_cond ended;
static resident *registry;
static bool exiting;
static pthread_rwlock_t work = PTHREAD_RWLOCK_INITIALIZER;

/* Takes the finished residents off the registry; `lock` is held. */
static resident *collect_finished(void) {
  resident *finished = NULL;
  for (resident **at = &registry; *at;) {
    resident *one = *at;
    if (!one->finished) {
      at = &one->next;
      continue;
    }
    *at = one->next;
    one->next = finished;
    finished = one;
  }
  return finished;
}

static void join_all(resident *finished) {
  while (finished) {
    resident *next = finished->next;
    cai_thread_join(finished->thread);
    cai_free(finished);
    finished = next;
  }
}

static void *resident_main(void *arg) {
  resident *self = arg;
  /* The spawner holds `lock` until `thread` is set. */
  cai_mutex_lock(&lock);
  cai_mutex_unlock(&lock);
  self->ops->run(self->arg);
  cai_mutex_lock(&lock);
  self->running = false;
  cai_mutex_unlock(&lock);
  /* Left to the end of the thread, OpenSSL's own tidying would take its global lock when no fork waits for it. */
  cai_life_work_begin();
  self->ops->release(self->arg);
  OPENSSL_thread_stop();
  cai_life_work_end();
  cai_mutex_lock(&lock);
  resident *before = collect_finished();
  self->finished = true;
  cai_cond_signal_all(&ended);
  cai_mutex_unlock(&lock);
  join_all(before);
  return NULL;
}

static bool all_finished(void) {
  for (resident *one = registry; one; one = one->next)
    if (!one->finished) return false;
  return true;
}

/* The exit handler. In a forked child the registry is empty. A host may call exit in a signal handler that interrupted
 * one of our functions: then `lock` never opens, and going without the join is better than staying. */
static void quit_all(void) {
  int64_t until_ms = cai_clock_ms() + EXIT_WAIT_MS;
  if (!cai_mutex_lock_until(&lock, until_ms)) return;
  exiting = true;
  for (resident *one = registry; one; one = one->next)
    if (one->running) one->ops->quit(one->arg);
  while (!all_finished() && cai_cond_wait_until(&ended, &lock, until_ms)) {
  }
  resident *finished = collect_finished();
  cai_mutex_unlock(&lock);
  join_all(finished);
}

/* ---- forks ---- */

static const struct timespec nap = {.tv_nsec = 200000};
static atomic_int forks_waiting;
static _Thread_local bool gate_held; /* by the fork of this thread: others may fork at the same time */

/* trywrlock and short sleeps, because macOS has no timed lock. On timeout the fork goes on without the gate. */
static void before_fork(void) {
  int64_t until_ms = cai_clock_ms() + FORK_WAIT_MS;
  atomic_fetch_add(&forks_waiting, 1);
  gate_held = pthread_rwlock_trywrlock(&work) == 0;
  while (!gate_held && cai_clock_ms() < until_ms) {
    nanosleep(&nap, NULL);
    gate_held = pthread_rwlock_trywrlock(&work) == 0;
  }
  atomic_fetch_sub(&forks_waiting, 1);
}

static void after_fork_parent(void) {
  if (gate_held) pthread_rwlock_unlock(&work);
  gate_held = false;
}

static void after_fork_child(void) {
  atomic_fetch_add(&generation, 1);
  registry = NULL;
  exiting = false;
  gate_held = false;
  atomic_store(&forks_waiting, 0);
  /* Whatever state these were in, only this one thread exists now. */
  work = (pthread_rwlock_t)PTHREAD_RWLOCK_INITIALIZER;
  if (cai_mutex_init(&lock) || cai_cond_init(&ended)) init_error = CHATABI_E_NOMEM;
}

/* ---- set-up ---- */

/* One reference that is never given back. */
static void pin(void) {
#ifndef CAI_WITHOUT_PIN
  Dl_info self;
  union {
    void (*function)(void);
    void *address;
  } here = {.function = pin};
  if (dladdr(here.address, &self) && self.dli_fname)
    (void)dlopen(self.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
#endif
}

static void init_once(void) {
  if (cai_mutex_init(&lock) || cai_cond_init(&ended)) {
    init_error = CHATABI_E_NOMEM;
    return;
  }
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    init_error = CHATABI_E_INTERNAL;
    return;
  }
  pin();
#ifndef CAI_WITHOUT_EXIT_JOIN
  if (atexit(quit_all) != 0) init_error = CHATABI_E_NOMEM;
#else
  (void)quit_all;
#endif
#ifndef CAI_WITHOUT_FORK_GUARD
  if (pthread_atfork(before_fork, after_fork_parent, after_fork_child) != 0) init_error = CHATABI_E_NOMEM;
#else
  (void)before_fork, (void)after_fork_parent, (void)after_fork_child;
#endif
}

int cai_life_init(void) {
  if (pthread_once(&once, init_once)) return CHATABI_E_INTERNAL;
  return init_error;
}

unsigned cai_life_generation(void) { return atomic_load(&generation); }

int cai_life_spawn(const cai_resident_ops *ops, void *arg) {
  resident *one = cai_calloc(1, sizeof *one);
  if (!one) return CHATABI_E_NOMEM;
  one->ops = ops;
  one->arg = arg;
  one->running = true;
  cai_mutex_lock(&lock);
  int error = exiting ? CHATABI_E_CLOSED : cai_thread_start(&one->thread, resident_main, one);
  if (!error) {
    one->next = registry;
    registry = one;
  }
  cai_mutex_unlock(&lock);
  if (error) cai_free(one);
  return error;
}

void cai_life_work_begin(void) {
  pthread_rwlock_rdlock(&work);
  while (atomic_load(&forks_waiting)) {
    pthread_rwlock_unlock(&work);
    nanosleep(&nap, NULL);
    pthread_rwlock_rdlock(&work);
  }
}

void cai_life_work_end(void) { pthread_rwlock_unlock(&work); }
