/* SPDX-License-Identifier: MIT
 * Events in one block: what one stretch of received bytes gave rise to. Made by chat, carried over the thread boundary
 * by the engine's queue as it is, read by the request. One owner at a time, no lock. */
#ifndef CAI_BATCH_H
#define CAI_BATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "../../base/buf.h"
#include "../../base/scan.h"

typedef struct cai_event {
  int kind;   /* CHATABI_TEXT ... CHATABI_OTHER */
  int choice; /* index of the choice it belongs to, 0 for a chunk without */
  size_t text_at, text_len;
  size_t json_at, json_len;
} cai_event;

typedef struct cai_batch {
  struct cai_batch *next; /* for whoever keeps batches in a list */
  cai_event *events;
  size_t count;
  size_t cap;
  cai_buf bytes; /* the events' texts, each NUL-terminated */
} cai_batch;

/* NULL when out of memory. */
cai_batch *cai_batch_new(void);
void cai_batch_free(cai_batch *batch);

/* Appends an event. `text` is taken as it is; `json_string`, if present, is a JSON string value whose content is the
 * text (escapes resolved here), so that the common chunk is copied once. 0, CHATABI_E_NOMEM or _TOO_LARGE. */
int cai_batch_add(cai_batch *batch, int kind, int choice, cai_span text, cai_span json);
int cai_batch_add_string(cai_batch *batch, int kind, int choice, cai_span json_string, cai_span json);

/* Borrowed until the batch is freed or added to. */
const char *cai_batch_text(const cai_batch *batch, size_t index, size_t *len);
const char *cai_batch_json(const cai_batch *batch, size_t index, size_t *len);

#endif
