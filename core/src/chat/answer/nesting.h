/* SPDX-License-Identifier: MIT
 * Follows the brackets of a JSON object that comes in pieces inside JSON strings, to know when it is whole. Each piece
 * is read once. */
#ifndef CAI_NESTING_H
#define CAI_NESTING_H

#include <stdbool.h>
#include <stddef.h>

typedef struct cai_nesting { /* all zero: nothing read */
  size_t depth;
  bool in_string;
  bool in_escape;
  bool whole;  /* the first bracket was closed, and only spaces followed */
  bool broken; /* this is no object */
} cai_nesting;

/* The next piece, as between the quotes of the string that it lies in: its escapes still unresolved. */
void cai_nesting_feed(cai_nesting *nesting, const char *escaped, size_t len);

bool cai_nesting_is_whole(const cai_nesting *nesting);

#endif
