/* SPDX-License-Identifier: MIT */
#include "voice.h"

#include "chatabi.h"

static const cai_span none = {NULL, 0};

int cai_voice_say(cai_voice *voice, int kind, cai_span string) {
  if (!cai_scan_is_filled(string)) return 0;
  int error = cai_batch_add_string(voice->out, kind, voice->choice, string, voice->json);
  voice->json = none;
  return error;
}

int cai_voice_end(cai_voice *voice) {
  return voice->json.at ? cai_batch_add(voice->out, CHATABI_OTHER, 0, none, voice->json) : 0;
}
