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
#include "budget.h"
#include "hub.h"
#include "keeper.h"
#include "line.h"
#include "player.h"
#include "recorder.h"
#include "route.h"
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

  atomic_bool stopping; /* every attempt is to end */

  cai_mutex lock;
  /* under lock */
  cai_cond finished_cond;
  bool started;
  bool closed;                   /* the thread takes nothing more */
  bool finished;                 /* the thread has closed its connections, too */
  bool warm_wanted;              /* cai_loop_warm was called */
  CURLM *multi;                  /* NULL before the thread opened it and after it closed it */
  struct cai_attempt *attention; /* those that the host wants looked at; each counted */

  /* of the I/O thread */
  cai_keeper keeper;
  cai_warmup warmup;
  cai_recorder recorder;
  cai_player player;
  struct cai_attempt *active; /* begun and not gone; each counted */
  cai_line line;
  int64_t running;
  cai_budget budget;
  bool shares_nothing;               /* the server answered in less than HTTP/2 */
  bool refuses_usage[CAI_ROUTE_MAX]; /* the server of that place does not know stream_options */
  int64_t check_ms;                  /* no deadline of an attempt is before this */
  uint64_t random;                   /* state of the generator for jitter */
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

/* True when the thread has finished, or never started. */
bool cai_loop_wait_finished(cai_loop *loop, int timeout_ms);

/* ---- I/O thread ---- */

/* A deadline of an attempt lies at `at_ms`: the thread wakes for it. */
void cai_loop_expect(cai_loop *loop, int64_t at_ms);

/* A number in 0..1. */
double cai_loop_random(cai_loop *loop);

/* Attempts that wait for the credential ask for it again. */
void cai_loop_lease_again(cai_loop *loop);

#endif
