/* SPDX-License-Identifier: MIT
 * A recording, read: its exchanges, and which of them answers a request. The form of the file: core/RECORDING.md. No
 * I/O; everything is borrowed from the text and the name that cai_tape_read was given. */
#ifndef CAI_TAPE_H
#define CAI_TAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "../../base/err.h"
#include "../../base/http.h"
#include "../../base/scan.h"

/* Times in milliseconds since it was sent. */
typedef struct cai_recorded {
  size_t line; /* of the file, from 1 */
  int64_t attempt;
  cai_span method, path, body; /* JSON */
  int status;                  /* 0: no response came */
  int http_version;
  int64_t head_ms, end_ms;
  cai_span headers, chunks, message; /* JSON */
  int error;                         /* what ended it; 0: the response is whole */
  bool cut;                          /* the response was too large to be recorded whole */
  bool used;
} cai_recorded;

typedef struct cai_tape {
  const char *name; /* of the file, for messages */
  cai_recorded *items;
  size_t count, room;
  size_t torn_line; /* the last line is cut off, and left out; 0: it is not */
} cai_tape;

void cai_tape_init(cai_tape *tape);
void cai_tape_fini(cai_tape *tape);

/* 0; CHATABI_E_CONFIG with name and line when the text is no recording, NOMEM. */
int cai_tape_read(cai_tape *tape, const char *name, const char *text, size_t len, cai_err *err);

typedef struct cai_tape_request {
  const char *method, *path;
  cai_span body; /* one JSON value */
} cai_tape_request;

/* The exchange that is to be played for this request, in the order of the file; the last one again when all were. NULL
 * and CHATABI_E_REPLAY, with what comes nearest to it, when there is none. */
const cai_recorded *cai_tape_take(cai_tape *tape, const cai_tape_request *request, cai_err *err);

/* Was the request sent again after what was taken last? */
bool cai_tape_goes_on(cai_tape *tape, const cai_tape_request *request);

/* ---- one exchange ---- */

/* 0 or CHATABI_E_NOMEM. */
int cai_recorded_headers(const cai_recorded *recorded, cai_headers *headers);

/* The next piece of the body into `bytes`, which is emptied first; check bytes->error. False behind the last. Begins
 * with cai_scan_elements(recorded->chunks). */
bool cai_recorded_piece(cai_scan *scan, int64_t *ms, cai_buf *bytes);

/* The error that ended it; code 0 for none. */
void cai_recorded_err(const cai_recorded *recorded, cai_err *err);

#endif
