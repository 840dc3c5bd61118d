/* SPDX-License-Identifier: MIT */
#include "breakage.h"

#include <string.h>

#include "refusal.h"

/* In the shape that a fault names; on one line, as an event's data has to be. */
static void write_error(const emu_frame *frame, emu_surface surface, emu_shape shape, cai_buf *json) {
  emu_problem problem = {.code = NULL};
  int number;
  problem.shape = emu_refusal_shape(frame->fault, &number);
  if (problem.shape == EMU_SHAPE_OF_SURFACE) problem.shape = shape;
  emu_problem_set(&problem, 503, NULL, "The model is overloaded. Please try again later.");
  emu_problem_write(&problem, surface, true, json);
  for (size_t i = 0; i < json->len; i++)
    if (json->data[i] == '\n') json->data[i] = ' ';
}

/* The error and the end, as an inference server writes them. */
static void as_data(const emu_frame *frame, emu_surface surface, cai_buf *out) {
  cai_buf json;
  cai_buf_init(&json, 4096);
  write_error(frame, surface, EMU_SHAPE_OF_SURFACE, &json);
  emu_frame_event(frame, cai_buf_view(&json), json.len, out);
  cai_buf_fini(&json);
  emu_frame_done(frame, out);
}

static void as_event(const emu_frame *frame, const char *name, const char *field, emu_shape shape, cai_buf *out) {
  cai_buf json;
  cai_buf_init(&json, 4096);
  write_error(frame, EMU_VLLM, shape, &json);
  emu_frame_special(frame, name, field, &json, out);
  cai_buf_fini(&json);
}

/* As Ollama's own protocol does it: a line outside of any event. */
static void as_line(const emu_frame *frame, cai_buf *out) {
  write_error(frame, EMU_VLLM, EMU_SHAPE_OLLAMA, out);
  cai_buf_byte(out, '\n');
}

/* The same in the way of Google: a pretty-printed array. */
static void as_google_array(cai_buf *out) {
  emu_problem problem = {.code = NULL};
  emu_problem_set(&problem, 499, NULL, "The operation was cancelled.");
  emu_problem_write(&problem, EMU_VERTEX, false, out);
  cai_buf_byte(out, '\n');
}

bool emu_breakage_write(const emu_frame *frame, emu_surface surface, uint64_t chunks, cai_buf *out) {
  static const int ways[] = {EMU_ERROR_IN_STREAM, EMU_BARE_ERROR, EMU_EVENT_ERROR, EMU_FIELD_ERROR, EMU_LINE_ERROR};
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
    if (!frame->fault->on[ways[i]] || chunks != (uint64_t)frame->fault->arg[ways[i]]) continue;
    switch (ways[i]) {
      case EMU_ERROR_IN_STREAM: as_data(frame, surface, out); break;
      case EMU_BARE_ERROR: as_google_array(out); break;
      case EMU_EVENT_ERROR: as_event(frame, "error", "data", EMU_SHAPE_VLLM_FLAT, out); break;
      case EMU_FIELD_ERROR: as_event(frame, NULL, "error", EMU_SHAPE_LLAMACPP, out); break;
      default: as_line(frame, out);
    }
    return true;
  }
  return false;
}
