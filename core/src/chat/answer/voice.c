/* SPDX-License-Identifier: MIT
 *
 * Servers that write non-ASCII as \u escapes cut between any two of them, so between the halves of a surrogate pair,
 * too. An event is UTF-8, which has no halves: the first waits for the second. */
#include "voice.h"

#include <stdint.h>
#include <string.h>

#include "chatabi.h"

static const cai_span none = {NULL, 0};

static int give(cai_voice *voice, int kind, cai_span string) {
  if (!cai_scan_is_filled(string)) return 0;
  int error = cai_batch_add_string(voice->out, kind, voice->choice, string, voice->json);
  voice->json = none;
  return error;
}

/* A backslash that is itself escaped begins nothing. */
static bool is_escape(const char *start, const char *at) {
  bool is = true;
  while (at > start && *--at == '\\') is = !is;
  return is;
}

/* Does the string end in a first half? */
static bool ends_in_half(cai_span string) {
  if (string.len < CAI_HALF_SIZE + 2) return false;
  const char *at = string.at + string.len - 1 - CAI_HALF_SIZE;
  return at[0] == '\\' && at[1] == 'u' && (at[2] | 0x20) == 'd' && strchr("89abAB", at[3]) &&
         is_escape(string.at + 1, at);
}

/* What is left of the string is its content; its last byte is no quote any more, and nobody looks at it. */
static cai_span hold(cai_half *half, int kind, cai_span string) {
  if (!ends_in_half(string)) return string;
  half->kind = kind;
  memcpy(half->escape, string.at + string.len - 1 - CAI_HALF_SIZE, CAI_HALF_SIZE);
  return (cai_span){string.at, string.len - CAI_HALF_SIZE};
}

static int say_joined(cai_voice *voice, int kind, cai_span string) {
  cai_buf joined;
  cai_buf_init(&joined, SIZE_MAX / 2);
  cai_buf_byte(&joined, '"');
  cai_buf_append(&joined, voice->half->escape, CAI_HALF_SIZE);
  int error = cai_buf_append(&joined, string.at + 1, string.len - 1);
  voice->half->kind = 0;
  if (!error) error = give(voice, kind, hold(voice->half, kind, (cai_span){joined.data, joined.len}));
  cai_buf_fini(&joined);
  return error;
}

int cai_voice_say(cai_voice *voice, int kind, cai_span string) {
  cai_half *half = voice->half;
  if (!cai_scan_is_filled(string)) return 0;
  if (!half) return give(voice, kind, string);
  if (half->kind == kind) return say_joined(voice, kind, string);
  int error = cai_voice_settle(voice);
  return error ? error : give(voice, kind, hold(half, kind, string));
}

int cai_voice_settle(cai_voice *voice) {
  char string[CAI_HALF_SIZE + 2] = "\"";
  cai_half *half = voice->half;
  if (!half || !half->kind) return 0;
  memcpy(string + 1, half->escape, CAI_HALF_SIZE);
  int kind = half->kind;
  half->kind = 0;
  return give(voice, kind, (cai_span){string, sizeof string});
}

int cai_voice_end(cai_voice *voice) {
  return voice->json.at ? cai_batch_add(voice->out, CHATABI_OTHER, 0, none, voice->json) : 0;
}
