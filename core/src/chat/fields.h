/* SPDX-License-Identifier: MIT
 * Members of an object that we do not interpret: raw JSON by name, in order of arrival. The last value that says
 * something wins. */
#ifndef CAI_FIELDS_H
#define CAI_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "../base/buf.h"
#include "../base/scan.h"

/* What an answer may still keep, shared by all its parts. */
typedef struct cai_room {
  size_t left;
} cai_room;

/* 0 or CHATABI_E_TOO_LARGE. */
int cai_room_take(cai_room *room, size_t len);

typedef struct cai_field {
  char *key; /* as between the quotes, escapes still in it; owned */
  size_t key_len;
  cai_buf value;
} cai_field;

typedef struct cai_fields {
  cai_field *items;
  size_t count;
} cai_fields;

void cai_fields_fini(cai_fields *fields);

/* null, and "" over something, change nothing. 0, NOMEM or TOO_LARGE (too many names, or no room). */
int cai_fields_put(cai_fields *fields, cai_room *room, cai_span key, cai_span value);

/* The field's value; absent when there is none. */
cai_span cai_fields_get(const cai_fields *fields, const char *name);

/* Appends `"key":value` for each whose key is not in `except` (ends with NULL); `*first` tells whether a comma is due.
 */
void cai_fields_write(const cai_fields *fields, const char *const *except, cai_buf *out, bool *first);

/* The comma before a member, unless it is the first, and its name with colon. */
void cai_fields_name(cai_buf *out, bool *first, const char *name);

#endif
