/* SPDX-License-Identifier: MIT
 * The depth of the recursion is that of the values, which cai_scan_check has bounded. */
#include "alike.h"

#include <string.h>

#include "../../base/utf8.h"

/* Where the walk is: from a value up to the outermost one. */
typedef struct step {
  const struct step *above; /* NULL: this is the outermost value */
  cai_span key;             /* absent: an array's element */
  size_t index;
} step;

static bool compare(cai_span recorded, cai_span sent, const step *at, cai_difference *difference);

/* ---- saying where ---- */

/* The key as it was written between its quotes. */
static void add_key(cai_buf *out, cai_span key) {
  for (size_t i = 0; i < key.len; i++) {
    if (key.at[i] == '~')
      cai_buf_text(out, "~0");
    else if (key.at[i] == '/')
      cai_buf_text(out, "~1");
    else
      cai_buf_byte(out, key.at[i]);
  }
}

static void add_pointer(cai_buf *out, const step *at) {
  if (!at->above) return;
  add_pointer(out, at->above);
  cai_buf_byte(out, '/');
  if (at->key.at)
    add_key(out, at->key);
  else
    cai_buf_format(out, "%zu", at->index);
}

static bool differ(cai_difference *difference, const step *at, const char *what) {
  cai_buf pointer;
  cai_buf_init(&pointer, SIZE_MAX / 2);
  add_pointer(&pointer, at);
  size_t len = pointer.len < CAI_POINTER_SIZE ? pointer.len : CAI_POINTER_SIZE - 1;
  difference->what = what;
  memcpy(difference->pointer, cai_buf_view(&pointer), len);
  difference->pointer[len] = '\0';
  if (len < pointer.len) memcpy(difference->pointer + len - 3, "...", 3);
  cai_utf8_force(difference->pointer);
  cai_buf_fini(&pointer);
  return false;
}

/* ---- comparing ---- */

static bool is_same_text(cai_span one, cai_span other) {
  return one.len == other.len && memcmp(one.at, other.at, one.len) == 0;
}

/* With their quotes. */
static bool is_same_string(cai_span one, cai_span other) {
  cai_buf plain, other_plain;
  if (is_same_text(one, other)) return true;
  if (!memchr(one.at, '\\', one.len) && !memchr(other.at, '\\', other.len)) return false;
  cai_buf_init(&plain, one.len);
  cai_buf_init(&other_plain, other.len);
  cai_scan_string(one, &plain);
  cai_scan_string(other, &other_plain);
  bool same = !plain.error && !other_plain.error && plain.len == other_plain.len &&
              memcmp(cai_buf_view(&plain), cai_buf_view(&other_plain), plain.len) == 0;
  cai_buf_fini(&plain);
  cai_buf_fini(&other_plain);
  return same;
}

static cai_span with_quotes(cai_span key) { return (cai_span){key.at - 1, key.len + 2}; }

/* The member of `object` with this key. `scan` walks along: members in the same order are found at once. */
static bool find(cai_span object, cai_scan *scan, cai_span key, cai_span *value) {
  cai_span other;
  if (cai_scan_member(scan, &other, value) && is_same_text(key, other)) return true;
  *scan = cai_scan_members(object);
  while (cai_scan_member(scan, &other, value))
    if (is_same_string(with_quotes(key), with_quotes(other))) return true;
  *scan = cai_scan_members((cai_span){NULL, 0});
  return false;
}

static bool compare_objects(cai_span recorded, cai_span sent, const step *above, cai_difference *difference) {
  cai_span value, other;
  step at = {.above = above};
  cai_scan scan = cai_scan_members(sent), beside = cai_scan_members(recorded);
  while (cai_scan_member(&scan, &at.key, &value)) {
    if (!find(recorded, &beside, at.key, &other)) return differ(difference, &at, "does not have");
    if (!compare(other, value, &at, difference)) return false;
  }
  scan = cai_scan_members(recorded), beside = cai_scan_members(sent);
  while (cai_scan_member(&scan, &at.key, &value))
    if (!find(sent, &beside, at.key, &other)) return differ(difference, &at, "also has");
  return true;
}

static bool compare_arrays(cai_span recorded, cai_span sent, const step *above, cai_difference *difference) {
  cai_span value, other;
  step at = {.above = above};
  cai_scan scan = cai_scan_elements(sent), beside = cai_scan_elements(recorded);
  for (; cai_scan_element(&scan, &value); at.index++) {
    if (!cai_scan_element(&beside, &other)) return differ(difference, &at, "does not have");
    if (!compare(other, value, &at, difference)) return false;
  }
  return !cai_scan_element(&beside, &other) || differ(difference, &at, "also has");
}

static bool compare(cai_span recorded, cai_span sent, const step *at, cai_difference *difference) {
  if (cai_scan_is_object(recorded) && cai_scan_is_object(sent)) return compare_objects(recorded, sent, at, difference);
  if (cai_scan_is_array(recorded) && cai_scan_is_array(sent)) return compare_arrays(recorded, sent, at, difference);
  bool strings = cai_scan_is_string(recorded) && cai_scan_is_string(sent);
  bool same = strings ? is_same_string(recorded, sent) : is_same_text(recorded, sent);
  if (!same) return differ(difference, at, "differs at");
  difference->same++;
  return true;
}

bool cai_alike(cai_span recorded, cai_span sent, cai_difference *difference) {
  const step outermost = {0};
  *difference = (cai_difference){.what = ""};
  return compare(recorded, sent, &outermost, difference);
}
