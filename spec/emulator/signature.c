/* SPDX-License-Identifier: MIT */
#include "signature.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"

/* base64 of "emulator-signature"; 16 hex digits behind it are valid base64 too. */
static const char stem[] = "ZW11bGF0b3Itc2lnbmF0dXJl";
static const char escape[] = "skip_thought_signature_validator";

/* FNV-1a; the NUL is part of it, so that text cannot move from one member to the next. */
static uint64_t mix(uint64_t sum, const char *text) {
  for (;; text++) {
    sum = (sum ^ (unsigned char)*text) * 1099511628211u;
    if (!*text) return sum;
  }
}

static void spell(uint64_t sum, char out[EMU_SIGNATURE_TEXT]) {
  snprintf(out, EMU_SIGNATURE_TEXT, "%s%016" PRIx64, stem, sum);
}

void emu_signature_of_call(const char *id, const char *name, const char *arguments, char out[EMU_SIGNATURE_TEXT]) {
  uint64_t sum = mix(mix(14695981039346656037u, id), name);
  /* Google sees the arguments parsed: white space may come back differently. */
  cJSON *tree = cai_json_parse(arguments, strlen(arguments), "arguments", NULL);
  char *printed = cJSON_PrintUnformatted(tree);
  spell(mix(sum, printed ? printed : arguments), out);
  cJSON_free(printed);
  cJSON_Delete(tree);
}

void emu_signature_of_text(const char *text, char out[EMU_SIGNATURE_TEXT]) {
  spell(mix(14695981039346656037u, text), out);
}

bool emu_signature_is_wanted(const emu_place *place, const char *model) {
  if (place->surface == EMU_VERTEX && strncmp(model, "google/", 7) == 0)
    model += 7;
  else if (place->surface != EMU_GEMINI)
    return false;
  else if (strncmp(model, "models/", 7) == 0)
    model += 7;
  return strncmp(model, "gemini-3", 8) == 0 && !strstr(model, "-image");
}

static const char *signature_in(const cJSON *object) {
  return cai_json_string(cai_json_object(cai_json_object(object, "extra_content"), "google"), "thought_signature");
}

static bool refuse_missing(const emu_place *place, const char *name, int block, emu_problem *problem) {
  if (place->surface == EMU_GEMINI)
    return emu_problem_set(problem, 400, NULL,
                           "Function call is missing a thought_signature in functionCall parts. This is required for "
                           "tools to work correctly. Additional data, function call `default_api:%.100s`, position %d.",
                           name, block);
  return emu_problem_set(
      problem, 400, NULL,
      "Unable to submit request because function call `default_api:%.100s` in the %d. content block is missing a "
      "`thought_signature`.",
      name, block);
}

static bool refuse_altered(emu_problem *problem) {
  return emu_problem_set(problem, 400, NULL, "Corrupted thought signature.");
}

/* The first call of a message must have its own; a later one may have none. */
static bool check_calls(const cJSON *message, const emu_place *place, int block, emu_problem *problem) {
  const cJSON *calls = cJSON_GetObjectItemCaseSensitive(message, "tool_calls"), *call;
  cJSON_ArrayForEach(call, calls) {
    const cJSON *function = cai_json_object(call, "function");
    const char *signature = signature_in(call), *name = cai_json_string(function, "name");
    char own[EMU_SIGNATURE_TEXT];
    if (!signature && call == calls->child) return refuse_missing(place, name, block, problem);
    if (!signature || strcmp(signature, escape) == 0) continue;
    emu_signature_of_call(cai_json_string(call, "id"), name, cai_json_string(function, "arguments"), own);
    if (strcmp(signature, own) != 0) return refuse_altered(problem);
  }
  return true;
}

bool emu_signature_check(const cJSON *messages, const emu_place *place, emu_problem *problem) {
  const cJSON *message;
  int block = 0;
  cJSON_ArrayForEach(message, messages) {
    const char *of_text = signature_in(message);
    if (!check_calls(message, place, ++block, problem)) return false;
    if (of_text && strcmp(of_text, escape) != 0 && strncmp(of_text, stem, sizeof stem - 1) != 0)
      return refuse_altered(problem);
  }
  return true;
}
