/* SPDX-License-Identifier: MIT
 * A completion that came in one piece and is kept as its bytes: what it says. */
#ifndef CAI_WHOLE_H
#define CAI_WHOLE_H

#include "finish.h"
#include "voice.h"

/* Must it be put together anew, since calls lack ids or arguments, thoughts stand in the text, or the finish reason
 * does not tell of calls? `think_tag` as in think.h. */
bool cai_whole_needs_mending(cai_span completion, const char *think_tag);

/* Of the choice with index 0. */
cai_finish cai_whole_finish_reason(cai_span completion);

/* Says its texts. 0, NOMEM or TOO_LARGE. */
int cai_whole_say(cai_span completion, cai_voice *voice);

/* Says its calls, each as it stands there. */
int cai_whole_say_calls(cai_span completion, cai_voice *voice);

#endif
