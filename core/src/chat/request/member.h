/* SPDX-License-Identifier: MIT
 * Rewrites the members of the body itself, one by one. */
#ifndef CAI_MEMBER_H
#define CAI_MEMBER_H

#include "rewriting.h"

/* What the body says that other members depend on; absent spans where it does not. */
typedef struct cai_member_facts {
  cai_span model, stream, stream_options, max_tokens, max_completion_tokens, reasoning_effort, extra_body, service_tier;
} cai_member_facts;

/* Refuses members that contradict each other. */
void cai_member_check(cai_rewriting *rewriting, const cai_member_facts *body);

/* Does with the current member what the table says. */
void cai_member_rewrite(cai_rewriting *rewriting, cai_patch *patch, const cai_member_facts *body);

#endif
