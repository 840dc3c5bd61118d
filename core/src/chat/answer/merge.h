/* SPDX-License-Identifier: MIT
 * A JSON value that we do not interpret and that may arrive in pieces. */
#ifndef CAI_MERGE_H
#define CAI_MERGE_H

#include <stdbool.h>

#include "../../base/buf.h"
#include "../../base/scan.h"
#include "room.h"

struct cai_fields;

typedef struct cai_value {
  cai_buf raw;              /* the value as it came */
  struct cai_fields *parts; /* instead of `raw`, once pieces were merged: members, or see merge.c for an array */
  bool is_array;            /* what the parts are parts of */
} cai_value;

void cai_value_init(cai_value *value);
void cai_value_fini(cai_value *value);

/* Puts `text` in the place of what was there. 0, NOMEM or TOO_LARGE. */
int cai_value_set(cai_value *value, cai_room *room, cai_span text);

/* Adds a piece: objects member by member, arrays by appending, elements with an "index" to the element that has it;
 * anything else is set. A list of objects or texts that begins with all that is there already is the same list again,
 * grown or not. 0, NOMEM or TOO_LARGE. */
int cai_value_merge(cai_value *value, cai_room *room, cai_span piece);

/* The same for an object that comes in pieces whose members of these names (ends with NULL) are texts in pieces too. */
int cai_value_string(cai_value *value, cai_room *room, cai_span piece, const char *const *texts);

/* The text as long as nothing was merged; else absent. */
cai_span cai_value_text(const cai_value *value);

/* Appends it as JSON. */
void cai_value_write(const cai_value *value, cai_buf *out);

#endif
