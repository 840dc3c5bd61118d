/* SPDX-License-Identifier: MIT
 * The I/O thread of a client: one libcurl multi handle, the attempts it carries, the credential and its exchange. The
 * object is counted and outlives the client as long as the thread or a request needs it. */
#ifndef CAI_LOOP_H
#define CAI_LOOP_H

#include <curl/curl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "../base/log.h"
#include "../base/thread.h"
#include "fetch.h"
#include "hub.h"
#include "settings.h"
#include "warmup.h"

struct cai_attempt;

/* Counted by the I/O thread, read by any. */
typedef struct cai_counters {
  _Atomic int64_t requests, completed, failed, cancelled, retries, replays, connections, in_flight;
} cai_counters;

typedef struct cai_loop {
  atomic_uint refs;
  cai_settings settings; /* written by the host until the thread starts, only read after */
  cai_log *log;
  cai_hub *hub;
  cai_counters counters;

  cai_mutex lock;
  /* under lock */
  cai_cond ended_cond;
  bool started;
  bool stopping;
  bool ended;                    /* the thread does nothing more with attempts */
  bool warm_wanted;              /* cai_loop_warm was called */
  CURLM *multi;                  /* NULL before the thread opened it and after it closed it */
  struct cai_attempt *attention; /* those that the host wants looked at; each counted */
  char *new_token;               /* replaces the static token; secret */
  char *status;                  /* what the credential is like, JSON text for cai_loop_status */

  /* of the I/O thread */
  cai_token *token;
  cai_fetch fetch;
  cai_warmup warmup;
  struct cai_attempt *active;                       /* begun and not gone; each counted */
  struct cai_attempt *waiting_first, *waiting_last; /* for max_in_flight, in turn */
  int64_t running;
  bool leases_wait; /* some attempt may be waiting for the credential */
  int64_t check_ms; /* no deadline of an attempt is before this */
  uint64_t random;  /* state of the generator for jitter */
} cai_loop;

/* NULL when out of memory. No thread yet. */
cai_loop *cai_loop_new(void);
cai_loop *cai_loop_ref(cai_loop *loop);
void cai_loop_unref(cai_loop *loop);

/* ---- host ---- */

/* Starts the thread; the settings are frozen from here. 0, also when it is running already; NOMEM, CLOSED. */
int cai_loop_start(cai_loop *loop);

/* Asks the thread to load certificates, fetch a credential and open a connection. */
void cai_loop_warm(cai_loop *loop);

/* Has the thread look at the attempt: new, cancelled, or with room in its queue. False: the thread has ended. Any
 * thread. */
bool cai_loop_attend(cai_loop *loop, struct cai_attempt *attempt);

/* Replaces a static token. 0 or NOMEM. Any thread. */
int cai_loop_set_token(cai_loop *loop, const char *token);

/* Ends every attempt with CHATABI_E_CLOSED and the thread after it. Returns at once. */
void cai_loop_stop(cai_loop *loop);

/* True when the thread has ended, or never started. */
bool cai_loop_wait_ended(cai_loop *loop, int timeout_ms);

/* The credential's part of the status as JSON text, owned by the caller; NULL when there is none yet. */
char *cai_loop_status(cai_loop *loop);

/* ---- I/O thread ---- */

/* Puts a new attempt at the end of the line that max_in_flight makes. */
void cai_loop_line_up(cai_loop *loop, struct cai_attempt *attempt);

/* A deadline of an attempt lies at `at_ms`: the thread wakes for it. */
void cai_loop_expect(cai_loop *loop, int64_t at_ms);

/* A number in 0..1. */
double cai_loop_random(cai_loop *loop);

/* The state of the credential changed: publishes it, and attempts that wait for it look again. */
void cai_loop_token_changed(cai_loop *loop);

/* An attempt waits for the credential. */
void cai_loop_lease_waits(cai_loop *loop);

#endif
