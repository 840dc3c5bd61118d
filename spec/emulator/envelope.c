/* SPDX-License-Identifier: MIT */
#include "envelope.h"

#include <inttypes.h>
#include <string.h>

#include "base/scan.h"

enum { CREATED_S = 1767225600 };

static const char filter_results[] =
    "{\"hate\":{\"filtered\":false,\"severity\":\"safe\"},\"violence\":{\"filtered\":false,\"severity\":\"safe\"}}";

static void quote(cai_buf *out, const char *text) { cai_scan_quote(out, text, strlen(text)); }

bool emu_envelope_is_google(const emu_script *script) { return emu_dialect_is_google(script->dialect); }

void emu_envelope_quote(const emu_script *script, const char *text, size_t len, cai_buf *out) {
  if (!emu_envelope_is_google(script)) {
    cai_scan_quote(out, text, len);
    return;
  }
  cai_buf quoted;
  cai_buf_init(&quoted, out->max);
  cai_scan_quote(&quoted, text, len);
  const char *at = cai_buf_view(&quoted);
  while (*at) {
    size_t run = strcspn(at, "<>&");
    cai_buf_append(out, at, run);
    at += run;
    if (*at) cai_buf_format(out, "\\u%04x", (unsigned)*at++);
  }
  cai_buf_fini(&quoted);
}

/* ---- usage: each server counts reasoning differently ---- */

static void google_usage(const emu_script *script, cai_buf *out) {
  const emu_answer *answer = script->answer;
  int64_t prompt = answer->prompt_tokens, spoken = answer->completion_tokens, thought = answer->reasoning_tokens;
  cai_buf_format(out, "{\"completion_tokens\":%" PRId64, spoken);
  if (script->dialect != EMU_AS_GEMINI) {
    if (thought) cai_buf_format(out, ",\"completion_tokens_details\":{\"reasoning_tokens\":%" PRId64 "}", thought);
    cai_buf_format(out, ",\"extra_properties\":{\"google\":{\"traffic_type\":\"%s\"}}", script->traffic);
  }
  cai_buf_format(out, ",\"prompt_tokens\":%" PRId64 ",\"total_tokens\":%" PRId64 "}", prompt,
                 prompt + spoken + thought);
}

void emu_envelope_usage(const emu_script *script, cai_buf *out) {
  const emu_answer *answer = script->answer;
  int64_t prompt = answer->prompt_tokens, spoken = answer->completion_tokens, thought = answer->reasoning_tokens;
  if (emu_envelope_is_google(script)) {
    google_usage(script, out);
    return;
  }
  cai_buf_format(
      out,
      "{\"prompt_tokens\":%" PRId64 ",\"completion_tokens\":%" PRId64 ",\"total_tokens\":%" PRId64
      ",\"prompt_tokens_details\":{\"cached_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":%" PRId64
      "}}",
      prompt, spoken + thought, prompt + spoken + thought, thought);
}

/* ---- OpenAI and who follows it ---- */

static void openai_head(const emu_script *script, const char *object, cai_buf *out) {
  const char *id = script->answer->id;
  if (script->completion) cai_buf_format(out, "{\"id\":\"cmpl-%s\"", id + strcspn(id, "-") + 1);
  if (!script->completion) cai_buf_format(out, "{\"id\":\"%s\"", id);
  cai_buf_format(out, ",\"object\":\"%s\",\"created\":%d,\"model\":", object, CREATED_S);
  quote(out, script->answer->model);
  if (script->dialect == EMU_AS_OPENROUTER) cai_buf_text(out, ",\"provider\":\"Emulator\"");
  cai_buf_text(out, ",\"system_fingerprint\":\"fp_emu\",\"choices\":[");
}

static const char *chunk_object(const emu_script *script) {
  return script->completion ? "text_completion" : "chat.completion.chunk";
}

static void quote_or_null(const char *text, cai_buf *out) {
  if (text)
    quote(out, text);
  else
    cai_buf_text(out, "null");
}

void emu_envelope_choice_extra(const emu_script *script, const char *finish, cai_buf *out) {
  if (script->dialect == EMU_AS_AZURE) cai_buf_format(out, ",\"content_filter_results\":%s", filter_results);
  if (script->dialect != EMU_AS_OPENROUTER) return;
  cai_buf_text(out, ",\"native_finish_reason\":");
  quote_or_null(finish && strcmp(finish, "stop") == 0 ? "end_turn" : finish, out);
}

static void write_timings(const emu_script *script, cai_buf *out) {
  cai_buf_format(out,
                 ",\"timings\":{\"prompt_n\":%" PRId64 ",\"prompt_ms\":12.5,\"predicted_n\":%" PRId64
                 ",\"predicted_ms\":250.25}",
                 script->answer->prompt_tokens, script->answer->completion_tokens);
}

