/* SPDX-License-Identifier: MIT
 * The tool calls of one choice, put together from fragments in every dialect that servers are seen to speak. */
#ifndef CAI_TOOLCALL_H
#define CAI_TOOLCALL_H

#include <stdint.h>

#include "arguments.h"
#include "fields.h"
#include "nesting.h"
#include "prose.h"

typedef struct cai_toolcall {
  cai_prose id;
  cai_prose name;
  cai_prose arguments;
  cai_nesting nesting;        /* of the arguments */
  cai_fields fields;          /* type, extra_content and whatever else came beside */
  cai_fields function_fields; /* the same inside "function" */
  bool is_custom;             /* "custom" and "input" stand for "function" and "arguments"; the input is any text */
} cai_toolcall;

typedef struct cai_toolcalls {
  cai_toolcall *items;
  size_t count;
  int64_t *bound; /* for each call the index that means it at present, -1 for none; as many as items */
} cai_toolcalls;

void cai_toolcall_init(cai_toolcall *call);
void cai_toolcall_fini(cai_toolcall *call);

/* Adds a fragment of the object "function" or, of old, delta.function_call. 0, NOMEM or TOO_LARGE. */
int cai_toolcall_add_function(cai_toolcall *call, cai_room *room, cai_span function);
/* Appends that object. */
void cai_toolcall_write_function(const cai_toolcall *call, cai_buf *out);

void cai_toolcalls_fini(cai_toolcalls *calls);

/* Adds one element of delta.tool_calls; `is_whole`: it is a call, never a piece of one. 0, NOMEM or TOO_LARGE. */
int cai_toolcalls_add(cai_toolcalls *calls, cai_room *room, cai_span delta, bool is_whole);

/* At the end: gives an id to calls without, and mends the arguments. 0, NOMEM or INTERNAL. */
int cai_toolcalls_complete(cai_toolcalls *calls);

/* Appends one call as it stands in a message. */
void cai_toolcall_write(const cai_toolcall *call, cai_buf *out);

#endif
