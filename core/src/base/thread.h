/* SPDX-License-Identifier: MIT
 * Threads, locks and conditions, so that no other file names a platform's own. All waits are on the monotonic clock. */
#ifndef CAI_THREAD_H
#define CAI_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

typedef pthread_mutex_t cai_mutex;
typedef pthread_cond_t cai_cond;
typedef pthread_t cai_thread;

/* 0 or CHATABI_E_NOMEM. */
int cai_mutex_init(cai_mutex *mutex);
void cai_mutex_fini(cai_mutex *mutex);
void cai_mutex_lock(cai_mutex *mutex);
void cai_mutex_unlock(cai_mutex *mutex);
/* For an exit handler, which may have interrupted the very thread that holds the mutex. False when `until_ms` passed.
 */
bool cai_mutex_lock_until(cai_mutex *mutex, int64_t until_ms);

int cai_cond_init(cai_cond *cond);
void cai_cond_fini(cai_cond *cond);
void cai_cond_signal_all(cai_cond *cond);
void cai_cond_wait(cai_cond *cond, cai_mutex *mutex);
/* False when `until_ms` (cai_clock_ms) has passed. May return early, as conditions do. */
bool cai_cond_wait_until(cai_cond *cond, cai_mutex *mutex, int64_t until_ms);

/* Starts a thread that receives no signal of the host: all are blocked in it. 0 or CHATABI_E_NOMEM. */
int cai_thread_start(cai_thread *thread, void *(*run)(void *), void *arg);
void cai_thread_join(cai_thread thread);

#endif
