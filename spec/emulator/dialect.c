/* SPDX-License-Identifier: MIT */
#include "dialect.h"

#include <string.h>

#include "base/scan.h"
#include "base/utf8.h"

bool emu_dialect_find(const char *name, emu_dialect *dialect) {
  static const char *const names[] = {"openai", "vertex",   "vertex_args", "gemini",   "ollama", "lmstudio", "vllm",
                                      "names",  "deepseek", "openrouter",  "llamacpp", "azure",  "mistral"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (strcmp(names[i], name) != 0) continue;
    *dialect = (emu_dialect)i;
    return true;
  }
  return false;
}

bool emu_dialect_is_google(emu_dialect dialect) {
  return dialect == EMU_AS_VERTEX || dialect == EMU_AS_VERTEX_ARGS || dialect == EMU_AS_GEMINI;
}

bool emu_dialect_reasons(emu_dialect dialect) {
  return dialect == EMU_AS_DEEPSEEK || dialect == EMU_AS_OPENROUTER || dialect == EMU_AS_MISTRAL;
}

bool emu_dialect_ends_with_usage(emu_dialect dialect) { return emu_dialect_reasons(dialect); }

static void quote(cai_buf *out, const char *text) { cai_scan_quote(out, text, strlen(text)); }

enum { PIECE_BYTES = 12 };

/* Piece `step` of the arguments, cut between characters; true when there are more. */
static bool arguments_piece(const char *arguments, int step, const char **at, size_t *len) {
  size_t total = strlen(arguments), from = 0, to = 0;
  for (int i = 0; i <= step; i++) {
    from = to;
    while (to < total && to - from < PIECE_BYTES) {
      size_t size = cai_utf8_size(arguments + to, total - to);
      to += size ? size : 1;
    }
  }
  *at = arguments + from;
  *len = to - from;
  return to < total;
}

static bool append_arguments(const emu_call *call, int step, cai_buf *out) {
  const char *at;
  size_t len;
  bool more = arguments_piece(call->arguments, step, &at, &len);
  cai_scan_quote(out, at, len);
  return more;
}

static void head(const emu_call *call, int number, const char *name, const char *arguments, cai_buf *out) {
  cai_buf_format(out, "{\"index\":%d,\"id\":\"%s\",\"type\":\"function\",\"function\":{\"name\":", number, call->id);
  quote(out, name);
  cai_buf_format(out, "%s}}", arguments);
}

static bool tail(const emu_call *call, int number, int step, cai_buf *out) {
  cai_buf_format(out, "{\"index\":%d,\"function\":{\"arguments\":", number);
  bool more = append_arguments(call, step, out);
  cai_buf_text(out, "}}");
  return more;
}

static bool as_openai(const emu_call *call, int number, int step, cai_buf *out) {
  if (step) return tail(call, number, step - 1, out);
  head(call, number, call->name, ",\"arguments\":\"\"", out);
  return true;
}

static bool as_names(const emu_call *call, int number, int step, cai_buf *out) {
  size_t half = strlen(call->name) / 2;
  if (step > 1) return tail(call, number, step - 2, out);
  if (step == 0) {
    cai_buf_format(out, "{\"index\":%d,\"id\":\"%s\",\"type\":\"function\",\"function\":{\"name\":", number, call->id);
    cai_scan_quote(out, call->name, half);
  } else {
    cai_buf_format(out, "{\"index\":%d,\"function\":{\"name\":", number);
    quote(out, call->name + half);
  }
  cai_buf_text(out, "}}");
  return true;
}

static bool as_vllm(const emu_call *call, int number, int step, cai_buf *out) {
  if (step) return tail(call, number, step, out);
  head(call, number, call->name, "", out);
  cai_buf_byte(out, ',');
  return tail(call, number, 0, out);
}

static bool as_lmstudio(const emu_call *call, int number, int step, cai_buf *out) {
  if (step == 0) {
    head(call, number, call->name, ",\"arguments\":\"\"", out);
    return true;
  }
  cai_buf_format(out, "{\"index\":%d,\"id\":\"%s-%d\",\"type\":\"function\",\"function\":{\"name\":\"\",\"arguments\":",
                 number, call->id, step);
  bool more = append_arguments(call, step - 1, out);
  cai_buf_text(out, "}}");
  return more;
}

