/* SPDX-License-Identifier: MIT */
#include "logprobs.h"

#include "base/scan.h"

enum { TOP_MAX = 20 };

size_t emu_logprobs_piece_end(const cai_buf *text, size_t from, int words) {
  size_t at = from;
  for (int i = 0; i < words && at < text->len; i++) {
    while (at < text->len && (text->data[at] == ' ' || text->data[at] == '\n')) at++;
    while (at < text->len && text->data[at] != ' ' && text->data[at] != '\n') at++;
  }
  return at;
}

static void write_token(const char *text, size_t len, int rank, cai_buf *out) {
  cai_buf_text(out, "{\"token\":");
  cai_scan_quote(out, text, len);
  cai_buf_format(out, ",\"logprob\":-%d.%02zu,\"bytes\":[", rank, len % 100);
  for (size_t i = 0; i < len; i++) cai_buf_format(out, i ? ",%d" : "%d", (unsigned char)text[i]);
  cai_buf_byte(out, ']');
}

static void write_word(const char *text, size_t len, int top, cai_buf *out) {
  write_token(text, len, 0, out);
  cai_buf_text(out, ",\"top_logprobs\":[");
  for (int i = 0; i < top && i < TOP_MAX; i++) {
    if (i) cai_buf_byte(out, ',');
    write_token(text, i ? 1 : len, i, out);
    cai_buf_byte(out, '}');
  }
  cai_buf_text(out, "]}");
}

void emu_logprobs_write(const cai_buf *text, size_t from, size_t to, bool of_refusal, int top, cai_buf *out) {
  cai_buf_text(out, of_refusal ? "{\"content\":null,\"refusal\":[" : "{\"content\":[");
  for (size_t at = from; at < to;) {
    size_t end = emu_logprobs_piece_end(text, at, 1);
    if (at > from) cai_buf_byte(out, ',');
    write_word(text->data + at, end - at, top, out);
    at = end;
  }
  cai_buf_text(out, of_refusal ? "]}" : "],\"refusal\":null}");
}
