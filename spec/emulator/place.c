/* SPDX-License-Identifier: MIT */
#include "place.h"

#include <stdio.h>
#include <string.h>

static bool take_word(const char **path, const char *word) {
  size_t len = strlen(word);
  if (strncmp(*path, word, len) != 0) return false;
  *path += len;
  return true;
}

static bool take_segment(const char **path, char *out, size_t size) {
  size_t len = strcspn(*path, "/");
  if (len == 0 || len >= size) return false;
  memcpy(out, *path, len);
  out[len] = '\0';
  *path += len;
  return true;
}

static bool find_vertex(const char *path, emu_place *place) {
  if (!take_word(&path, "/v1/projects/") && !take_word(&path, "/v1beta1/projects/")) return false;
  if (!take_segment(&path, place->project, sizeof place->project) || !take_word(&path, "/locations/") ||
      !take_segment(&path, place->location, sizeof place->location) || !take_word(&path, "/endpoints/") ||
      !take_segment(&path, place->endpoint, sizeof place->endpoint) || strcmp(path, "/chat/completions") != 0)
    return false;
  place->surface = strcmp(place->endpoint, "openapi") == 0 ? EMU_VERTEX : EMU_ENDPOINT;
  return true;
}

bool emu_place_find(const char *path, emu_place *place) {
  memset(place, 0, sizeof *place);
  if (find_vertex(path, place)) return true;
  if (strcmp(path, "/v1beta/openai/chat/completions") == 0) {
    place->surface = EMU_GEMINI;
    return true;
  }
  place->surface = EMU_OPENAI;
  return strcmp(path, "/v1/chat/completions") == 0;
}
