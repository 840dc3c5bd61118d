/* SPDX-License-Identifier: MIT
 * Do two JSON values mean the same? The order of members and white space do not count, nor how a character is escaped;
 * numbers are the same when their text is. */
#ifndef CAI_ALIKE_H
#define CAI_ALIKE_H

#include <stdbool.h>

#include "../../base/scan.h"

enum { CAI_POINTER_SIZE = 61 };

/* The first difference: `what` is static text to stand before the JSON pointer (RFC 6901), which is cut when it is
 * long. Names and positions only, no values. */
typedef struct cai_difference {
  const char *what;
  char pointer[CAI_POINTER_SIZE];
  size_t same; /* values that are the same before it */
} cai_difference;

/* Both well-formed (cai_scan_check). False: `difference` is filled. */
bool cai_alike(cai_span recorded, cai_span sent, cai_difference *difference);

#endif
