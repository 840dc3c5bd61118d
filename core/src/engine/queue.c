/* SPDX-License-Identifier: MIT
 *
 * A queue is readable while its owner has something to learn: an event not taken, or an end not read. Readable queues
 * stand in the hub's list, and the wake descriptors of queue and hub are raised exactly while they do; every change of
 * that is made in `update`, under the lock.
 *
 * The host takes whole batches and walks them without the lock. Only a batch's last event is taken under it, because
 * that step decides whether the queue is still readable. So an event costs no lock, a batch costs two. Nor does a look
 * at a queue with nothing in it: a host that looks in every frame must not wait for a lock that the I/O thread held
 * when the system took its processor away.
 *
 * Bounds count what lies in the list, not the batch in the host's hands. `full` is set by the I/O thread under the lock
 * before it stops reading and cleared by the host under the lock when half is free, so the signal to go on cannot be
 * lost.
 *
 * Cancelling sets `cancelled` and drops the list; the host's side checks the flag before every event, so none is
 * delivered after. */
#include "queue.h"

#include "../base/alloc.h"
#include "chatabi.h"

int cai_queue_init(cai_queue *queue, cai_hub *hub, void *owner, size_t max_events, size_t max_bytes) {
  *queue = (cai_queue){.owner = owner, .max_events = max_events, .max_bytes = max_bytes};
  atomic_init(&queue->cancelled, false);
  atomic_init(&queue->full, false);
  atomic_init(&queue->listed, false);
  cai_wake_init(&queue->wake);
  if (cai_cond_init(&queue->readable)) return CHATABI_E_NOMEM;
  queue->hub = cai_hub_ref(hub);
  return 0;
}

static void free_list(cai_batch *batch) {
  while (batch) {
    cai_batch *next = batch->next;
    cai_batch_free(batch);
    batch = next;
  }
}

void cai_queue_fini(cai_queue *queue) {
  free_list(queue->first);
  cai_batch_free(queue->current);
  cai_wake_fini(&queue->wake);
  cai_cond_fini(&queue->readable);
  cai_hub_unref(queue->hub);
}

/* ---- the hub's list; lock held ---- */

static void enlist(cai_queue *queue) {
  cai_hub *hub = queue->hub;
  queue->previous = hub->last;
  queue->next = NULL;
  if (hub->last)
    hub->last->next = queue;
  else
    hub->first = queue;
  hub->last = queue;
  atomic_store(&queue->listed, true);
  cai_wake_raise(&queue->wake);
  cai_wake_raise(&hub->wake);
  cai_cond_signal_all(&queue->readable);
  cai_cond_signal_all(&hub->readable);
}

static void delist(cai_queue *queue) {
  cai_hub *hub = queue->hub;
  if (queue->previous)
    queue->previous->next = queue->next;
  else
    hub->first = queue->next;
  if (queue->next)
    queue->next->previous = queue->previous;
  else
    hub->last = queue->previous;
  atomic_store(&queue->listed, false);
  cai_wake_clear(&queue->wake);
  if (!hub->first) cai_wake_clear(&hub->wake);
}

/* Only the host moves `index`, without the lock; the I/O thread gets as far as looking at it only when it has pushed
 * nothing and ended nothing, which it never does. */
static bool has_unread_event(const cai_queue *queue) {
  return queue->first || (queue->current && queue->index + 1 < queue->current->count);
}

static void update(cai_queue *queue) {
  bool cancelled = atomic_load(&queue->cancelled);
  bool readable = queue->owner && !queue->end_read && (cancelled || queue->ended || has_unread_event(queue));
  bool listed = atomic_load(&queue->listed);
  if (readable && !listed) enlist(queue);
  if (!readable && listed) delist(queue);
}

/* ---- I/O thread ---- */

void cai_queue_push(cai_queue *queue, cai_batch *batch) {
  cai_mutex_lock(&queue->hub->lock);
  if (!atomic_load(&queue->cancelled) && !queue->ended) {
    batch->next = NULL;
    if (queue->last)
      queue->last->next = batch;
    else
      queue->first = batch;
    queue->last = batch;
    queue->events += batch->count;
    queue->bytes += batch->bytes.len;
    batch = NULL;
    update(queue);
  }
  cai_mutex_unlock(&queue->hub->lock);
  cai_batch_free(batch);
}

