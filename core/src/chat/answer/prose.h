/* SPDX-License-Identifier: MIT
 * A JSON string that arrives in pieces. Kept as it stands between the quotes, escapes unresolved: adding a piece is one
 * copy, and a surrogate pair that was cut in two is whole again. */
#ifndef CAI_PROSE_H
#define CAI_PROSE_H

#include "fields.h"

typedef struct cai_prose {
  cai_buf raw;
  bool seen;    /* a value came, null included */
  bool is_text; /* a string came, "" included */
} cai_prose;

void cai_prose_init(cai_prose *prose);
void cai_prose_fini(cai_prose *prose);

/* Adds a string's content; null only marks it as seen. 0, NOMEM or TOO_LARGE. */
int cai_prose_add(cai_prose *prose, cai_room *room, cai_span value);
/* Adds any JSON value's text, quoted. */
int cai_prose_add_raw(cai_prose *prose, cai_room *room, cai_span value);

/* Appends it as a JSON string; lone surrogates become U+FFFD, since many readers refuse them. */
void cai_prose_write(const cai_prose *prose, cai_buf *out);

#endif
