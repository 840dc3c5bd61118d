/* SPDX-License-Identifier: MIT */
#include "nesting.h"

#include <stdlib.h>
#include <string.h>

static void inside_string(cai_nesting *nesting, char c) {
  if (nesting->in_escape)
    nesting->in_escape = false;
  else if (c == '\\')
    nesting->in_escape = true;
  else if (c == '"')
    nesting->in_string = false;
}

static void outside_string(cai_nesting *nesting, char c) {
  if (c == ' ' || c == '\n' || c == '\r' || c == '\t') return;
  bool opens = c == '{' || c == '[';
  if (nesting->whole || (nesting->depth == 0 && c != '{')) {
    nesting->broken = true;
  } else if (opens) {
    nesting->depth++;
  } else if (c == '}' || c == ']') {
    nesting->whole = --nesting->depth == 0;
  } else {
    nesting->in_string = c == '"';
  }
}

static void step(cai_nesting *nesting, char c) {
  if (nesting->in_string)
    inside_string(nesting, c);
  else
    outside_string(nesting, c);
}

/* The character of the escape at `at` (behind the backslash), as far as it matters here. */
static char resolve(const char **at, const char *end) {
  char kind = *(*at)++, digits[5] = "";
  if (kind == 'n' || kind == 'r' || kind == 't') return ' ';
  if (kind == 'b' || kind == 'f') return 'x';
  if (kind != 'u' || end - *at < 4) return kind;
  memcpy(digits, *at, 4);
  *at += 4;
  unsigned long code = strtoul(digits, NULL, 16);
  if (code == '\n' || code == '\r' || code == '\t') return ' ';
  return code >= 0x20 && code < 0x7F ? (char)code : 'x';
}

/* An unescaped byte of a string can be neither its end nor its escape. */
static const char *skip_string(cai_nesting *nesting, const char *at, const char *end) {
  const char *slash = memchr(at, '\\', (size_t)(end - at));
  nesting->in_escape = false;
  return slash ? slash : end;
}

void cai_nesting_feed(cai_nesting *nesting, const char *escaped, size_t len) {
  const char *at = escaped, *end = escaped + len;
  while (at < end && !nesting->broken) {
    if (*at == '\\' && end - at >= 2) {
      at++;
      step(nesting, resolve(&at, end));
    } else if (nesting->in_string) {
      at = skip_string(nesting, at, end);
    } else {
      step(nesting, *at++);
    }
  }
}

bool cai_nesting_is_whole(const cai_nesting *nesting) { return nesting->whole && !nesting->broken; }
