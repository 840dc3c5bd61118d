/* SPDX-License-Identifier: MIT */
#include "whole.h"

#include <string.h>

#include "base/scan.h"
#include "envelope.h"
#include "logprobs.h"

static void quote_buf(const emu_script *script, const cai_buf *text, cai_buf *out) {
  emu_envelope_quote(script, cai_buf_view(text), text->len, out);
}

static void write_calls(const emu_script *script, const emu_choice *choice, cai_buf *out) {
  if (!choice->call_count) return;
  cai_buf_text(out, ",\"tool_calls\":[");
  for (int i = 0; i < choice->call_count; i++) {
    if (i) cai_buf_byte(out, ',');
    emu_dialect_whole(script->dialect, &choice->calls[i], i, out);
  }
  cai_buf_byte(out, ']');
}

/* Google's thoughts stand in the text, with tags around them or with nothing. */
static void write_google_content(const emu_script *script, const emu_choice *choice, cai_buf *out) {
  cai_buf text;
  cai_buf_init(&text, out->max);
  if (script->shows_thoughts && choice->reasoning.len) {
    if (script->marker) cai_buf_format(&text, "<%s>", script->marker);
    cai_buf_text(&text, cai_buf_view(&choice->reasoning));
    if (script->marker) cai_buf_format(&text, "</%s>", script->marker);
  }
  cai_buf_text(&text, cai_buf_view(&choice->content));
  /* A message that has nothing to say has no content at all. */
  if (text.len) {
    cai_buf_text(out, ",\"content\":");
    quote_buf(script, &text, out);
  }
  cai_buf_fini(&text);
}

static void write_mistral_content(const emu_script *script, const emu_choice *choice, cai_buf *out) {
  cai_buf_text(out, ",\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":");
  quote_buf(script, &choice->reasoning, out);
  cai_buf_text(out, "}],\"closed\":true}");
  if (choice->content.len) {
    cai_buf_text(out, ",{\"type\":\"text\",\"text\":");
    quote_buf(script, &choice->content, out);
    cai_buf_byte(out, '}');
  }
  cai_buf_byte(out, ']');
}

static void write_content(const emu_script *script, const emu_choice *choice, cai_buf *out) {
  if (emu_envelope_is_google(script)) {
    write_google_content(script, choice, out);
  } else if (script->dialect == EMU_AS_MISTRAL && choice->reasoning.len) {
    write_mistral_content(script, choice, out);
  } else {
    bool null = choice->audio || choice->refusal.len || (choice->call_count && !choice->content.len);
    cai_buf_text(out, ",\"content\":");
    if (null)
      cai_buf_text(out, "null");
    else
      quote_buf(script, &choice->content, out);
  }
}

static void write_refusal(const emu_script *script, const emu_choice *choice, cai_buf *out) {
  if (emu_envelope_is_google(script)) return;
  cai_buf_text(out, ",\"refusal\":");
  if (choice->refusal.len)
    quote_buf(script, &choice->refusal, out);
  else
    cai_buf_text(out, "null");
  cai_buf_text(out, ",\"annotations\":[]");
}

static void write_reasoning(const emu_script *script, const emu_choice *choice, cai_buf *out) {
  bool inside = script->dialect == EMU_AS_MISTRAL || (emu_envelope_is_google(script) && script->shows_thoughts);
  if (!choice->reasoning.len || inside) return;
  bool openrouter = script->dialect == EMU_AS_OPENROUTER;
  cai_buf_text(out, openrouter ? ",\"reasoning\":" : ",\"reasoning_content\":");
  quote_buf(script, &choice->reasoning, out);
  if (!openrouter) return;
  cai_buf_text(out, ",\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":");
  quote_buf(script, &choice->reasoning, out);
  cai_buf_text(out, ",\"format\":\"unknown\",\"index\":0}]");
}

static void write_audio(const emu_script *script, const emu_choice *choice, cai_buf *out) {
  char piece[EMU_AUDIO_PIECE + 1];
  if (!choice->audio) return;
  cai_buf_format(out, ",\"audio\":{\"id\":\"audio_%s\",\"data\":\"", script->answer->id);
  for (int i = 0; i < EMU_AUDIO_PIECES; i++) {
    emu_answer_audio(script->answer, i, piece);
    cai_buf_text(out, piece);
  }
  cai_buf_format(out, "\",\"expires_at\":%d,\"transcript\":", EMU_AUDIO_EXPIRES_S);
  quote_buf(script, &choice->content, out);
  cai_buf_byte(out, '}');
}

static void write_message(const emu_script *script, const emu_choice *choice, cai_buf *out) {
  cai_buf_text(out, "{\"role\":\"assistant\"");
  write_content(script, choice, out);
  write_refusal(script, choice, out);
  write_reasoning(script, choice, out);
  write_audio(script, choice, out);
  if (emu_envelope_is_google(script) && *choice->signature)
    cai_buf_format(out, ",\"extra_content\":{\"google\":{\"thought_signature\":\"%s\"}}", choice->signature);
  write_calls(script, choice, out);
  cai_buf_byte(out, '}');
}

static void write_logprobs(const emu_script *script, const emu_choice *choice, cai_buf *out) {
  const cai_buf *text = choice->refusal.len ? &choice->refusal : &choice->content;
  cai_buf_text(out, ",\"logprobs\":");
  if (script->logprobs >= 0 && text->len && !choice->audio && !emu_envelope_is_google(script))
    emu_logprobs_write(text, 0, text->len, choice->refusal.len > 0, script->logprobs, out);
  else
    cai_buf_text(out, "null");
}

static void write_choice(const emu_script *script, int index, cai_buf *out) {
  const emu_choice *choice = &script->answer->choices[index];
  const char *finish = script->without_finish ? NULL : choice->finish;
  bool google = emu_envelope_is_google(script);
  if (index) cai_buf_byte(out, ',');
  cai_buf_byte(out, '{');
  if (google && finish) cai_buf_format(out, "\"finish_reason\":\"%s\",", finish);
  cai_buf_format(out, "\"index\":%d", index);
  write_logprobs(script, choice, out);
  if (script->completion) {
    cai_buf_text(out, ",\"text\":");
    quote_buf(script, &choice->content, out);
  } else {
    cai_buf_text(out, ",\"message\":");
    write_message(script, choice, out);
  }
  if (!google && finish) cai_buf_format(out, ",\"finish_reason\":\"%s\"", finish);
  if (!google) emu_envelope_choice_extra(script, finish, out);
  cai_buf_byte(out, '}');
}

void emu_whole_write(const emu_script *script, cai_buf *out) {
  emu_envelope_begin(script, out);
  for (int i = 0; i < script->answer->count; i++) write_choice(script, i, out);
  emu_envelope_end(script, out);
}
