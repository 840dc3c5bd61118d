/* SPDX-License-Identifier: MIT */
#include "script.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/scan.h"

enum { CREATED_S = 1767225600, FLOOD_BYTES = 260 };

void emu_script_init(emu_script *script, const emu_answer *answer, emu_dialect dialect) {
  memset(script, 0, sizeof *script);
  script->answer = answer;
  script->dialect = dialect;
  script->open = answer->count;
  script->flood_left = answer->flood;
}

static void quote(cai_buf *out, const char *text) { cai_scan_quote(out, text, strlen(text)); }

static bool is_google(const emu_script *script) { return emu_dialect_is_google(script->dialect); }

/* ---- usage: each server counts reasoning differently ---- */

static void write_usage(const emu_script *script, cai_buf *out) {
  const emu_answer *answer = script->answer;
  int64_t prompt = answer->prompt_tokens, spoken = answer->completion_tokens, thought = answer->reasoning_tokens;
  if (!is_google(script)) {
    cai_buf_format(
        out,
        "{\"prompt_tokens\":%" PRId64 ",\"completion_tokens\":%" PRId64 ",\"total_tokens\":%" PRId64
        ",\"prompt_tokens_details\":{\"cached_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":%" PRId64
        "}}",
        prompt, spoken + thought, prompt + spoken + thought, thought);
    return;
  }
  cai_buf_format(out, "{\"completion_tokens\":%" PRId64, spoken);
  if (script->dialect != EMU_AS_GEMINI) {
    if (thought) cai_buf_format(out, ",\"completion_tokens_details\":{\"reasoning_tokens\":%" PRId64 "}", thought);
    cai_buf_text(out, ",\"extra_properties\":{\"google\":{\"traffic_type\":\"ON_DEMAND\"}}");
  }
  cai_buf_format(out, ",\"prompt_tokens\":%" PRId64 ",\"total_tokens\":%" PRId64 "}", prompt,
                 prompt + spoken + thought);
}

/* ---- the envelope ---- */

static void openai_head(const emu_script *script, const char *object, cai_buf *out) {
  cai_buf_format(out, "{\"id\":\"%s\",\"object\":\"%s\",\"created\":%d,\"model\":", script->answer->id, object,
                 CREATED_S);
  quote(out, script->answer->model);
  cai_buf_text(out, ",\"system_fingerprint\":\"fp_emu\",\"choices\":[");
}

static void google_tail(const emu_script *script, const char *object, bool with_usage, cai_buf *out) {
  cai_buf_format(out, "],\"created\":%d,\"id\":\"%s\",\"model\":", CREATED_S, script->answer->id);
  quote(out, script->answer->model);
  cai_buf_format(out, ",\"object\":\"%s\"", object);
  if (script->dialect != EMU_AS_GEMINI) cai_buf_text(out, ",\"system_fingerprint\":\"\"");
  if (with_usage) {
    cai_buf_text(out, ",\"usage\":");
    write_usage(script, out);
  }
  cai_buf_byte(out, '}');
}

static void openai_chunk(const emu_script *script, int index, const char *delta, const char *finish,
                         const char *padding, cai_buf *out) {
  openai_head(script, "chat.completion.chunk", out);
  cai_buf_format(out, "{\"index\":%d,\"delta\":{%s},\"logprobs\":null,\"finish_reason\":", index, delta);
  if (finish)
    quote(out, finish);
  else
    cai_buf_text(out, "null");
  cai_buf_format(out, "}]%s%s}", script->include_usage ? ",\"usage\":null" : "", padding);
}

/* In a stream the Gemini API says "stop" where the model called a tool. */
static const char *google_finish(const emu_script *script, const char *finish) {
  return script->dialect == EMU_AS_GEMINI && strcmp(finish, "tool_calls") == 0 ? "stop" : finish;
}

