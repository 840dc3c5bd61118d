/* SPDX-License-Identifier: MIT */
#include "script.h"

#include <stdio.h>
#include <string.h>

#include "delta.h"
#include "envelope.h"

enum { FLOOD_BYTES = 260 };

void emu_script_init(emu_script *script, const emu_answer *answer, const emu_prompt *prompt, emu_dialect dialect) {
  memset(script, 0, sizeof *script);
  script->answer = answer;
  script->dialect = dialect;
  script->open = answer->count;
  script->flood_left = answer->flood;
  script->include_usage = prompt->include_usage;
  script->completion = prompt->completion;
  script->shows_thoughts = prompt->shows_thoughts;
  script->logprobs = prompt->logprobs ? prompt->top_logprobs : -1;
  script->traffic = prompt->traffic;
  /* The Gemini API puts tags around thoughts without being asked to. */
  script->marker = prompt->marker || dialect != EMU_AS_GEMINI ? prompt->marker : "thought";
  /* A completion of a text has no role to tell. */
  for (int i = 0; i < answer->count; i++) script->cursors[i].has_role = prompt->completion;
}

static void next_chunk(emu_script *script, cai_buf *out) {
  cai_buf delta, logprobs;
  while (script->cursors[script->turn].finished) script->turn = (script->turn + 1) % script->answer->count;
  emu_piece piece = {.index = script->turn, .padding = ""};
  script->turn = (script->turn + 1) % script->answer->count;
  cai_buf_init(&delta, out->max);
  cai_buf_init(&logprobs, out->max);
  emu_delta_next(script, &script->answer->choices[piece.index], &script->cursors[piece.index], &delta, &logprobs,
                 &piece.finish);
  piece.delta = cai_buf_view(&delta);
  piece.logprobs = logprobs.len ? cai_buf_view(&logprobs) : NULL;
  emu_envelope_chunk(script, &piece, out);
  if (piece.finish) script->open--;
  cai_buf_fini(&delta);
  cai_buf_fini(&logprobs);
}

/* Azure's, first of all and behind the last choice. */
static bool next_filter(emu_script *script, cai_buf *out) {
  bool *told = script->open ? &script->told_filter : &script->told_async;
  if (script->dialect != EMU_AS_AZURE || *told) return false;
  *told = true;
  emu_envelope_filter_chunk(script, !script->open, out);
  return true;
}

bool emu_script_next(emu_script *script, cai_buf *out) {
  if (next_filter(script, out)) return true;
  if (script->open) {
    next_chunk(script, out);
    return true;
  }
  if (emu_envelope_is_google(script) || emu_dialect_ends_with_usage(script->dialect) || !script->include_usage ||
      script->told_usage)
    return false;
  script->told_usage = true;
  emu_envelope_usage_chunk(script, out);
  return true;
}

/* ---- flood ---- */

/* Behind the role, where a server has a chunk for it. */
bool emu_script_floods(const emu_script *script) {
  return script->flood_left && (emu_envelope_is_google(script) || script->cursors[0].has_role);
}

/* With its frame ("data: " and two line ends) each has 260 bytes, padded in the member that OpenAI pads in. */
void emu_script_flood(const emu_script *script, cai_buf *out) {
  char padding[FLOOD_BYTES + 32] = "";
  bool google = emu_envelope_is_google(script);
  emu_piece piece = {.delta = google ? "\"content\":\" chat\",\"role\":\"assistant\"" : "\"content\":\" chat\"",
                     .padding = ""};
  cai_buf bare;
  if (script->completion) piece.delta = "\" chat\"";
  cai_buf_init(&bare, (size_t)FLOOD_BYTES * 4);
  emu_envelope_chunk(script, &piece, &bare);
  size_t used = bare.len + strlen("data: \n\n") + strlen(",\"obfuscation\":\"\"");
  cai_buf_fini(&bare);
  if (!google && used <= FLOOD_BYTES) {
    char fill[FLOOD_BYTES + 1] = "";
    memset(fill, 'x', FLOOD_BYTES - used);
    snprintf(padding, sizeof padding, ",\"obfuscation\":\"%s\"", fill);
  }
  piece.padding = padding;
  emu_envelope_chunk(script, &piece, out);
}
