/* SPDX-License-Identifier: MIT */
#include "words.h"

#include <string.h>
#include <strings.h>

#include "../../base/utf8.h"

static bool is_gap(const char *text, size_t size) {
  return size == 1 && ((unsigned char)*text <= 0x20 || *text == 0x7F);
}

char *cai_words_of(const char *text, size_t len) {
  cai_buf out;
  cai_buf_init(&out, CAI_WORDS_MAX + 8);
  bool gap = false;
  while (len && out.len < CAI_WORDS_MAX - 8) {
    size_t size = cai_utf8_size(text, len), step = size ? size : 1;
    if (is_gap(text, size)) {
      gap = out.len > 0;
    } else {
      if (gap) cai_buf_byte(&out, ' ');
      gap = false;
      cai_buf_append(&out, size ? text : "\xEF\xBF\xBD", size ? size : 3);
    }
    text += step;
    len -= step;
  }
  if (len) cai_buf_text(&out, "...");
  char *words = out.len ? cai_buf_take(&out) : NULL;
  cai_buf_fini(&out);
  return words;
}

char *cai_words_of_value(cai_span value) {
  if (cai_scan_is_null(value) || cai_scan_is_object(value) || cai_scan_is_array(value)) return NULL;
  if (!cai_scan_is_string(value)) return cai_words_of(value.at, value.len);
  cai_buf text;
  cai_buf_init(&text, value.len);
  cai_scan_string(value, &text);
  char *words = cai_words_of(cai_buf_view(&text), text.len);
  cai_buf_fini(&text);
  return words;
}

bool cai_words_is_html(const char *text, size_t len) {
  while (len && strchr(" \t\r\n", *text) && *text) {
    text++;
    len--;
  }
  return len && *text == '<';
}

/* Behind the first `<name ...>` at or after `at`, NULL when there is none. */
static const char *behind_tag(const char *at, const char *end, const char *name) {
  size_t len = strlen(name);
  for (; (at = memchr(at, '<', (size_t)(end - at))) != NULL; at++) {
    if ((size_t)(end - at) <= len + 1 || strncasecmp(at + 1, name, len) != 0) continue;
    const char *close = memchr(at, '>', (size_t)(end - at));
    return close ? close + 1 : NULL;
  }
  return NULL;
}

static char *until_tag(const char *at, const char *end) {
  const char *stop = memchr(at, '<', (size_t)(end - at));
  return cai_words_of(at, (size_t)((stop ? stop : end) - at));
}

char *cai_words_of_html(const char *text, size_t len) {
  const char *end = text + len;
  const char *at = behind_tag(text, end, "title");
  char *words = at ? until_tag(at, end) : NULL;
  if (words) return words;
  at = behind_tag(text, end, "body");
  if (!at) at = text;
  for (; at < end && !words; at++) {
    if (*at == '<') at = memchr(at, '>', (size_t)(end - at));
    if (!at || at + 1 >= end) return NULL;
    if (*at == '>') words = until_tag(at + 1, end);
  }
  return words;
}