/* The signature stands on the first call of an answer only. */
static void extra(const emu_call *call, int number, cai_buf *out) {
  if (number == 0)
    cai_buf_format(out, "\"extra_content\":{\"google\":{\"thought_signature\":\"%s\"}},", call->signature);
}

/* The first call's head has index 1 and its arguments 0; the second the other way round, as in Google's sample. */
static bool as_vertex_args(const emu_call *call, int number, int step, cai_buf *out) {
  bool more = true;
  cai_buf_byte(out, '{');
  if (step == 0) extra(call, number, out);
  cai_buf_text(out, "\"function\":{\"arguments\":");
  if (step)
    more = append_arguments(call, step - 1, out);
  else
    cai_buf_text(out, "\"\"");
  cai_buf_text(out, ",\"name\":");
  quote(out, call->name);
  cai_buf_format(out, "},\"id\":\"%s\",\"index\":%d,\"type\":\"function\"}", call->id,
                 (step == 0) == (number == 0) ? 1 : 0);
  return more;
}

static void mistral_whole(const emu_call *call, int number, cai_buf *out) {
  cai_buf_format(out, "{\"id\":\"%s\",\"function\":{\"name\":", call->id);
  quote(out, call->name);
  cai_buf_text(out, ",\"arguments\":");
  quote(out, call->arguments);
  cai_buf_format(out, "},\"index\":%d}", number);
}

static void google_whole(const emu_call *call, int number, bool with_index, cai_buf *out) {
  cai_buf_byte(out, '{');
  extra(call, number, out);
  cai_buf_text(out, "\"function\":{\"arguments\":");
  quote(out, call->arguments);
  cai_buf_text(out, ",\"name\":");
  quote(out, call->name);
  cai_buf_format(out, "},\"id\":\"%s\"", call->id);
  if (with_index) cai_buf_format(out, ",\"index\":%d", number);
  cai_buf_text(out, ",\"type\":\"function\"}");
}

static void ollama_whole(const emu_call *call, cai_buf *out) {
  cai_buf_format(out, "{\"id\":\"%s\",\"index\":0,\"type\":\"function\",\"function\":{\"name\":", call->id);
  quote(out, call->name);
  cai_buf_format(out, ",\"arguments\":%s}}", call->arguments);
}

bool emu_dialect_piece(emu_dialect dialect, const emu_call *call, int number, int step, cai_buf *out) {
  switch (dialect) {
    case EMU_AS_OPENAI:
    case EMU_AS_DEEPSEEK:
    case EMU_AS_OPENROUTER:
    case EMU_AS_LLAMACPP:
    case EMU_AS_AZURE: return as_openai(call, number, step, out);
    case EMU_AS_MISTRAL: mistral_whole(call, number, out); return false;
    case EMU_AS_VERTEX: google_whole(call, number, true, out); return false;
    case EMU_AS_VERTEX_ARGS: return as_vertex_args(call, number, step, out);
    case EMU_AS_GEMINI: google_whole(call, number, false, out); return false;
    case EMU_AS_OLLAMA: ollama_whole(call, out); return false;
    case EMU_AS_LMSTUDIO: return as_lmstudio(call, number, step, out);
    case EMU_AS_VLLM: return as_vllm(call, number, step, out);
    case EMU_AS_NAMES: return as_names(call, number, step, out);
  }
  return false;
}

void emu_dialect_whole(emu_dialect dialect, const emu_call *call, int number, cai_buf *out) {
  if (emu_dialect_is_google(dialect)) {
    google_whole(call, number, false, out);
    return;
  }
  cai_buf_format(out, "{\"id\":\"%s\",\"type\":\"function\",\"function\":{\"name\":", call->id);
  quote(out, call->name);
  cai_buf_text(out, ",\"arguments\":");
  quote(out, call->arguments);
  cai_buf_text(out, "}}");
}
