/* SPDX-License-Identifier: MIT
 * One line of a recording, taken apart. */
#ifndef CAI_RECORDED_H
#define CAI_RECORDED_H

#include "tape.h"

/* NULL, or why the line is no recorded exchange (static text); then `recorded` is not to be used. */
const char *cai_recorded_read(cai_recorded *recorded, cai_span line);

#endif
