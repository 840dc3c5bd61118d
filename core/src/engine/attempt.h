/* SPDX-License-Identifier: MIT
 * One request's life on the I/O thread: wait for its turn, lease a token, send, read, perhaps again, end. Counted: held
 * by the host's request and by the loop while it is at it. */
#ifndef CAI_ATTEMPT_H
#define CAI_ATTEMPT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "../chat/answer/answer.h"
#include "../chat/failure/failure.h"
#include "../chat/request/body.h"
#include "../chat/request/rewrite.h"
#include "../chat/stream/stream.h"
#include "loop.h"
#include "progress.h"
#include "queue.h"
#include "route.h"
#include "settings.h"
#include "transfer.h"

typedef enum cai_phase {
  CAI_PHASE_NEW,
  CAI_PHASE_WAITING, /* for its turn */
  CAI_PHASE_LEASE,   /* for a token */
  CAI_PHASE_SENDING, /* up to the head of the response */
  CAI_PHASE_READING,
  CAI_PHASE_BACKOFF,
  CAI_PHASE_DRAINING, /* ended for the host; the rest of the response is read so that the connection can be used again
                       */
  CAI_PHASE_ENDED
} cai_phase;

typedef struct cai_attempt {
  atomic_uint refs;
  bool attended;  /* stands in loop->attention; under loop->lock */
  cai_loop *loop; /* counted */
  int64_t id;
  int64_t sent_ms; /* when the host sent it */
  cai_queue queue;
  cai_progress progress;

  /* given by the host, then of the I/O thread */
  cai_options options;
  cai_buf body;

  /* under loop->lock */
  struct cai_attempt *attention_next;

  cai_mutex answer_lock; /* the I/O thread adds while the host may ask for what there is */
  cai_answer *answer;

  /* written before the first event or the end is queued, then only read */
  cai_headers headers;
  cai_failure failure;

  /* of the I/O thread */
  struct cai_attempt *previous, *next; /* in loop->active */
  cai_line_place place;
  cai_body_facts facts;
  cai_route route;
  cai_rewrite wire;     /* the body as it is sent to wire_place */
  int64_t reserved;     /* of the token budget */
  char *credential;     /* that was sent; secret */
  char *host;           /* that it was sent to, with `port`; kept for option log_telemetry only */
  int64_t resume_at_ms; /* end of the backoff or of draining */

  /* of one try */
  cai_transfer *transfer;
  cai_recording *recording; /* NULL: none */
  cai_stream stream;
  cai_batch *batch; /* being filled */
  int64_t events, text_bytes;
  int64_t started_ms, connected_ms, last_byte_ms, first_byte_ms; /* 0: not yet */
  bool stream_open;
  bool paused;
  bool starved; /* memory was short in the middle of the response */

  bool delivered; /* the host was given something: no retry any more */
  bool counted;   /* in loop->running */
  cai_phase phase;
  int wire_place; /* -1: not made yet */
  int breach;     /* the limit that the answer broke, as an error code; 0: none */
  int replays;    /* after a 401 */
  int port;
  unsigned token_generation;
  unsigned refused_generation; /* of the token that the server did not accept; 0: none */
} cai_attempt;

/* Takes `options` over (also on failure). NULL when out of memory. */
cai_attempt *cai_attempt_new(cai_loop *loop, void *owner, int64_t id, const char *body, size_t len,
                             cai_options *options);
cai_attempt *cai_attempt_ref(cai_attempt *attempt);
void cai_attempt_unref(cai_attempt *attempt);

/* ---- host ---- */

/* Appends the answer so far as a chat.completion; nothing when nothing came. Returns out->error. False: the I/O thread
 * is in the middle of a large piece of it, which only a host that cancelled can meet; ask again. */
bool cai_attempt_result(cai_attempt *attempt, cai_buf *out);

/* Ends it before it begins. */
void cai_attempt_refuse(cai_attempt *attempt, const cai_err *err);

void cai_options_fini(cai_options *options);

/* Of the request, behind the endpoint's URL. */
const char *cai_attempt_path(const cai_attempt *attempt);
const char *cai_attempt_method(const cai_attempt *attempt);

/* ---- I/O thread ---- */

/* The host asked for attention: begins, resumes or ends. */
void cai_attempt_attend(cai_attempt *attempt);

/* Goes on from WAITING or LEASE, as far as it comes. */
void cai_attempt_proceed(cai_attempt *attempt);

/* Acts on a deadline that has passed; returns the next one, INT64_MAX for none. */
int64_t cai_attempt_check(cai_attempt *attempt, int64_t now_ms);

/* Ends it with an error of ours, wherever it is. `limit` names the option whose limit it is; NULL: none. */
void cai_attempt_abort(cai_attempt *attempt, int code, const char *limit, const char *message);

#endif