static void google_chunk(const emu_script *script, int index, const char *delta, const char *finish, cai_buf *out) {
  cai_buf_format(out, "{\"choices\":[{\"delta\":{%s}", delta);
  if (finish) cai_buf_format(out, ",\"finish_reason\":\"%s\"", google_finish(script, finish));
  cai_buf_format(out, ",\"index\":%d", index);
  if (script->dialect != EMU_AS_GEMINI) cai_buf_text(out, ",\"logprobs\":null");
  cai_buf_byte(out, '}');
  google_tail(script, "chat.completion.chunk", script->dialect == EMU_AS_GEMINI || (finish && script->open == 1), out);
}

/* ---- the pieces ---- */

/* Behind the next words, each with the space before it. */
static size_t piece_end(const cai_buf *text, size_t from, int words) {
  size_t at = from;
  for (int i = 0; i < words && at < text->len; i++) {
    while (at < text->len && (text->data[at] == ' ' || text->data[at] == '\n')) at++;
    while (at < text->len && text->data[at] != ' ' && text->data[at] != '\n') at++;
  }
  return at;
}

static void take_text(const emu_script *script, const char *member, const cai_buf *text, size_t *told, cai_buf *delta) {
  size_t end = piece_end(text, *told, is_google(script) ? 6 : 1);
  cai_buf_format(delta, "\"%s\":", member);
  cai_scan_quote(delta, text->data + *told, end - *told);
  if (is_google(script)) cai_buf_text(delta, ",\"role\":\"assistant\"");
  *told = end;
}

static void take_call(const emu_script *script, const emu_choice *choice, emu_cursor *cursor, cai_buf *delta) {
  if (is_google(script)) cai_buf_text(delta, "\"role\":\"assistant\",");
  cai_buf_text(delta, "\"tool_calls\":[");
  bool more = emu_dialect_piece(script->dialect, &choice->calls[cursor->call], cursor->call, cursor->step++, delta);
  cai_buf_byte(delta, ']');
  if (more) return;
  cursor->call++;
  cursor->step = 0;
}

static bool is_told(const emu_choice *choice, const emu_cursor *cursor) {
  return cursor->reasoning == choice->reasoning.len && cursor->content == choice->content.len &&
         cursor->call == choice->call_count;
}

/* Only the last chunk of a choice has a finish reason: Google puts it where the text ends, OpenAI into a chunk of its
 * own. */
static void next_of_choice(emu_script *script, int index, cai_buf *delta, const char **finish) {
  const emu_choice *choice = &script->answer->choices[index];
  emu_cursor *cursor = &script->cursors[index];
  *finish = NULL;
  if (!is_google(script) && !cursor->has_role) {
    cai_buf_format(delta, "\"role\":\"assistant\",\"content\":%s,\"refusal\":null",
                   choice->call_count ? "null" : "\"\"");
    cursor->has_role = true;
    return;
  }
  bool told = is_told(choice, cursor);
  if (cursor->reasoning < choice->reasoning.len)
    take_text(script, "reasoning_content", &choice->reasoning, &cursor->reasoning, delta);
  else if (cursor->content < choice->content.len)
    take_text(script, "content", &choice->content, &cursor->content, delta);
  else if (cursor->call < choice->call_count)
    take_call(script, choice, cursor, delta);
  else if (is_google(script))
    cai_buf_text(delta, "\"role\":\"assistant\"");
  if (!told && !(is_google(script) && is_told(choice, cursor))) return;
  cursor->finished = true;
  *finish = choice->finish;
}

static void next_chunk(emu_script *script, cai_buf *out) {
  const char *finish;
  cai_buf delta;
  while (script->cursors[script->turn].finished) script->turn = (script->turn + 1) % script->answer->count;
  int index = script->turn;
  script->turn = (script->turn + 1) % script->answer->count;
  cai_buf_init(&delta, out->max);
  next_of_choice(script, index, &delta, &finish);
  const char *said = script->without_finish ? NULL : finish;
  if (is_google(script))
    google_chunk(script, index, cai_buf_view(&delta), said, out);
  else
    openai_chunk(script, index, cai_buf_view(&delta), said, "", out);
  if (finish) script->open--;
  cai_buf_fini(&delta);
}

