/* SPDX-License-Identifier: MIT
 * Why a choice ended, in the words of OpenAI and Google. */
#ifndef CAI_FINISH_H
#define CAI_FINISH_H

#include "../../base/scan.h"

typedef enum cai_finish {
  CAI_FINISH_NONE = 0,
  CAI_FINISH_STOP = 1,
  CAI_FINISH_LENGTH = 2,
  CAI_FINISH_TOOL_CALLS = 3, /* also a function_call of before there were tools */
  CAI_FINISH_CONTENT_FILTER = 4,
  CAI_FINISH_OTHER = 5
} cai_finish;

/* `reason` is the content of a JSON string; empty or absent: NONE. */
cai_finish cai_finish_of(cai_span reason);

/* What it is for a choice with calls: servers that do not tell of calls say stop, or nothing. */
cai_finish cai_finish_with_calls(cai_finish finish);

#endif
