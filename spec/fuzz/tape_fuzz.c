/* SPDX-License-Identifier: MIT
 * Whatever the file is: it is refused with its line, or every exchange in it can be played and is found again by its
 * own body. And whatever a server sends: what is written of it can be read, byte by byte. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "chat/record/entry.h"
#include "chat/record/tape.h"
#include "chatabi.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void play(const cai_recorded *recorded, cai_buf *all) {
  cai_buf piece;
  cai_headers headers;
  cai_err err;
  int64_t ms;
  cai_buf_init(&piece, SIZE_MAX / 2);
  cai_headers_init(&headers);
  if (cai_recorded_headers(recorded, &headers)) abort();
  cai_scan scan = cai_scan_elements(recorded->chunks);
  while (cai_recorded_piece(&scan, &ms, &piece)) {
    if (!piece.len || ms < 0) abort();
    cai_buf_append(all, piece.data, piece.len);
  }
  cai_recorded_err(recorded, &err);
  if (recorded->error && err.code != recorded->error) abort();
  cai_headers_fini(&headers);
  cai_buf_fini(&piece);
}

/* Its name as text, or NULL. */
static char *plain(cai_span string) {
  cai_buf text;
  cai_buf_init(&text, SIZE_MAX / 2);
  cai_buf_text(&text, "");
  cai_scan_string(string, &text);
  return cai_buf_take(&text);
}

static void find_again(cai_tape *tape, const cai_recorded *recorded) {
  cai_err err;
  char *method = plain(recorded->method), *path = plain(recorded->path);
  const cai_tape_request request = {method, path, recorded->body};
  if (method && path) {
    const cai_recorded *found = cai_tape_take(tape, &request, &err);
    (void)cai_tape_goes_on(tape, &request);
    bool ordinary = !strpbrk(path, "?#@") && !memchr(recorded->path.at, '\\', recorded->path.len) &&
                    !memchr(recorded->method.at, '\\', recorded->method.len);
    if (ordinary && !found) abort();
    if (!found && (err.code != CHATABI_E_REPLAY || !*err.message)) abort();
  }
  cai_free(method);
  cai_free(path);
}

static void read_file(const char *text, size_t len) {
  cai_tape tape;
  cai_err err;
  cai_tape_init(&tape);
  cai_err_clear(&err);
  if (cai_tape_read(&tape, "fuzz", text, len, &err)) {
    if (err.code != CHATABI_E_CONFIG || !strstr(err.message, "line ")) abort();
  } else {
    for (size_t i = 0; i < tape.count; i++) {
      cai_buf all;
      cai_buf_init(&all, SIZE_MAX / 2);
      play(&tape.items[i], &all);
      find_again(&tape, &tape.items[i]);
      cai_buf_fini(&all);
    }
  }
  cai_tape_fini(&tape);
}

/* In pieces whose sizes the bytes themselves choose. */
static void write_and_read(const char *bytes, size_t len) {
  cai_entry entry;
  cai_headers none;
  cai_tape tape;
  cai_buf all;
  const cai_err whole = {0};
  cai_headers_init(&none);
  cai_entry_init(&entry, SIZE_MAX / 4);
  cai_entry_begin(
      &entry,
      &(cai_entry_request){
          .attempt = 1, .method = "POST", .path = "/", .url = "http://h/", .headers = &none, .body = {"{}", 2}});
  cai_entry_head(&entry, 1, 200, 11, &none);
  for (size_t at = 0; at < len;) {
    size_t part = 1 + (unsigned char)bytes[at] % 17;
    if (part > len - at) part = len - at;
    cai_entry_piece(&entry, (int64_t)at, bytes + at, part);
    at += part;
  }
  if (cai_entry_end(&entry, 9, &whole)) abort();
  cai_tape_init(&tape);
  cai_buf_init(&all, SIZE_MAX / 2);
  if (cai_tape_read(&tape, "fuzz", entry.line.data, entry.line.len, NULL) || tape.count != 1) abort();
  play(&tape.items[0], &all);
  if (all.len != len || (len && memcmp(all.data, bytes, len) != 0)) abort();
  cai_buf_fini(&all);
  cai_tape_fini(&tape);
  cai_entry_fini(&entry);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  read_file((const char *)data, size);
  write_and_read((const char *)data, size);
  return 0;
}
