/* SPDX-License-Identifier: MIT
 * The body as the user gave it: is it one, and what does it say that others must know. */
#ifndef CAI_BODY_H
#define CAI_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../base/err.h"

typedef struct cai_body_facts {
  bool stream;           /* "stream": true */
  char *model;           /* owned by the caller after success; NULL when the body names none */
  int64_t max_tokens;    /* max_completion_tokens, else max_tokens; -1 when neither is a number */
  int64_t choices;       /* n, else 1 */
  char service_tier[16]; /* "" when there is none, or a longer one */
} cai_body_facts;

/* 0, CHATABI_E_JSON with the position of the fault, also for something other than an object, or NOMEM. */
int cai_body_check(const char *body, size_t len, cai_body_facts *facts, cai_err *err);

#endif
