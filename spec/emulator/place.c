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

static bool take_task(const char *path, emu_place *place) {
  static const char *const tasks[] = {
      [EMU_CHAT] = "/chat/completions", [EMU_COMPLETIONS] = "/completions", [EMU_EMBEDDINGS] = "/embeddings"};
  for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
    if (strcmp(path, tasks[i]) != 0) continue;
    place->task = (emu_task)i;
    return true;
  }
  return false;
}

static bool find_vertex(const char *path, emu_place *place) {
  if (!take_word(&path, "/v1/projects/") && !take_word(&path, "/v1beta1/projects/")) return false;
  if (!take_segment(&path, place->project, sizeof place->project) || !take_word(&path, "/locations/") ||
      !take_segment(&path, place->location, sizeof place->location) || !take_word(&path, "/endpoints/") ||
      !take_segment(&path, place->endpoint, sizeof place->endpoint) || !take_task(path, place))
    return false;
  place->surface = strcmp(place->endpoint, "openapi") == 0 ? EMU_VERTEX : EMU_ENDPOINT;
  return place->surface != EMU_VERTEX || place->task != EMU_COMPLETIONS;
}

bool emu_place_find(const char *path, emu_place *place) {
  static const struct {
    const char *base;
    emu_surface surface;
  } bases[] = {{"/v1beta/openai", EMU_GEMINI}, {"/vllm/v1", EMU_VLLM}, {"/old/v1", EMU_OLD}, {"/v1", EMU_OPENAI}};
  memset(place, 0, sizeof *place);
  if (find_vertex(path, place)) return true;
  for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
    const char *rest = path;
    if (!take_word(&rest, bases[i].base) || !take_task(rest, place)) continue;
    place->surface = bases[i].surface;
    return place->surface != EMU_GEMINI || place->task != EMU_COMPLETIONS;
  }
  return false;
}
