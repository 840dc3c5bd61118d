/* SPDX-License-Identifier: MIT
 * Where the I/O thread and the host's threads meet: one lock for all queues of a client, the list of those with
 * something to read, and the ways to wait. Counted: it lives as long as the client or any request. */
#ifndef CAI_HUB_H
#define CAI_HUB_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "../base/thread.h"
#include "wake.h"

struct cai_queue;

typedef struct cai_hub {
  atomic_uint refs;
  cai_mutex lock;
  /* all below under lock */
  cai_cond readable;       /* some queue became readable, or woken */
  struct cai_queue *first; /* readable queues, in turn */
  struct cai_queue *last;
  cai_wake wake;            /* raised while the list is not empty */
  unsigned wakes;           /* counts cai_hub_wake */
  bool wake_pending;        /* a wake that met nobody waiting */
  struct cai_wait *waiting; /* waits in progress */
} cai_hub;

/* NULL when out of memory. */
cai_hub *cai_hub_new(void);
cai_hub *cai_hub_ref(cai_hub *hub);
void cai_hub_unref(cai_hub *hub);

/* Ends every wait in progress, or the next one. */
void cai_hub_wake(cai_hub *hub);

/* A wait that cai_hub_wake can end; lives on the waiting thread's stack. All under the lock. */
typedef struct cai_wait {
  struct cai_wait *next;
  cai_cond *cond;
  int64_t until_ms; /* -1: no limit */
  unsigned wakes;   /* hub->wakes when it began */
} cai_wait;

void cai_wait_begin(cai_wait *wait, cai_hub *hub, cai_cond *cond, int timeout_ms);
/* Sleeps until the condition is signalled, and true then; false when time is over or it was woken. */
bool cai_wait_more(cai_wait *wait, cai_hub *hub);

/* The owner of a readable queue, taking turns; NULL when none became readable in time. */
void *cai_hub_ready(cai_hub *hub, int timeout_ms);

int cai_hub_fd(cai_hub *hub);

#endif
