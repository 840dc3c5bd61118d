/* SPDX-License-Identifier: MIT
 * Reads one HTTP response to a chat completion, whatever it turns out to be: an event stream, one JSON document, or an
 * error. */
#ifndef CAI_STREAM_H
#define CAI_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "../answer/answer.h"
#include "../answer/batch.h"
#include "../failure/failure.h"
#include "sse.h"

typedef struct cai_stream_limits {
  size_t max_event; /* bytes of one event */
  size_t max_total; /* bytes of the whole response */
} cai_stream_limits;

typedef enum cai_stream_mode { CAI_STREAM_EVENTS, CAI_STREAM_WHOLE, CAI_STREAM_ERROR } cai_stream_mode;

typedef struct cai_stream {
  cai_answer *answer; /* borrowed */
  cai_stream_limits limits;
  cai_stream_mode mode;
  int status;
  const cai_headers *headers; /* borrowed */
  cai_sse sse;
  cai_buf whole; /* body of a response that is no event stream */
  cai_buf clean; /* an event that was not valid UTF-8, repaired */
  size_t total;
  bool unsure; /* success, but no event stream by its Content-Type: the first byte will tell */
  bool done;   /* [DONE] was read: what follows is ignored */
  bool failed;
  cai_failure failure; /* valid when failed */
} cai_stream;

/* `headers` and `answer` must outlive it. The mode follows from status and Content-Type. */
void cai_stream_init(cai_stream *stream, cai_answer *answer, const cai_stream_limits *limits, int status,
                     const cai_headers *headers);
void cai_stream_fini(cai_stream *stream);

/* Takes bytes of the body and appends the events that they complete. 0, or the code of stream->failure: stop the
 * transfer. */
int cai_stream_feed(cai_stream *stream, const char *bytes, size_t len, cai_batch *out);

/* The body has ended; `clean` when the transport says that it is whole. Appends the last events. 0: the answer is
 * complete. Else the code of stream->failure, CHATABI_E_TRUNCATED when the answer stopped short. */
int cai_stream_end(cai_stream *stream, bool clean, cai_batch *out);

#endif
