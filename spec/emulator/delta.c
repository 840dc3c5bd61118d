/* SPDX-License-Identifier: MIT */
#include "delta.h"

#include <string.h>

#include "base/scan.h"
#include "envelope.h"
#include "logprobs.h"

static bool is_google(const emu_script *script) { return emu_envelope_is_google(script); }

/* `cursor` moves to behind the next piece; returns where it was. */
static size_t step(const emu_script *script, const cai_buf *text, size_t *cursor) {
  size_t from = *cursor;
  *cursor = emu_logprobs_piece_end(text, from, is_google(script) ? 6 : 1);
  return from;
}

static void take_text(const emu_script *script, const char *member, const cai_buf *text, size_t *told, cai_buf *delta) {
  size_t from = step(script, text, told);
  cai_buf_format(delta, "\"%s\":", member);
  emu_envelope_quote(script, text->data + from, *told - from, delta);
  if (is_google(script)) cai_buf_text(delta, ",\"role\":\"assistant\"");
}

/* ---- reasoning ---- */

/* Within the text, as Google shows thoughts: marked as such, and with tags around them where they were asked for. */
static void take_thought(const emu_script *script, const emu_choice *choice, emu_cursor *cursor, cai_buf *delta) {
  cai_buf text;
  size_t from = step(script, &choice->reasoning, &cursor->reasoning);
  cai_buf_init(&text, delta->max);
  if (script->marker && from == 0) cai_buf_format(&text, "<%s>", script->marker);
  cai_buf_append(&text, choice->reasoning.data + from, cursor->reasoning - from);
  if (script->marker && cursor->reasoning == choice->reasoning.len) cai_buf_format(&text, "</%s>", script->marker);
  cai_buf_text(delta, "\"content\":");
  emu_envelope_quote(script, cai_buf_view(&text), text.len, delta);
  cai_buf_text(delta, ",\"extra_content\":{\"google\":{\"thought\":true}},\"role\":\"assistant\"");
  cai_buf_fini(&text);
}

