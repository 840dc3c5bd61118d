/* SPDX-License-Identifier: MIT
 *
 * Source: https://github.com/continuedev/continue/issues/10085 (a message that is JSON),
 * https://github.com/coffeegrind123/gemini-for-claude-code/issues/5 (LiteLLM: words before and behind it), grpc-go's
 * status.Error for "rpc error". */
#include "nested.h"

#include <string.h>

enum { TRIES = 8 }; /* braces that begin no JSON; keeps the search linear */

/* Behind the brace that closes the one at `at`, NULL when there is none. */
static const char *behind_object(const char *at, const char *end) {
  int depth = 0;
  bool quoted = false;
  for (; at < end; at++) {
    if (quoted) {
      if (*at == '\\')
        at++;
      else if (*at == '"')
        quoted = false;
    } else if (*at == '"') {
      quoted = true;
    } else if (*at == '{') {
      depth++;
    } else if (*at == '}' && --depth == 0) {
      return at + 1;
    }
  }
  return NULL;
}

static bool tells_of_error(cai_span object) {
  static const char *const names[] = {"error", "errors", "message", "detail", "msg", "error_description"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (!cai_scan_is_null(cai_scan_get(object, names[i]))) return true;
  return false;
}

cai_span cai_nested_find(const char *text, size_t len) {
  const char *end = text + len, *at = text;
  for (int i = 0; len && i < TRIES && (at = memchr(at, '{', (size_t)(end - at))) != NULL; i++, at++) {
    cai_span object;
    const char *behind = behind_object(at, end);
    if (!behind) continue;
    if (cai_scan_value(at, (size_t)(behind - at), &object) && tells_of_error(object)) return object;
  }
  return (cai_span){NULL, 0};
}

bool cai_nested_rpc(const char *text, size_t len, cai_span *code, cai_span *words) {
  static const char code_mark[] = "code = ", words_mark[] = " desc = ";
  if (!len) return false;
  const char *end = text + len;
  const char *at = memmem(text, len, code_mark, sizeof code_mark - 1);
  if (!at) return false;
  at += sizeof code_mark - 1;
  const char *stop = memmem(at, (size_t)(end - at), words_mark, sizeof words_mark - 1);
  if (!stop) return false;
  *code = (cai_span){at, (size_t)(stop - at)};
  stop += sizeof words_mark - 1;
  *words = (cai_span){stop, (size_t)(end - stop)};
  return code->len > 0 && code->len < 32 && words->len > 0;
}
