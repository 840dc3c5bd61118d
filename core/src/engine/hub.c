/* SPDX-License-Identifier: MIT */
#include "hub.h"

#include "../base/alloc.h"
#include "../base/clock.h"
#include "queue.h"

static bool init(cai_hub *hub) {
  if (cai_mutex_init(&hub->lock)) return false;
  if (cai_cond_init(&hub->readable) == 0) return true;
  cai_mutex_fini(&hub->lock);
  return false;
}

cai_hub *cai_hub_new(void) {
  cai_hub *hub = cai_calloc(1, sizeof *hub);
  if (!hub) return NULL;
  atomic_init(&hub->refs, 1);
  cai_wake_init(&hub->wake);
  if (init(hub)) return hub;
  cai_free(hub);
  return NULL;
}

cai_hub *cai_hub_ref(cai_hub *hub) {
  atomic_fetch_add(&hub->refs, 1);
  return hub;
}

void cai_hub_unref(cai_hub *hub) {
  if (!hub || atomic_fetch_sub(&hub->refs, 1) != 1) return;
  cai_wake_fini(&hub->wake);
  cai_cond_fini(&hub->readable);
  cai_mutex_fini(&hub->lock);
  cai_free(hub);
}

void cai_wait_begin(cai_wait *wait, cai_hub *hub, cai_cond *cond, int timeout_ms) {
  *wait = (cai_wait){.cond = cond, .wakes = hub->wakes, .until_ms = timeout_ms < 0 ? -1 : cai_clock_ms() + timeout_ms};
}

static void unlink_wait(cai_hub *hub, const cai_wait *wait) {
  cai_wait **at = &hub->waiting;
  while (*at != wait) at = &(*at)->next;
  *at = wait->next;
}

bool cai_wait_more(cai_wait *wait, cai_hub *hub) {
  if (hub->wake_pending) {
    hub->wake_pending = false;
    return false;
  }
  bool in_time = true;
  wait->next = hub->waiting;
  hub->waiting = wait;
  if (wait->until_ms < 0)
    cai_cond_wait(wait->cond, &hub->lock);
  else
    in_time = cai_cond_wait_until(wait->cond, &hub->lock, wait->until_ms);
  unlink_wait(hub, wait);
  return in_time && hub->wakes == wait->wakes;
}

void cai_hub_wake(cai_hub *hub) {
  cai_mutex_lock(&hub->lock);
  hub->wakes++;
  hub->wake_pending = !hub->waiting;
  for (cai_wait *wait = hub->waiting; wait; wait = wait->next) cai_cond_signal_all(wait->cond);
  cai_mutex_unlock(&hub->lock);
}

/* Takes the first readable queue and puts it behind the others. */
static void *take_turn(cai_hub *hub) {
  cai_queue *queue = hub->first;
  if (!queue) return NULL;
  if (queue != hub->last) {
    hub->first = queue->next;
    hub->first->previous = NULL;
    queue->previous = hub->last;
    queue->next = NULL;
    hub->last->next = queue;
    hub->last = queue;
  }
  return queue->owner;
}

void *cai_hub_ready(cai_hub *hub, int timeout_ms) {
  cai_mutex_lock(&hub->lock);
  if (!hub->first && timeout_ms != 0) {
    cai_wait wait;
    cai_wait_begin(&wait, hub, &hub->readable, timeout_ms);
    while (!hub->first && cai_wait_more(&wait, hub)) {
    }
  }
  void *owner = take_turn(hub);
  cai_mutex_unlock(&hub->lock);
  return owner;
}

int cai_hub_fd(cai_hub *hub) {
  cai_mutex_lock(&hub->lock);
  int fd = cai_wake_fd(&hub->wake);
  cai_mutex_unlock(&hub->lock);
  return fd;
}
