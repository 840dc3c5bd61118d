/* SPDX-License-Identifier: MIT
 * The events of one request on their way from the I/O thread to the host: a bounded list of batches, and the end. The
 * I/O thread pushes; one host thread at a time takes. */
#ifndef CAI_QUEUE_H
#define CAI_QUEUE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "../chat/answer/batch.h"
#include "hub.h"

typedef struct cai_queue {
  cai_hub *hub; /* counted */
  void *owner;  /* what cai_hub_ready returns */
  atomic_bool cancelled;
  atomic_bool full; /* the I/O thread holds bytes back; see cai_queue_next */

  /* under hub->lock; but the host looks at `listed` without it */
  struct cai_queue *previous, *next; /* in the hub's list of readable ones */
  atomic_bool listed;
  cai_cond readable;
  cai_wake wake;
  cai_batch *first, *last;
  size_t events, bytes; /* in first..last */
  size_t max_events, max_bytes;
  bool ended;
  int end_code;  /* valid when ended */
  bool end_read; /* set by the host alone */

  /* of the host thread that takes */
  cai_batch *current;
  size_t index; /* of the event in `current` that was taken last */
} cai_queue;

/* 0 or CHATABI_E_NOMEM. */
int cai_queue_init(cai_queue *queue, cai_hub *hub, void *owner, size_t max_events, size_t max_bytes);
void cai_queue_fini(cai_queue *queue);

/* ---- I/O thread ---- */

/* Takes ownership of the batch (freed when the request was cancelled or has ended). */
void cai_queue_push(cai_queue *queue, cai_batch *batch);
/* Is it at its bound? Remembered: the host's taking then reports room. */
bool cai_queue_is_full(cai_queue *queue);
/* The end, after all events: 0 for DONE or an error code. Only the first end counts. */
void cai_queue_end(cai_queue *queue, int code);

/* ---- host ---- */

/* The kind of the next event, CHATABI_DONE or an error at the end (again and again), 0 for nothing in time. `*room` is
 * set when the I/O thread held bytes back and can go on: tell it. */
int cai_queue_next(cai_queue *queue, int timeout_ms, bool *room);

/* Drops what is unread; cai_queue_next gives CHATABI_E_CANCELLED from now on, unless the end was read. Any thread.
 * False: had ended or was cancelled before. */
bool cai_queue_cancel(cai_queue *queue);

/* Takes the owner out of cai_hub_ready's reach and closes the descriptor: the owner is about to be freed. */
void cai_queue_detach(cai_queue *queue);

int cai_queue_fd(cai_queue *queue);

#endif
