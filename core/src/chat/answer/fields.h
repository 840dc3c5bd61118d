/* SPDX-License-Identifier: MIT
 * Members of an object that we do not interpret, by name, in order of arrival. */
#ifndef CAI_FIELDS_H
#define CAI_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "../../base/buf.h"
#include "../../base/scan.h"
#include "merge.h"
#include "room.h"

enum { CAI_FIELDS_MAX = 128 }; /* names are looked for one by one */

typedef struct cai_field {
  char *key; /* as between the quotes, escapes still in it; owned */
  size_t key_len;
  cai_value value;
} cai_field;

typedef struct cai_fields {
  cai_field *items;
  size_t count;
} cai_fields;

void cai_fields_fini(cai_fields *fields);

/* The last value that says something wins: null, and "" over something, change nothing. 0, NOMEM or TOO_LARGE (too
 * many names, or no room). */
int cai_fields_put(cai_fields *fields, cai_room *room, cai_span key, cai_span value);

/* The same for a field that comes in pieces: an object or array is added to the one that is there (merge.h). */
int cai_fields_merge(cai_fields *fields, cai_room *room, cai_span key, cai_span value);

/* For merge.c: a new field without value, whose bookkeeping counts too; and one that is there, or NULL. */
int cai_fields_add(cai_fields *fields, cai_room *room, cai_span key, cai_field **field);
cai_field *cai_fields_find(const cai_fields *fields, cai_span key);

/* The field's value as text; absent when there is none, or it was put together from pieces. */
cai_span cai_fields_get(const cai_fields *fields, const char *name);

/* Appends `"key":value` for each whose key is not in `except` (ends with NULL); `*first` tells whether a comma is due.
 */
void cai_fields_write(const cai_fields *fields, const char *const *except, cai_buf *out, bool *first);

/* The comma before a member, unless it is the first, and its name with colon. */
void cai_fields_name(cai_buf *out, bool *first, const char *name);

#endif