static void openai_tail(const emu_script *script, const emu_piece *piece, cai_buf *out) {
  bool last = piece->finish && script->open == 1;
  if (last && emu_dialect_ends_with_usage(script->dialect)) {
    cai_buf_text(out, ",\"usage\":");
    emu_envelope_usage(script, out);
  } else if (script->include_usage && !emu_dialect_ends_with_usage(script->dialect)) {
    cai_buf_text(out, ",\"usage\":null");
  }
  if (last && script->dialect == EMU_AS_LLAMACPP) write_timings(script, out);
  cai_buf_format(out, "%s}", piece->padding);
}

static void openai_chunk(const emu_script *script, const emu_piece *piece, cai_buf *out) {
  openai_head(script, chunk_object(script), out);
  cai_buf_format(out, "{\"index\":%d,", piece->index);
  if (script->completion)
    cai_buf_format(out, "\"text\":%s", *piece->delta ? piece->delta : "\"\"");
  else
    cai_buf_format(out, "\"delta\":{%s}", piece->delta);
  cai_buf_format(out, ",\"logprobs\":%s,\"finish_reason\":", piece->logprobs ? piece->logprobs : "null");
  const char *finish = script->without_finish ? NULL : piece->finish;
  quote_or_null(finish, out);
  emu_envelope_choice_extra(script, finish, out);
  cai_buf_text(out, "}]");
  openai_tail(script, piece, out);
}

/* ---- Google ---- */

static void google_tail(const emu_script *script, const char *object, bool with_usage, cai_buf *out) {
  cai_buf_format(out, "],\"created\":%d,\"id\":\"%s\",\"model\":", CREATED_S, script->answer->id);
  quote(out, script->answer->model);
  cai_buf_format(out, ",\"object\":\"%s\"", object);
  if (script->dialect != EMU_AS_GEMINI) cai_buf_text(out, ",\"system_fingerprint\":\"\"");
  if (with_usage) {
    cai_buf_text(out, ",\"usage\":");
    emu_envelope_usage(script, out);
  }
  cai_buf_byte(out, '}');
}

/* In a stream the Gemini API says "stop" where the model called a tool. */
static const char *google_finish(const emu_script *script, const char *finish) {
  return script->dialect == EMU_AS_GEMINI && strcmp(finish, "tool_calls") == 0 ? "stop" : finish;
}

static void google_chunk(const emu_script *script, const emu_piece *piece, cai_buf *out) {
  bool says = piece->finish && !script->without_finish;
  cai_buf_format(out, "{\"choices\":[{\"delta\":{%s}", piece->delta);
  if (says) cai_buf_format(out, ",\"finish_reason\":\"%s\"", google_finish(script, piece->finish));
  cai_buf_format(out, ",\"index\":%d", piece->index);
  if (script->dialect != EMU_AS_GEMINI) cai_buf_text(out, ",\"logprobs\":null");
  cai_buf_byte(out, '}');
  google_tail(script, "chat.completion.chunk", script->dialect == EMU_AS_GEMINI || (says && script->open == 1), out);
}

/* ---- */

void emu_envelope_chunk(const emu_script *script, const emu_piece *piece, cai_buf *out) {
  if (emu_envelope_is_google(script))
    google_chunk(script, piece, out);
  else
    openai_chunk(script, piece, out);
}

void emu_envelope_usage_chunk(const emu_script *script, cai_buf *out) {
  openai_head(script, chunk_object(script), out);
  cai_buf_text(out, "],\"usage\":");
  emu_envelope_usage(script, out);
  if (script->dialect == EMU_AS_LLAMACPP) write_timings(script, out);
  cai_buf_byte(out, '}');
}

void emu_envelope_filter_chunk(const emu_script *script, bool async, cai_buf *out) {
  (void)script;
  cai_buf_text(out, "{\"choices\":[");
  if (async)
    cai_buf_format(out,
                   "{\"content_filter_offsets\":{\"check_offset\":44,\"start_offset\":44,\"end_offset\":198},"
                   "\"content_filter_results\":%s,\"finish_reason\":null,\"index\":0}",
                   filter_results);
  cai_buf_text(out, "],\"created\":0,\"id\":\"\",\"model\":\"\",\"object\":\"\"");
  if (!async)
    cai_buf_format(out, ",\"prompt_filter_results\":[{\"prompt_index\":0,\"content_filter_results\":%s}]",
                   filter_results);
  cai_buf_byte(out, '}');
}

void emu_envelope_begin(const emu_script *script, cai_buf *out) {
  if (emu_envelope_is_google(script))
    cai_buf_text(out, "{\"choices\":[");
  else
    openai_head(script, script->completion ? "text_completion" : "chat.completion", out);
}

void emu_envelope_end(const emu_script *script, cai_buf *out) {
  if (emu_envelope_is_google(script)) {
    google_tail(script, "chat.completion", true, out);
    return;
  }
  cai_buf_text(out, "],\"usage\":");
  emu_envelope_usage(script, out);
  if (script->dialect == EMU_AS_LLAMACPP) write_timings(script, out);
  cai_buf_byte(out, '}');
}
