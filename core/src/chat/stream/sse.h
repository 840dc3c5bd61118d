/* SPDX-License-Identifier: MIT
 * Server-sent events from bytes in any split. No I/O, linear time, bounded memory.
 * Source: WHATWG HTML, 9.2.6 "Interpreting an event stream", with the leniencies that sse.c lists. */
#ifndef CAI_SSE_H
#define CAI_SSE_H

#include <stdbool.h>
#include <stddef.h>

#include "../../base/buf.h"
#include "../../base/scan.h"

typedef struct cai_sse_event {
  cai_span type; /* "" when the event named none */
  cai_span data;
} cai_sse_event;

typedef struct cai_sse {
  const char *at; /* input not read yet; borrowed from feed */
  const char *end;
  cai_buf line; /* a line that the input ended in the middle of */
  cai_buf data; /* data lines of the event in progress */
  cai_buf type;
  /* what follows is sse.c's own */
  const char *next_lf; /* from `at` on; `end` when there is none, NULL when not looked for yet */
  const char *next_cr;
  cai_span held;  /* the event's only data line so far, where it lies in the input */
  cai_span again; /* a line to be read again: it ended stray JSON and begins an event */
  size_t depth;   /* open brackets of stray JSON */
  int error;      /* stays */
  bool in_string;
  bool in_escape;
  bool line_used; /* `line` holds the current line whole: empty it before the next */
  bool given;     /* the event was given out: empty it before the next */
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

/* 1: `event` is the next one, borrowed until the next call. 0: all input is used up. < 0: CHATABI_E_TOO_LARGE or
 * _NOMEM, final. */
int cai_sse_next(cai_sse *sse, cai_sse_event *event);

/* At the end of the stream: 1 with a last event that lacks its blank line but is whole ([DONE] or complete JSON), 0
 * when there is none, CHATABI_E_TRUNCATED when it is cut. */
int cai_sse_end(cai_sse *sse, cai_sse_event *event);

#endif
