/* SPDX-License-Identifier: MIT
 * The arguments of a call as they must be to be sent back. */
#ifndef CAI_ARGUMENTS_H
#define CAI_ARGUMENTS_H

#include "prose.h"

/* Gives {} to arguments that say nothing, and escapes control characters that stand in their texts as they are; leaves
 * them alone if that does not make them JSON. 0 or NOMEM. */
int cai_arguments_mend(cai_prose *arguments);

/* Must it be called for this member of a call, any JSON value? */
bool cai_arguments_need_mending(cai_span value);

#endif
