/* SPDX-License-Identifier: MIT
 *
 * Two pieces may well be the same (silence, a word said twice), so only an object that looks whole, and is all that
 * came, is taken for the same one sent again. Source:
 * https://platform.openai.com/docs/guides/audio (pieces),
 * https://cloud.google.com/vertex-ai/generative-ai/docs/migrate/openai/overview (whole). */
#include "sound.h"

#include <string.h>

static bool looks_whole(cai_span audio) {
  return cai_scan_is_filled(cai_scan_get(audio, "data")) &&
         (cai_scan_is_filled(cai_scan_get(audio, "transcript")) || cai_scan_get(audio, "expires_at").at);
}

int cai_sound_add(cai_fields *fields, cai_room *room, cai_span key, cai_span audio) {
  static const char *const texts[] = {"data", "transcript", NULL};
  cai_field *field = cai_fields_find(fields, key);
  if (!field) return cai_fields_put(fields, room, key, audio);
  cai_span had = cai_value_text(&field->value);
  if (had.len == audio.len && memcmp(had.at, audio.at, audio.len) == 0 && looks_whole(audio)) return 0;
  return cai_value_string(&field->value, room, audio, texts);
}
