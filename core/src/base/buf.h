/* SPDX-License-Identifier: MIT
 * Growable bytes with a ceiling. Always NUL-terminated once anything was appended. A failed append frees the content
 * and is remembered in `error`, so that a chain of appends needs one check at its end. */
#ifndef CAI_BUF_H
#define CAI_BUF_H

#include <stdbool.h>
#include <stddef.h>

typedef struct cai_buf {
  char *data; /* owned; NULL while nothing was appended */
  size_t len;
  size_t cap;
  size_t max;  /* bytes that it may hold */
  int error;   /* 0, CHATABI_E_NOMEM or CHATABI_E_TOO_LARGE; stays until reset */
  bool secret; /* overwrite before every free */
} cai_buf;

void cai_buf_init(cai_buf *buf, size_t max);
/* For content that must not stay in freed memory. */
void cai_buf_init_secret(cai_buf *buf, size_t max);
void cai_buf_fini(cai_buf *buf);

/* Empties it, keeps the memory, forgets the error. */
void cai_buf_reset(cai_buf *buf);

/* Each returns buf->error. */
int cai_buf_append(cai_buf *buf, const void *bytes, size_t len);
int cai_buf_text(cai_buf *buf, const char *text);
int cai_buf_byte(cai_buf *buf, char byte);
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
int cai_buf_format(cai_buf *buf, const char *format, ...);

/* The content as owned text (free with cai_free), or NULL after an error or out of memory; the buffer is empty
 * afterwards. */
char *cai_buf_take(cai_buf *buf);

/* The content, "" when empty; borrowed until the next change. */
const char *cai_buf_view(const cai_buf *buf);

#endif