bool emu_script_next(emu_script *script, cai_buf *out) {
  if (script->open) {
    next_chunk(script, out);
    return true;
  }
  if (is_google(script) || !script->include_usage || script->told_usage) return false;
  script->told_usage = true;
  openai_head(script, "chat.completion.chunk", out);
  cai_buf_text(out, "],\"usage\":");
  write_usage(script, out);
  cai_buf_byte(out, '}');
  return true;
}

/* ---- flood ---- */

/* Behind the role, where a server has a chunk for it. */
bool emu_script_floods(const emu_script *script) {
  return script->flood_left && (is_google(script) || script->cursors[0].has_role);
}

/* With its frame ("data: " and two line ends) each has 260 bytes, padded in the member that OpenAI pads in. */
void emu_script_flood(const emu_script *script, cai_buf *out) {
  char padding[FLOOD_BYTES + 32] = "";
  cai_buf bare;
  if (is_google(script)) {
    google_chunk(script, 0, "\"content\":\" chat\",\"role\":\"assistant\"", NULL, out);
    return;
  }
  cai_buf_init(&bare, (size_t)FLOOD_BYTES * 4);
  openai_chunk(script, 0, "\"content\":\" chat\"", NULL, "", &bare);
  size_t used = bare.len + strlen("data: \n\n") + strlen(",\"obfuscation\":\"\"");
  cai_buf_fini(&bare);
  if (used <= FLOOD_BYTES) {
    char fill[FLOOD_BYTES + 1] = "";
    memset(fill, 'x', FLOOD_BYTES - used);
    snprintf(padding, sizeof padding, ",\"obfuscation\":\"%s\"", fill);
  }
  openai_chunk(script, 0, "\"content\":\" chat\"", NULL, padding, out);
}

/* ---- whole ---- */

static void write_calls(const emu_script *script, const emu_choice *choice, cai_buf *out) {
  if (!choice->call_count) return;
  cai_buf_text(out, ",\"tool_calls\":[");
  for (int i = 0; i < choice->call_count; i++) {
    if (i) cai_buf_byte(out, ',');
    emu_dialect_whole(script->dialect, &choice->calls[i], i, out);
  }
  cai_buf_byte(out, ']');
}

static void write_message(const emu_script *script, const emu_choice *choice, cai_buf *out) {
  cai_buf_text(out, "{\"role\":\"assistant\"");
  /* At Google a message that has nothing to say has no content at all. */
  if (choice->content.len || !is_google(script)) {
    cai_buf_text(out, ",\"content\":");
    if (choice->content.len || !choice->call_count)
      cai_scan_quote(out, cai_buf_view(&choice->content), choice->content.len);
    else
      cai_buf_text(out, "null");
  }
  if (!is_google(script)) cai_buf_text(out, ",\"refusal\":null,\"annotations\":[]");
  if (choice->reasoning.len) {
    cai_buf_text(out, ",\"reasoning_content\":");
    cai_scan_quote(out, cai_buf_view(&choice->reasoning), choice->reasoning.len);
  }
  write_calls(script, choice, out);
  cai_buf_byte(out, '}');
}

static void write_choice(const emu_script *script, int index, cai_buf *out) {
  const emu_choice *choice = &script->answer->choices[index];
  bool google = is_google(script);
  if (index) cai_buf_byte(out, ',');
  cai_buf_byte(out, '{');
  if (google && !script->without_finish) cai_buf_format(out, "\"finish_reason\":\"%s\",", choice->finish);
  cai_buf_format(out, "\"index\":%d,\"logprobs\":null,\"message\":", index);
  write_message(script, choice, out);
  if (!google && !script->without_finish) cai_buf_format(out, ",\"finish_reason\":\"%s\"", choice->finish);
  cai_buf_byte(out, '}');
}

void emu_script_whole(const emu_script *script, cai_buf *out) {
  if (is_google(script))
    cai_buf_text(out, "{\"choices\":[");
  else
    openai_head(script, "chat.completion", out);
  for (int i = 0; i < script->answer->count; i++) write_choice(script, i, out);
  if (is_google(script)) {
    google_tail(script, "chat.completion", true, out);
  } else {
    cai_buf_text(out, "],\"usage\":");
    write_usage(script, out);
    cai_buf_byte(out, '}');
  }
}
