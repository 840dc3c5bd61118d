/* SPDX-License-Identifier: MIT
 * Numbers are read by hand: strtod follows the host's locale. Source: RFC 9110, 10.2.3. */
#include "retry_after.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdbool.h>
#include <string.h>

enum { WHOLE_MAX = 1000000000 }; /* more seconds than any server means */

/* A decimal number in thousandths, rounded up: less is too soon. -1 when the text begins with none, or with one that is
 * beyond all reason. `*rest` is what follows. */
static int64_t thousandths(const char *text, const char **rest) {
  int64_t whole = 0, part = 0, place = 100;
  bool more = false;
  if (!isdigit((unsigned char)*text)) return -1;
  for (; isdigit((unsigned char)*text); text++)
    if (whole < WHOLE_MAX) whole = whole * 10 + (*text - '0');
  if (*text == '.')
    for (text++; isdigit((unsigned char)*text); text++, place /= 10) {
      part += place * (*text - '0');
      more = more || (!place && *text != '0');
    }
  *rest = text;
  return whole < WHOLE_MAX ? whole * 1000 + part + more : -1;
}

static const char *skip_space(const char *text) { return text + strspn(text, " \t"); }

int64_t cai_retry_after_duration_ms(const char *text) {
  const char *rest;
  int64_t ms = text ? thousandths(text, &rest) : -1;
  return ms >= 0 && strcmp(rest, "s") == 0 ? ms : -1;
}

static int64_t date_ms(const char *text, int64_t wall_ms) {
  if (!isalpha((unsigned char)*text)) return -1;
  time_t when = curl_getdate(text, NULL);
  int64_t wait_ms = when > 0 ? (int64_t)when * 1000 - wall_ms : -1;
  return wait_ms >= 0 && wait_ms / 1000 < WHOLE_MAX ? wait_ms : -1;
}

static int64_t header_ms(const char *text, int64_t wall_ms) {
  const char *rest;
  if (!text) return -1;
  text = skip_space(text);
  int64_t ms = thousandths(text, &rest);
  if (ms >= 0) return *skip_space(rest) ? -1 : ms;
  return date_ms(text, wall_ms);
}

int64_t cai_retry_after_ms(const cai_headers *headers, int64_t wall_ms) {
  if (!headers) return -1;
  int64_t wait_ms = header_ms(cai_headers_get(headers, "retry-after"), wall_ms);
  const char *exact = cai_headers_get(headers, "retry-after-ms"), *rest;
  int64_t exact_us = exact ? thousandths(skip_space(exact), &rest) : -1;
  if (exact_us >= 0 && !*skip_space(rest) && (exact_us + 999) / 1000 > wait_ms) wait_ms = (exact_us + 999) / 1000;
  return wait_ms;
}