bool cai_queue_is_full(cai_queue *queue) {
  cai_mutex_lock(&queue->hub->lock);
  bool full = queue->first && (queue->events >= queue->max_events || queue->bytes >= queue->max_bytes);
  atomic_store(&queue->full, full);
  cai_mutex_unlock(&queue->hub->lock);
  return full;
}

void cai_queue_end(cai_queue *queue, int code) {
  cai_mutex_lock(&queue->hub->lock);
  if (!queue->ended) {
    queue->ended = true;
    queue->end_code = code;
    update(queue);
  }
  cai_mutex_unlock(&queue->hub->lock);
}

/* ---- host ---- */

static int current_kind(const cai_queue *queue) { return queue->current->events[queue->index].kind; }

/* Without the lock: an event that is not the last of its batch. */
static bool take_within(cai_queue *queue) {
  if (!queue->current || queue->index + 2 >= queue->current->count) return false;
  queue->index++;
  return true;
}

/* Without the lock. It is listed before its descriptor is raised, so whoever was told of an event does not miss it. */
static bool has_nothing(cai_queue *queue) { return !atomic_load(&queue->listed) && !queue->end_read; }

static bool has_room(const cai_queue *queue) {
  return queue->events <= queue->max_events / 2 && queue->bytes <= queue->max_bytes / 2;
}

static int end_of(const cai_queue *queue) { return queue->end_code ? queue->end_code : CHATABI_DONE; }

/* Lock held. The batch that was walked to its end is handed back through `done`. */
static int take_locked(cai_queue *queue, cai_batch **done) {
  if (queue->end_read) return end_of(queue);
  if (queue->current && queue->index + 1 < queue->current->count) {
    queue->index++;
  } else if (queue->first) {
    *done = queue->current;
    queue->current = queue->first;
    queue->index = 0;
    queue->first = queue->first->next;
    if (!queue->first) queue->last = NULL;
    queue->events -= queue->current->count;
    queue->bytes -= queue->current->bytes.len;
  } else if (queue->ended) {
    queue->end_read = true;
    return end_of(queue);
  } else {
    return 0;
  }
  return current_kind(queue);
}

static int take_or_wait(cai_queue *queue, int timeout_ms, cai_batch **done) {
  cai_wait wait;
  cai_wait_begin(&wait, queue->hub, &queue->readable, timeout_ms);
  for (bool more = timeout_ms != 0;; more = more && cai_wait_more(&wait, queue->hub)) {
    if (atomic_load(&queue->cancelled) && !queue->end_read) {
      queue->end_read = true;
      queue->end_code = CHATABI_E_CANCELLED;
      queue->ended = true;
      return CHATABI_E_CANCELLED;
    }
    int taken = take_locked(queue, done);
    if (taken || !more) return taken;
  }
}

int cai_queue_next(cai_queue *queue, int timeout_ms, bool *room) {
  *room = false;
  if (!atomic_load(&queue->cancelled) && take_within(queue)) return current_kind(queue);
  if (timeout_ms == 0 && has_nothing(queue)) return 0;
  cai_batch *done = NULL;
  cai_mutex_lock(&queue->hub->lock);
  int taken = take_or_wait(queue, timeout_ms, &done);
  if (taken) update(queue);
  if (atomic_load(&queue->full) && has_room(queue)) {
    atomic_store(&queue->full, false);
    *room = true;
  }
  cai_mutex_unlock(&queue->hub->lock);
  cai_batch_free(done);
  return taken;
}

bool cai_queue_cancel(cai_queue *queue) {
  cai_mutex_lock(&queue->hub->lock);
  bool first = !queue->end_read && !atomic_load(&queue->cancelled);
  cai_batch *dropped = NULL;
  if (first) {
    atomic_store(&queue->cancelled, true);
    dropped = queue->first;
    queue->first = queue->last = NULL;
    queue->events = queue->bytes = 0;
    update(queue);
    cai_cond_signal_all(&queue->readable);
  }
  cai_mutex_unlock(&queue->hub->lock);
  free_list(dropped);
  return first;
}

void cai_queue_detach(cai_queue *queue) {
  cai_mutex_lock(&queue->hub->lock);
  queue->owner = NULL;
  update(queue);
  cai_wake_fini(&queue->wake);
  cai_mutex_unlock(&queue->hub->lock);
}

int cai_queue_fd(cai_queue *queue) {
  cai_mutex_lock(&queue->hub->lock);
  int fd = cai_wake_fd(&queue->wake);
  cai_mutex_unlock(&queue->hub->lock);
  return fd;
}
