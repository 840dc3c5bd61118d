/* SPDX-License-Identifier: MIT */
#include "scan.h"

#include <string.h>

#include "alloc.h"
#include "chatabi.h"
#include "utf8.h"

cai_span cai_span_of(const char *text) { return (cai_span){text, text ? strlen(text) : 0}; }

bool cai_span_equal(cai_span span, const char *text) {
  return span.at && strlen(text) == span.len && memcmp(span.at, text, span.len) == 0;
}

static void skip_space(const char **at, const char *end) {
  while (*at < end && (**at == ' ' || **at == '\n' || **at == '\r' || **at == '\t')) (*at)++;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool cai_scan_value(const char *text, size_t len, cai_span *value) {
  if (cai_scan_check(text, len, NULL, NULL)) return false;
  const char *at = text, *end = text + len;
  skip_space(&at, end);
  while (end > at && strchr(" \n\r\t", end[-1])) end--;
  *value = (cai_span){at, (size_t)(end - at)};
  return true;
}

/* ---- walking ---- */

bool cai_scan_is_object(cai_span value) { return value.at && value.len && *value.at == '{'; }
bool cai_scan_is_array(cai_span value) { return value.at && value.len && *value.at == '['; }
bool cai_scan_is_string(cai_span value) { return value.at && value.len >= 2 && *value.at == '"'; }
bool cai_scan_is_filled(cai_span value) { return cai_scan_is_string(value) && value.len > 2; }
bool cai_scan_is_null(cai_span value) { return !value.at || cai_span_equal(value, "null"); }

/* Behind the closing quote of the string at `at`. Each byte is looked at twice at most. */
static const char *string_end(const char *at, const char *end) {
  at++;
  while (at < end) {
    const char *quote = memchr(at, '"', (size_t)(end - at)), *slash;
    if (!quote) return end;
    while (at < quote && (slash = memchr(at, '\\', (size_t)(quote - at)))) at = slash + 2;
    if (at <= quote) return quote + 1;
  }
  return end;
}

/* Behind the value at `at`: brackets are counted, strings skipped. */
static const char *value_end(const char *at, const char *end) {
  size_t depth = 0;
  while (at < end) {
    char c = *at;
    if (c == '"') {
      at = string_end(at, end);
    } else if (c == '{' || c == '[') {
      depth++;
      at++;
    } else if (c == '}' || c == ']') {
      if (depth == 0) return at;
      depth--;
      at++;
    } else if (depth == 0 && (c == ',' || c == ' ' || c == '\n' || c == '\r' || c == '\t')) {
      return at;
    } else {
      at++;
      continue;
    }
    if (depth == 0) return at > end ? end : at;
  }
  return end;
}

static cai_scan inside(cai_span container, char opening) {
  if (!container.at || !container.len || *container.at != opening) return (cai_scan){NULL, NULL};
  return (cai_scan){container.at + 1, container.at + container.len};
}

cai_scan cai_scan_members(cai_span object) { return inside(object, '{'); }
cai_scan cai_scan_elements(cai_span array) { return inside(array, '['); }

static bool take_value(cai_scan *scan, cai_span *value) {
  skip_space(&scan->at, scan->end);
  const char *end = value_end(scan->at, scan->end);
  *value = (cai_span){scan->at, (size_t)(end - scan->at)};
  scan->at = end;
  skip_space(&scan->at, scan->end);
  if (scan->at < scan->end && *scan->at == ',') scan->at++;
  return value->len > 0;
}

bool cai_scan_member(cai_scan *scan, cai_span *key, cai_span *value) {
  skip_space(&scan->at, scan->end);
  if (scan->at >= scan->end || *scan->at != '"') return false;
  const char *end = string_end(scan->at, scan->end);
  if (end - scan->at < 2) return false;
  *key = (cai_span){scan->at + 1, (size_t)(end - scan->at) - 2};
  scan->at = end;
  skip_space(&scan->at, scan->end);
  if (scan->at >= scan->end || *scan->at != ':') return false;
  scan->at++;
  return take_value(scan, value);
}

bool cai_scan_element(cai_scan *scan, cai_span *value) {
  skip_space(&scan->at, scan->end);
  if (scan->at >= scan->end || *scan->at == ']') return false;
  return take_value(scan, value);
}

bool cai_scan_key_is(cai_span key, const char *name) {
  size_t len = strlen(name);
  if (key.len == len) return memcmp(key.at, name, len) == 0;
  /* Escapes only make it longer. */
  if (key.len < len || !memchr(key.at, '\\', key.len)) return false;
  cai_buf plain;
  cai_buf_init(&plain, key.len);
  bool same = cai_scan_string((cai_span){key.at - 1, key.len + 2}, &plain) == 0 &&
              cai_span_equal((cai_span){cai_buf_view(&plain), plain.len}, name);
  cai_buf_fini(&plain);
  return same;
}

cai_span cai_scan_get(cai_span object, const char *name) {
  cai_span key, value, found = {NULL, 0};
  cai_scan scan = cai_scan_members(object);
  while (cai_scan_member(&scan, &key, &value))
    if (cai_scan_key_is(key, name)) found = value;
  return found;
}

/* ---- values ---- */

bool cai_scan_int(cai_span value, int64_t *number) {
  if (!value.at || !value.len) return false;
  const char *at = value.at, *end = value.at + value.len;
  bool negative = *at == '-';
  if (negative) at++;
  uint64_t sum = 0;
  if (at == end) return false;
  for (; at < end; at++) {
    if (!is_digit(*at) || sum > (uint64_t)INT64_MAX / 10) return false;
    sum = sum * 10 + (uint64_t)(*at - '0');
    if (sum > (uint64_t)INT64_MAX) return false;
  }
  *number = negative ? -(int64_t)sum : (int64_t)sum;
  return true;
}

static int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  return (c | 0x20) - 'a' + 10;
}

