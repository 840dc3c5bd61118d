/* SPDX-License-Identifier: MIT */
#include "line.h"

#include "attempt.h"

void cai_line_join(cai_line *line, cai_attempt *attempt) {
  attempt->place = (cai_line_place){.before = line->last, .taken = true};
  if (line->last)
    line->last->place.behind = attempt;
  else
    line->first = attempt;
  line->last = cai_attempt_ref(attempt);
  line->count++;
}

void cai_line_leave(cai_line *line, cai_attempt *attempt) {
  cai_line_place *place = &attempt->place;
  if (!place->taken) return;
  if (place->before)
    place->before->place.behind = place->behind;
  else
    line->first = place->behind;
  if (place->behind)
    place->behind->place.before = place->before;
  else
    line->last = place->before;
  *place = (cai_line_place){0};
  line->count--;
  cai_attempt_unref(attempt);
}
