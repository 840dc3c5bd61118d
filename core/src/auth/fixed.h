/* SPDX-License-Identifier: MIT
 * An access token or API key that the user gave: sent as it is, renewed by nobody. */
#ifndef CAI_FIXED_H
#define CAI_FIXED_H

#include <stdbool.h>

#include "../base/err.h"

typedef struct cai_fixed {
  const char *what;   /* static: "access token", "API key" */
  const char *header; /* static */
  const char *prefix; /* static: "Bearer " or "" */
  char *value;        /* owned secret with the prefix; NULL: none that can be sent, see `complaint` */
  const char *complaint;
  const char *variables; /* where it would have been found, for messages; NULL: nowhere */
} cai_fixed;

/* All static text. */
void cai_fixed_init(cai_fixed *fixed, const char *what, const char *header, const char *prefix);
void cai_fixed_fini(cai_fixed *fixed);

/* White space around `text` is dropped. What cannot be sent (empty, line breaks) is remembered for cai_fixed_check.
 * `changed` (may be NULL): is it another one than before? 0 or CHATABI_E_NOMEM; then the old value stays. */
int cai_fixed_set(cai_fixed *fixed, const char *text, bool *changed);

/* 0 or CHATABI_E_AUTH_SOURCE. */
int cai_fixed_check(const cai_fixed *fixed, cai_err *err);

#endif