static unsigned hex4(const char *at) {
  unsigned sum = 0;
  for (int i = 0; i < 4; i++) sum = sum * 16 + (unsigned)(hex_digit(at[i]) & 15);
  return sum;
}

/* Appends the character of the \u escape at `at` (behind the u) and returns the place behind it and its second half, if
 * any. */
static const char *append_unicode(cai_buf *out, const char *at, const char *end) {
  unsigned code = hex4(at);
  at += 4;
  if (code >= 0xD800 && code < 0xDC00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
    unsigned low = hex4(at + 2);
    if (low >= 0xDC00 && low < 0xE000) {
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      at += 6;
    }
  }
  cai_utf8_append(out, code >= 0xD800 && code < 0xE000 ? 0xFFFD : code);
  return at;
}

static char escape_of(char kind) {
  switch (kind) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return kind;
  }
}

int cai_scan_string(cai_span value, cai_buf *out) {
  if (!cai_scan_is_string(value)) return out->error;
  const char *at = value.at + 1, *end = value.at + value.len - 1;
  while (at < end) {
    const char *slash = memchr(at, '\\', (size_t)(end - at));
    if (!slash || end - slash < 2) return cai_buf_append(out, at, (size_t)(end - at));
    cai_buf_append(out, at, (size_t)(slash - at));
    at = slash + 2;
    if (slash[1] == 'u' && end - at >= 4)
      at = append_unicode(out, at, end);
    else
      cai_buf_byte(out, escape_of(slash[1]));
  }
  return out->error;
}

static void quote_control(cai_buf *out, unsigned char byte) {
  switch (byte) {
    case '"': cai_buf_text(out, "\\\""); break;
    case '\\': cai_buf_text(out, "\\\\"); break;
    case '\n': cai_buf_text(out, "\\n"); break;
    case '\r': cai_buf_text(out, "\\r"); break;
    case '\t': cai_buf_text(out, "\\t"); break;
    default: cai_buf_format(out, "\\u%04x", byte);
  }
}

int cai_scan_quote(cai_buf *out, const char *text, size_t len) {
  cai_buf_byte(out, '"');
  const char *end = text + len;
  while (text < end) {
    const char *run = text;
    while (text < end && (unsigned char)*text >= 0x20 && (unsigned char)*text < 0x80 && *text != '"' && *text != '\\')
      text++;
    cai_buf_append(out, run, (size_t)(text - run));
    if (text == end) break;
    unsigned char byte = (unsigned char)*text;
    if (byte < 0x80) {
      quote_control(out, byte);
      text++;
    } else {
      size_t size = cai_utf8_size(text, (size_t)(end - text));
      if (size)
        cai_buf_append(out, text, size);
      else
        cai_buf_text(out, "\xEF\xBF\xBD");
      text += size ? size : 1;
    }
  }
  return cai_buf_byte(out, '"');
}

int cai_scan_write_text(cai_buf *out, const char *name, const char *value) {
  if (!value) return out->error;
  cai_buf_format(out, "%s\"%s\":", out->len ? "," : "{", name);
  return cai_scan_quote(out, value, strlen(value));
}
