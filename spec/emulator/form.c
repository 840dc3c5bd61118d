/* SPDX-License-Identifier: MIT */
#include "form.h"

#include <string.h>

#include "base/alloc.h"

static int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = (char)(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static char *form_decode(const char *text, size_t len) {
  char *plain = cai_malloc(len + 1);
  size_t used = 0;
  if (!plain) return NULL;
  for (size_t i = 0; i < len; i++) {
    char c = text[i] == '+' ? ' ' : text[i];
    if (c == '%' && i + 2 < len && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
      c = (char)(hex(text[i + 1]) * 16 + hex(text[i + 2]));
      i += 2;
    }
    plain[used++] = c;
  }
  plain[used] = '\0';
  return plain;
}

char *emu_form_get(const emu_exchange *exchange, const char *name) {
  const char *at = cai_buf_view(&exchange->body);
  size_t name_len = strlen(name);
  while (*at) {
    size_t len = strcspn(at, "&");
    if (len > name_len && at[name_len] == '=' && memcmp(at, name, name_len) == 0)
      return form_decode(at + name_len + 1, len - name_len - 1);
    at += len;
    if (*at) at++;
  }
  return NULL;
}

bool emu_form_is(const emu_exchange *exchange, const char *name, const char *wanted) {
  char *value = emu_form_get(exchange, name);
  bool same = value && strcmp(value, wanted) == 0;
  cai_free_secret(value);
  return same;
}
