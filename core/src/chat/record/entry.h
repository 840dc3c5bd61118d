/* SPDX-License-Identifier: MIT
 * One HTTP exchange on its way to a line of a recording (core/RECORDING.md): kept as it comes, scrubbed and written
 * when it has ended. No I/O. Functions that return nothing remember a failure for cai_entry_end. */
#ifndef CAI_ENTRY_H
#define CAI_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "../../base/buf.h"
#include "../../base/err.h"
#include "../../base/http.h"
#include "../../base/scan.h"
#include "secrets.h"

typedef struct cai_entry_mark cai_entry_mark;

typedef struct cai_entry {
  cai_buf line;
  cai_buf bytes;         /* of the response's body, as they came */
  cai_entry_mark *marks; /* where each piece of it ends */
  size_t count, room;
  size_t max_bytes;
  bool cut; /* there was more than max_bytes */
  bool has_head;
  cai_secrets secrets;
} cai_entry;

/* All borrowed for the call. */
typedef struct cai_entry_request {
  int64_t wall_ms; /* when it is sent */
  int attempt;     /* from 1: which try of its request it is */
  const char *method, *path, *url;
  const cai_headers *headers;
  cai_span body;          /* as the host gave it, one JSON value; absent: none */
  cai_span sent;          /* as the server got it */
  const char *credential; /* may be NULL */
} cai_entry_request;

/* `max_bytes` of the response are kept. Times below are in milliseconds since it was sent. */
void cai_entry_init(cai_entry *entry, size_t max_bytes);
void cai_entry_fini(cai_entry *entry);

void cai_entry_begin(cai_entry *entry, const cai_entry_request *request);
void cai_entry_head(cai_entry *entry, int64_t ms, int status, int http_version, const cai_headers *headers);
void cai_entry_piece(cai_entry *entry, int64_t ms, const char *bytes, size_t len);

/* Completes `line`, with its line end. `err` code 0: the response is whole. 0, NOMEM, TOO_LARGE; JSON when what came
 * out could not be read again. */
int cai_entry_end(cai_entry *entry, int64_t ms, const cai_err *err);

#endif
