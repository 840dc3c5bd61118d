/* SPDX-License-Identifier: MIT
 * Reads JSON in place, without building a tree: a value is a span of the text that it came from, so what is not looked
 * at passes through byte by byte (large integers, key order, unknown members). cJSON (json.h) is for small documents
 * that we only interpret.
 *
 * cai_scan_check first, once; the other functions then expect well-formed text (on other text they stop early, never
 * read outside of it). Source: RFC 8259. */
#ifndef CAI_SCAN_H
#define CAI_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* Borrowed text, not NUL-terminated. `at` NULL: absent. */
typedef struct cai_span {
  const char *at;
  size_t len;
} cai_span;

cai_span cai_span_of(const char *text);
bool cai_span_equal(cai_span span, const char *text);

enum { CAI_SCAN_DEPTH = 128 }; /* nesting that is accepted; a parser's stack must have a bound */

/* Is `text` exactly one JSON value (white space around it is allowed)? 0, or CHATABI_E_JSON with the offset of the
 * first byte that cannot be right and what was wrong there (static text). */
int cai_scan_check(const char *text, size_t len, size_t *offset, const char **why);

/* The same, with the value's span without the white space around it. */
bool cai_scan_value(const char *text, size_t len, cai_span *value);

bool cai_scan_is_object(cai_span value);
bool cai_scan_is_array(cai_span value);
bool cai_scan_is_string(cai_span value);
bool cai_scan_is_filled(cai_span value); /* a string that is not empty */
bool cai_scan_is_null(cai_span value);   /* also when absent */

/* Walks an object's members or an array's elements. */
typedef struct cai_scan {
  const char *at;
  const char *end;
} cai_scan;

/* For anything but an object (array) the walk has no members (elements). */
cai_scan cai_scan_members(cai_span object);
cai_scan cai_scan_elements(cai_span array);
/* `key` is the text between the quotes, escapes still in it. */
bool cai_scan_member(cai_scan *scan, cai_span *key, cai_span *value);
bool cai_scan_element(cai_scan *scan, cai_span *value);

/* Compares a key as cai_scan_member gave it, escapes resolved. */
bool cai_scan_key_is(cai_span key, const char *name);

/* The last member of that name (as most readers of duplicate keys take it); absent when there is none. */
cai_span cai_scan_get(cai_span object, const char *name);

/* A number without fraction or exponent that fits; else false. */
bool cai_scan_int(cai_span value, int64_t *number);

/* Appends a string's content, escapes resolved; a lone surrogate becomes U+FFFD. Nothing for another type. Returns
 * buf->error. */
int cai_scan_string(cai_span value, cai_buf *out);

/* Appends `"name":"value"` with the '{' or ',' before it that belongs there; nothing for NULL. The name is written as
 * it is. Returns buf->error. */
int cai_scan_write_text(cai_buf *out, const char *name, const char *value);

/* Appends text as a JSON string with its quotes. Invalid UTF-8 becomes U+FFFD. Returns buf->error. */
int cai_scan_quote(cai_buf *out, const char *text, size_t len);

#endif
