/* SPDX-License-Identifier: MIT */
#include "secrets.h"

#include <ctype.h>
#include <string.h>

#include "../../base/alloc.h"
#include "chatabi.h"

enum {
  MIN_SECRET = 6,  /* as in base/err.c */
  MAX_SLASHES = 16 /* before an escaped character: JSON in JSON in JSON. A bound, or a server could keep us busy */
};

void cai_secrets_init(cai_secrets *secrets) { *secrets = (cai_secrets){0}; }

void cai_secrets_fini(cai_secrets *secrets) {
  for (size_t i = 0; i < secrets->count; i++) cai_free_secret(secrets->items[i]);
  cai_free(secrets->items);
  *secrets = (cai_secrets){0};
}

int cai_secrets_add(cai_secrets *secrets, const char *text) {
  if (!text || strlen(text) < MIN_SECRET) return 0;
  char **items = cai_realloc(secrets->items, (secrets->count + 1) * sizeof *items);
  if (!items) return CHATABI_E_NOMEM;
  secrets->items = items;
  items[secrets->count] = cai_strdup(text);
  if (!items[secrets->count]) return CHATABI_E_NOMEM;
  secrets->count++;
  return 0;
}

static int hex(const char *at, size_t digits) {
  int sum = 0;
  for (size_t i = 0; i < digits; i++) {
    if (!isxdigit((unsigned char)at[i])) return -1;
    sum = sum * 16 + (at[i] <= '9' ? at[i] - '0' : (at[i] | 0x20) - 'a' + 10);
  }
  return sum;
}

/* How many bytes at `at` stand for `wanted`, as itself, as a JSON escape or percent-encoded; 0: they do not. */
static size_t spelled(const char *at, const char *end, char wanted) {
  const char *from = at;
  if (*at == wanted) return 1;
  if (*at == '%') return end - at >= 3 && hex(at + 1, 2) == (unsigned char)wanted ? 3 : 0;
  while (at < end && *at == '\\' && at - from < MAX_SLASHES) at++;
  if (at == from || at == end) return 0;
  if (*at == wanted) return (size_t)(at - from) + 1;
  return *at == 'u' && end - at >= 5 && hex(at + 1, 4) == (unsigned char)wanted ? (size_t)(at - from) + 5 : 0;
}

static size_t occurrence(const char *at, const char *end, const char *secret) {
  const char *from = at;
  for (; *secret; secret++) {
    size_t len = at < end ? spelled(at, end, *secret) : 0;
    if (len == 0) return 0;
    at += len;
  }
  return (size_t)(at - from);
}

static void strike(char *bytes, size_t len, const char *secret) {
  char *at = bytes, *end = bytes + len;
  while (at < end) {
    size_t hit = occurrence(at, end, secret);
    if (hit) memset(at, '*', hit);
    at += hit ? hit : 1;
  }
}

void cai_secrets_strike(const cai_secrets *secrets, char *bytes, size_t len) {
  for (size_t i = 0; i < secrets->count; i++) strike(bytes, len, secrets->items[i]);
}
