/* SPDX-License-Identifier: MIT
 * Rewrites where schemas stand: tools, functions and response_format. */
#ifndef CAI_TOOL_H
#define CAI_TOOL_H

#include "rewriting.h"

/* Appends the value of the body's member `name`. */
void cai_tool_rewrite(cai_rewriting *rewriting, cai_span name, cai_span value, cai_buf *out);

#endif
