/* SPDX-License-Identifier: MIT
 * Server-sent events from bytes in any split. No I/O, linear time, bounded memory.
 * Source: WHATWG HTML, 9.2.6 "Interpreting an event stream", with the leniencies that sse.c lists. */
#ifndef CAI_SSE_H
#define CAI_SSE_H

#include <stdbool.h>
#include <stddef.h>

#include "../base/buf.h"
#include "../base/scan.h"

typedef struct cai_sse_event {
  cai_span type; /* "" when the event named none */
  cai_span data;
} cai_sse_event;

typedef struct cai_sse {
  const char *at; /* input not read yet; borrowed from feed */
  const char *end;
  cai_buf line;  /* a line that the input ended in the middle of */
  cai_buf data;  /* data lines of the event in progress */
  cai_buf type;
  bool has_data;
  bool started;  /* the first bytes were seen: no BOM can follow */
  bool after_cr; /* the last byte was CR: a LF belongs to it */
  bool stray;    /* collecting JSON that stands outside any event */
  size_t max_event;
} cai_sse;

void cai_sse_init(cai_sse *sse, size_t max_event);
void cai_sse_fini(cai_sse *sse);

/* Gives it more bytes; they must stay until cai_sse_next returned 0 or an error. */
void cai_sse_feed(cai_sse *sse, const char *bytes, size_t len);

/* 1: `event` is the next one, borrowed until the next call. 0: all input is used up. < 0: CHATABI_E_TOO_LARGE or _NOMEM, final. */
int cai_sse_next(cai_sse *sse, cai_sse_event *event);

/* At the end of the stream: 1 with a last event that lacks its blank line but is whole ([DONE] or complete JSON), else 0. */
int cai_sse_end(cai_sse *sse, cai_sse_event *event);

#endif