static void take_reasoning(const emu_script *script, const emu_choice *choice, emu_cursor *cursor, cai_buf *delta) {
  const cai_buf *text = &choice->reasoning;
  size_t from = cursor->reasoning;
  if (is_google(script) && script->shows_thoughts) {
    take_thought(script, choice, cursor, delta);
  } else if (script->dialect == EMU_AS_MISTRAL) {
    step(script, text, &cursor->reasoning);
    cai_buf_text(delta, "\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":");
    cai_scan_quote(delta, text->data + from, cursor->reasoning - from);
    cai_buf_text(delta, "}]}]");
  } else if (script->dialect == EMU_AS_OPENROUTER) {
    cai_buf_text(delta, "\"role\":\"assistant\",\"content\":\"\",");
    take_text(script, "reasoning", text, &cursor->reasoning, delta);
    cai_buf_text(delta, ",\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":");
    cai_scan_quote(delta, text->data + from, cursor->reasoning - from);
    cai_buf_text(delta, ",\"format\":\"unknown\",\"index\":0}]");
  } else {
    take_text(script, "reasoning_content", text, &cursor->reasoning, delta);
  }
}

/* ---- text ---- */

static void tell_logprobs(const emu_script *script, const cai_buf *text, size_t from, size_t to, bool of_refusal,
                          cai_buf *logprobs) {
  if (script->logprobs >= 0 && !is_google(script))
    emu_logprobs_write(text, from, to, of_refusal, script->logprobs, logprobs);
}

static void take_content(const emu_script *script, const emu_choice *choice, emu_cursor *cursor, cai_buf *delta,
                         cai_buf *logprobs) {
  size_t from = cursor->content;
  if (script->completion) {
    step(script, &choice->content, &cursor->content);
    cai_scan_quote(delta, choice->content.data + from, cursor->content - from);
    return;
  }
  if (script->dialect == EMU_AS_OPENROUTER) cai_buf_text(delta, "\"role\":\"assistant\",");
  take_text(script, "content", &choice->content, &cursor->content, delta);
  tell_logprobs(script, &choice->content, from, cursor->content, false, logprobs);
}

static void take_refusal(const emu_script *script, const emu_choice *choice, emu_cursor *cursor, cai_buf *delta,
                         cai_buf *logprobs) {
  size_t from = cursor->refusal;
  take_text(script, "refusal", &choice->refusal, &cursor->refusal, delta);
  tell_logprobs(script, &choice->refusal, from, cursor->refusal, true, logprobs);
}

/* What is spoken first, then what is heard, then how long it is kept. Source:
 * https://platform.openai.com/docs/guides/audio */
static void take_audio(const emu_script *script, const emu_choice *choice, emu_cursor *cursor, cai_buf *delta) {
  char piece[EMU_AUDIO_PIECE + 1];
  cai_buf_text(delta, "\"audio\":{");
  if (cursor->content < choice->content.len) {
    if (cursor->content == 0) cai_buf_format(delta, "\"id\":\"audio_%s\",", script->answer->id);
    take_text(script, "transcript", &choice->content, &cursor->content, delta);
  } else if (cursor->audio < EMU_AUDIO_PIECES) {
    emu_answer_audio(script->answer, cursor->audio++, piece);
    cai_buf_format(delta, "\"data\":\"%s\"", piece);
  } else {
    cai_buf_format(delta, "\"expires_at\":%d", EMU_AUDIO_EXPIRES_S);
    cursor->audio++;
  }
  cai_buf_byte(delta, '}');
}

/* ---- calls ---- */

static void take_call(const emu_script *script, const emu_choice *choice, emu_cursor *cursor, cai_buf *delta) {
  if (is_google(script)) cai_buf_text(delta, "\"role\":\"assistant\",");
  cai_buf_text(delta, "\"tool_calls\":[");
  bool more = emu_dialect_piece(script->dialect, &choice->calls[cursor->call], cursor->call, cursor->step++, delta);
  cai_buf_byte(delta, ']');
  if (more) return;
  cursor->call++;
  cursor->step = 0;
}

/* ---- */

static bool hears_more(const emu_choice *choice, const emu_cursor *cursor) {
  return choice->audio && (cursor->content < choice->content.len || cursor->audio <= EMU_AUDIO_PIECES);
}

static bool is_told(const emu_choice *choice, const emu_cursor *cursor) {
  return cursor->reasoning == choice->reasoning.len && cursor->content == choice->content.len &&
         cursor->refusal == choice->refusal.len && cursor->call == choice->call_count && !hears_more(choice, cursor);
}

static void tell_role(const emu_script *script, const emu_choice *choice, cai_buf *delta) {
  bool null = choice->call_count || choice->refusal.len || choice->audio || script->dialect == EMU_AS_LLAMACPP;
  if (script->dialect == EMU_AS_MISTRAL) null = false;
  cai_buf_format(delta, "\"role\":\"assistant\",\"content\":%s", null ? "null" : "\"\"");
  if (script->dialect == EMU_AS_OPENAI || script->dialect == EMU_AS_AZURE) cai_buf_text(delta, ",\"refusal\":null");
}

/* A signature of the text stands with its end. */
static void close_google(const emu_choice *choice, cai_buf *delta) {
  if (!delta->len) cai_buf_text(delta, "\"role\":\"assistant\"");
  if (*choice->signature)
    cai_buf_format(delta, ",\"extra_content\":{\"google\":{\"thought_signature\":\"%s\"}}", choice->signature);
}

/* Only the last chunk of a choice has a finish reason: Google puts it where the text ends, OpenAI into a chunk of its
 * own. */
void emu_delta_next(const emu_script *script, const emu_choice *choice, emu_cursor *cursor, cai_buf *delta,
                    cai_buf *logprobs, const char **finish) {
  *finish = NULL;
  if (!is_google(script) && !cursor->has_role) {
    tell_role(script, choice, delta);
    cursor->has_role = true;
    return;
  }
  bool told = is_told(choice, cursor);
  if (cursor->reasoning < choice->reasoning.len)
    take_reasoning(script, choice, cursor, delta);
  else if (hears_more(choice, cursor))
    take_audio(script, choice, cursor, delta);
  else if (cursor->content < choice->content.len)
    take_content(script, choice, cursor, delta, logprobs);
  else if (cursor->refusal < choice->refusal.len)
    take_refusal(script, choice, cursor, delta, logprobs);
  else if (cursor->call < choice->call_count)
    take_call(script, choice, cursor, delta);
  if (!told && !(is_google(script) && is_told(choice, cursor))) return;
  if (is_google(script)) close_google(choice, delta);
  cursor->finished = true;
  *finish = choice->finish;
}
