/* SPDX-License-Identifier: MIT */
#include "fixed.h"

#include <string.h>

#include "../base/alloc.h"
#include "../base/buf.h"
#include "chatabi.h"

enum { MAX_VALUE = 64 * 1024 };

void cai_fixed_init(cai_fixed *fixed, const char *what, const char *header, const char *prefix) {
  *fixed = (cai_fixed){.what = what, .header = header, .prefix = prefix, .complaint = "is empty"};
}

void cai_fixed_fini(cai_fixed *fixed) {
  cai_free_secret(fixed->value);
  fixed->value = NULL;
}

/* A line break would end the header and begin another one. */
static const char *complaint_of(const char *text, size_t len) {
  if (len == 0) return "is empty";
  if (len > MAX_VALUE) return "is longer than 64 KiB";
  for (size_t i = 0; i < len; i++)
    if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f) return "has a line break or another control character in it";
  return NULL;
}

int cai_fixed_set(cai_fixed *fixed, const char *text, bool *changed) {
  static const char blank[] = " \t\r\n";
  if (!text) text = "";
  text += strspn(text, blank);
  size_t len = strlen(text);
  while (len && strchr(blank, text[len - 1])) len--;
  const char *complaint = complaint_of(text, len);
  char *value = NULL;
  if (!complaint) {
    cai_buf buf;
    cai_buf_init_secret(&buf, MAX_VALUE + 16);
    cai_buf_text(&buf, fixed->prefix);
    cai_buf_append(&buf, text, len);
    value = cai_buf_take(&buf);
    cai_buf_fini(&buf);
    if (!value) return CHATABI_E_NOMEM;
  }
  if (changed) *changed = !value || !fixed->value || strcmp(value, fixed->value) != 0;
  cai_free_secret(fixed->value);
  fixed->value = value;
  fixed->complaint = complaint;
  return 0;
}

int cai_fixed_check(const cai_fixed *fixed, cai_err *err) {
  if (!fixed->complaint) return 0;
  if (fixed->variables)
    return cai_err_set(err, CHATABI_E_AUTH_SOURCE,
                       "There is no %s: set %s in the environment, or give it with the "
                       "auth source \"api_key\".",
                       fixed->what, fixed->variables);
  return cai_err_set(err, CHATABI_E_AUTH_SOURCE, "The %s %s: give another one.", fixed->what, fixed->complaint);
}
