/* SPDX-License-Identifier: MIT */
#include "prose.h"

#include <stdint.h>
#include <string.h>

void cai_prose_init(cai_prose *prose) {
  memset(prose, 0, sizeof *prose);
  cai_buf_init(&prose->raw, SIZE_MAX / 2);
}

void cai_prose_fini(cai_prose *prose) { cai_buf_fini(&prose->raw); }

static int add(cai_prose *prose, cai_room *room, const char *at, size_t len) {
  int error = cai_room_take(room, len);
  return error ? error : cai_buf_append(&prose->raw, at, len);
}

int cai_prose_add(cai_prose *prose, cai_room *room, cai_span value) {
  prose->seen = true;
  if (!cai_scan_is_string(value)) return 0;
  prose->is_text = true;
  return value.len > 2 ? add(prose, room, value.at + 1, value.len - 2) : 0;
}

int cai_prose_add_raw(cai_prose *prose, cai_room *room, cai_span value) {
  cai_buf quoted;
  cai_buf_init(&quoted, SIZE_MAX / 2);
  int error = cai_scan_quote(&quoted, value.at, value.len);
  prose->seen = prose->is_text = true;
  if (!error) error = add(prose, room, quoted.data + 1, quoted.len - 2);
  cai_buf_fini(&quoted);
  return error;
}

static void write_repaired(cai_span raw, cai_buf *out) {
  cai_buf plain;
  cai_buf_init(&plain, SIZE_MAX / 2);
  int error = cai_scan_string(raw, &plain);
  if (error)
    out->error = error;
  else
    cai_scan_quote(out, cai_buf_view(&plain), plain.len);
  cai_buf_fini(&plain);
}

void cai_prose_write(const cai_prose *prose, cai_buf *out) {
  size_t start = out->len;
  cai_buf_byte(out, '"');
  cai_buf_append(out, cai_buf_view(&prose->raw), prose->raw.len);
  if (cai_buf_byte(out, '"') || !prose->raw.len) return;
  if (!memmem(prose->raw.data, prose->raw.len, "\\ud", 3) && !memmem(prose->raw.data, prose->raw.len, "\\uD", 3))
    return;
  cai_buf copy;
  cai_buf_init(&copy, SIZE_MAX / 2);
  if (cai_buf_append(&copy, out->data + start, out->len - start) == 0) {
    out->len = start;
    write_repaired((cai_span){copy.data, copy.len}, out);
  } else {
    out->error = copy.error;
  }
  cai_buf_fini(&copy);
}
