/* SPDX-License-Identifier: MIT
 * A completion that came in one piece and is kept as its bytes: what it says. */
#ifndef CAI_WHOLE_H
#define CAI_WHOLE_H

#include "voice.h"

/* Says its texts. 0, NOMEM or TOO_LARGE. */
int cai_whole_say(cai_span completion, cai_voice *voice);

/* Says its calls, each as it stands there. */
int cai_whole_say_calls(cai_span completion, cai_voice *voice);

#endif
