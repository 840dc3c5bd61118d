/* SPDX-License-Identifier: MIT
 * A code and one formatted sentence, embedded in the object that failed. */
#ifndef CAI_ERR_H
#define CAI_ERR_H

#include <stdarg.h>

enum { CAI_ERR_MESSAGE = 1024 };

typedef struct cai_err {
  int code;
  char message[CAI_ERR_MESSAGE]; /* UTF-8, cut when too long */
} cai_err;

void cai_err_clear(cai_err *err);

/* Sets both and returns `code`, so that a function can end with it. `err` may be NULL. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
int cai_err_set(cai_err *err, int code, const char *format, ...);

/* Out of memory, in the usual words. */
int cai_err_nomem(cai_err *err);

/* Overwrites every occurrence of `secret` in text that somebody else wrote. Both may be NULL. */
void cai_err_hide(char *text, const char *secret);

const char *cai_err_name(int code);
const char *cai_err_text(int code);

#endif
