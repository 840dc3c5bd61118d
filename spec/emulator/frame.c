/* SPDX-License-Identifier: MIT */
#include "frame.h"

#include <string.h>

static const char *line_end(const emu_frame *frame) {
  return frame->fault->on[EMU_CRLF] ? "\r\n" : frame->fault->on[EMU_CR] ? "\r" : "\n";
}

static void add_field(const emu_frame *frame, const char *field, const char *data, size_t len, cai_buf *out) {
  cai_buf_format(out, "%s: ", field);
  cai_buf_append(out, data, len);
  cai_buf_text(out, line_end(frame));
}

static void add_comment(const emu_frame *frame, const char *comment, cai_buf *out) {
  cai_buf_format(out, ": %s%s%s", comment, line_end(frame), line_end(frame));
}

void emu_frame_event(const emu_frame *frame, const char *data, size_t len, cai_buf *out) {
  if (frame->fault->on[EMU_COMMENTS]) add_comment(frame, "ping", out);
  add_field(frame, "data", data, len, out);
  cai_buf_text(out, line_end(frame));
}

void emu_frame_special(const emu_frame *frame, const char *name, const char *field, const cai_buf *data, cai_buf *out) {
  if (name) add_field(frame, "event", name, strlen(name), out);
  add_field(frame, field, cai_buf_view(data), data->len, out);
  cai_buf_text(out, line_end(frame));
}

/* Source: https://openrouter.ai/docs/api-reference/streaming */
void emu_frame_start(const emu_frame *frame, cai_buf *out) {
  if (frame->dialect == EMU_AS_OPENROUTER) add_comment(frame, "OPENROUTER PROCESSING", out);
}

/* llama.cpp ends without the blank line that would end the event. */
void emu_frame_done(const emu_frame *frame, cai_buf *out) {
  if (frame->fault->on[EMU_COMMENTS]) add_comment(frame, "ping", out);
  add_field(frame, "data", "[DONE]", 6, out);
  if (frame->dialect != EMU_AS_LLAMACPP) cai_buf_text(out, line_end(frame));
}
