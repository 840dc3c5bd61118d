/* SPDX-License-Identifier: MIT
 * The line that max_in_flight makes: attempts in the order in which they came. Each is counted while it stands there.
 * I/O thread only. */
#ifndef CAI_LINE_H
#define CAI_LINE_H

#include <stdbool.h>
#include <stdint.h>

struct cai_attempt;

typedef struct cai_line {
  struct cai_attempt *first;
  struct cai_attempt *last;
  int64_t count;
} cai_line;

/* An attempt's place in the line. */
typedef struct cai_line_place {
  struct cai_attempt *before;
  struct cai_attempt *behind;
  bool taken;
} cai_line_place;

void cai_line_join(cai_line *line, struct cai_attempt *attempt);

/* Does nothing for one that does not stand there. */
void cai_line_leave(cai_line *line, struct cai_attempt *attempt);

#endif
