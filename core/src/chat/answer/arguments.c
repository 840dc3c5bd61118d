/* SPDX-License-Identifier: MIT
 *
 * Vertex is seen to stream line ends unescaped inside arguments, and to refuse a history that has them so. Where a
 * function takes nothing, models write nothing, white space or null. */
#include "arguments.h"

#include <stdint.h>
#include <string.h>

/* Everything outside of texts stays: control characters are white space there. */
static void escape_controls(cai_span text, cai_buf *out) {
  bool in_string = false, in_escape = false;
  for (size_t i = 0; i < text.len; i++) {
    char c = text.at[i];
    if (in_string && (unsigned char)c < 0x20)
      cai_buf_format(out, "\\u%04x", (unsigned)(unsigned char)c);
    else
      cai_buf_byte(out, c);
    if (in_escape)
      in_escape = false;
    else if (c == '\\')
      in_escape = in_string;
    else if (c == '"')
      in_string = !in_string;
  }
}

static bool is_json(const cai_buf *text) { return cai_scan_check(cai_buf_view(text), text->len, NULL, NULL) == 0; }

static bool has_controls(const cai_buf *text) {
  for (size_t i = 0; i < text->len; i++)
    if ((unsigned char)text->data[i] < 0x20) return true;
  return false;
}

static int replace(cai_prose *arguments, const cai_buf *text) {
  cai_buf quoted;
  cai_buf_init(&quoted, SIZE_MAX / 2);
  int error = cai_scan_quote(&quoted, text->data, text->len);
  if (!error) {
    cai_buf_reset(&arguments->raw);
    error = cai_buf_append(&arguments->raw, quoted.data + 1, quoted.len - 2);
  }
  cai_buf_fini(&quoted);
  return error;
}

/* `plain` is the content of the string, escapes resolved. */
static int mend(cai_prose *arguments, const cai_buf *plain) {
  cai_buf fixed;
  cai_buf_init(&fixed, SIZE_MAX / 2);
  escape_controls((cai_span){plain->data, plain->len}, &fixed);
  int error = fixed.error;
  if (!error && is_json(&fixed)) error = replace(arguments, &fixed);
  cai_buf_fini(&fixed);
  return error;
}

static bool is_mendable(const cai_buf *plain) { return plain->len && has_controls(plain) && !is_json(plain); }

static bool is_nothing(const cai_buf *plain) {
  const char *text = cai_buf_view(plain);
  size_t from = strspn(text, " \t\r\n"), len = plain->len - from;
  while (len && strchr(" \t\r\n", text[from + len - 1])) len--;
  cai_span word = {text + from, len};
  return !len || cai_span_equal(word, "null") || cai_span_equal(word, "\"\"");
}

static int set_nothing(cai_prose *arguments) {
  cai_buf_reset(&arguments->raw);
  return cai_buf_text(&arguments->raw, "{}");
}

int cai_arguments_mend(cai_prose *arguments) {
  cai_buf quoted, plain;
  if (!arguments->raw.len) return set_nothing(arguments);
  cai_buf_init(&quoted, SIZE_MAX / 2);
  cai_buf_init(&plain, SIZE_MAX / 2);
  cai_prose_write(arguments, &quoted);
  int error = quoted.error;
  if (!error) error = cai_scan_string((cai_span){quoted.data, quoted.len}, &plain);
  if (!error && is_nothing(&plain)) error = set_nothing(arguments);
  if (!error && is_mendable(&plain)) error = mend(arguments, &plain);
  cai_buf_fini(&plain);
  cai_buf_fini(&quoted);
  return error;
}

bool cai_arguments_need_mending(cai_span value) {
  cai_buf plain;
  if (!cai_scan_is_filled(value)) return true;
  cai_buf_init(&plain, SIZE_MAX / 2);
  bool need = cai_scan_string(value, &plain) == 0 && (is_nothing(&plain) || is_mendable(&plain));
  cai_buf_fini(&plain);
  return need;
}
