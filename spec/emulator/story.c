/* SPDX-License-Identifier: MIT */
#include "story.h"

#include <string.h>

#include "base/utf8.h"

static const char label[] = "[emulator] canned reply - no model was called\n";

enum { QUOTE_BYTES = 120 };

/* As much of the text as fits, cut between characters. */
static void append_quoted(const char *text, cai_buf *out) {
  size_t len = strlen(text), used = 0;
  while (used < len) {
    size_t size = cai_utf8_size(text + used, len - used);
    if (size == 0) size = 1;
    if (used + size > QUOTE_BYTES) break;
    used += size;
  }
  cai_buf_append(out, text, used);
  if (used < len) cai_buf_text(out, "\u2026");
}

/* Splitmix64: the next number of a sequence that `state` fixes. */
static uint64_t next(uint64_t *state) {
  uint64_t z = *state += 0x9E3779B97F4A7C15u;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  return z ^ z >> 31;
}

#define PICK(list, state) (list)[next(state) % (sizeof(list) / sizeof *(list))]

static void write_tale(uint64_t seed, cai_buf *out) {
  static const char *const who[] = {"a small lighthouse keeper", "an old postman", "a girl with a red kite",
                                    "the night baker", "a retired sailor"};
  static const char *const where[] = {"a caf\u00e9 at the end of the pier", "a garden behind the station",
                                      "the last house on the hill", "a library that never closed"};
  static const char *const what[] = {"a letter without a stamp", "a clock that ran backwards", "a jar of warm light",
                                     "the map of a town that was not there"};
  static const char *const end[] = {"Since then the door is never locked", "Nobody ever asked where it came from",
                                    "The next morning the sea was quiet", "And that is why the lamps burn until noon"};
  cai_buf_format(out, "Once upon a time %s came to %s and found ", PICK(who, &seed), PICK(where, &seed));
  cai_buf_format(out, "%s \u2014 and kept it. %s. \U0001F319", PICK(what, &seed), PICK(end, &seed));
}

void emu_story_write(const emu_prompt *prompt, uint64_t seed, cai_buf *out) {
  cai_buf_text(out, label);
  if (prompt->tool_result) {
    cai_buf_text(out, "The tool answered \u201c");
    append_quoted(prompt->tool_result, out);
    cai_buf_text(out, "\u201d, so here is what it means: all is well. \U0001F319");
    return;
  }
  if (*prompt->user) {
    cai_buf_text(out, "You said \u201c");
    append_quoted(prompt->user, out);
    cai_buf_text(out, "\u201d. ");
  }
  if (*prompt->parts) cai_buf_format(out, "You sent %s. ", prompt->parts);
  write_tale(seed, out);
}

void emu_story_words(uint64_t seed, int64_t count, cai_buf *out) {
  static const char *const words[] = {"river",  "lantern", "caf\u00e9", "and",        "the",   "slowly",
                                      "bright", "\u2014",  "winter",    "\U0001F319", "stone", "of"};
  cai_buf_text(out, label);
  for (int64_t i = 0; i < count && !out->error; i++) cai_buf_format(out, i ? " %s" : "%s", PICK(words, &seed));
}

void emu_story_thoughts(const emu_prompt *prompt, cai_buf *out) {
  cai_buf_format(out, "The question has %zu bytes. A short story \u2014 with a moon \u2014 will do.",
                 strlen(prompt->user));
}
