/* SPDX-License-Identifier: MIT */
#include "buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "chatabi.h"

void cai_buf_init(cai_buf *buf, size_t max) {
  memset(buf, 0, sizeof *buf);
  buf->max = max;
}

void cai_buf_init_secret(cai_buf *buf, size_t max) {
  cai_buf_init(buf, max);
  buf->secret = true;
}

static void release(cai_buf *buf) {
  if (buf->secret) cai_cleanse(buf->data, buf->cap);
  cai_free(buf->data);
  buf->data = NULL;
  buf->len = buf->cap = 0;
}

void cai_buf_fini(cai_buf *buf) {
  release(buf);
  buf->error = 0;
}

void cai_buf_reset(cai_buf *buf) {
  if (buf->secret) cai_cleanse(buf->data, buf->cap);
  buf->len = 0;
  buf->error = 0;
  if (buf->data) buf->data[0] = '\0';
}

static int fail(cai_buf *buf, int error) {
  release(buf);
  buf->error = error;
  return error;
}

/* A secret must not be left behind in the block that realloc moved away from. */
static char *regrow(cai_buf *buf, size_t cap) {
  if (!buf->secret) return cai_realloc(buf->data, cap);
  char *data = cai_malloc(cap);
  if (!data) return NULL;
  if (buf->data) memcpy(data, buf->data, buf->len);
  cai_cleanse(buf->data, buf->cap);
  cai_free(buf->data);
  return data;
}

static int reserve(cai_buf *buf, size_t more) {
  if (buf->error) return buf->error;
  if (more > buf->max || buf->len > buf->max - more) return fail(buf, CHATABI_E_TOO_LARGE);
  size_t need = buf->len + more + 1;
  if (buf->data && need <= buf->cap) return 0;
  size_t cap = buf->cap ? buf->cap : 64;
  while (cap < need) cap = cap > SIZE_MAX / 2 ? need : cap * 2;
  char *data = regrow(buf, cap);
  if (!data) return fail(buf, CHATABI_E_NOMEM);
  buf->data = data;
  buf->cap = cap;
  return 0;
}

int cai_buf_append(cai_buf *buf, const void *bytes, size_t len) {
  if (reserve(buf, len)) return buf->error;
  if (len) memcpy(buf->data + buf->len, bytes, len);
  buf->len += len;
  buf->data[buf->len] = '\0';
  return 0;
}

int cai_buf_text(cai_buf *buf, const char *text) { return cai_buf_append(buf, text, strlen(text)); }

int cai_buf_byte(cai_buf *buf, char byte) { return cai_buf_append(buf, &byte, 1); }

int cai_buf_format(cai_buf *buf, const char *format, ...) {
  va_list args;
  va_start(args, format);
  int len = vsnprintf(NULL, 0, format, args);
  va_end(args);
  if (len < 0) return fail(buf, CHATABI_E_NOMEM);
  if (reserve(buf, (size_t)len)) return buf->error;
  va_start(args, format);
  vsnprintf(buf->data + buf->len, (size_t)len + 1, format, args);
  va_end(args);
  buf->len += (size_t)len;
  return 0;
}

char *cai_buf_take(cai_buf *buf) {
  if (buf->error) return NULL;
  if (!buf->data && cai_buf_text(buf, "")) return NULL;
  char *data = buf->data;
  buf->data = NULL;
  buf->len = buf->cap = 0;
  return data;
}

const char *cai_buf_view(const cai_buf *buf) { return buf->data ? buf->data : ""; }
