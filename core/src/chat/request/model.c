/* SPDX-License-Identifier: MIT
 *
 * Sources: https://cloud.google.com/vertex-ai/generative-ai/docs/migrate/openai/overview (google/ is demanded),
 * https://ai.google.dev/gemini-api/docs/openai (no prefix), https://platform.openai.com/docs/models. */
#include "model.h"

#include <stdlib.h>
#include <string.h>

static bool starts(const char *text, const char *with) { return strncmp(text, with, strlen(with)) == 0; }

static const char *last_part(const char *model) {
  const char *slash = model ? strrchr(model, '/') : NULL;
  return slash ? slash + 1 : model ? model : "";
}

/* Families that Google publishes under names of their own. */
static bool is_google_family(const char *name) {
  static const char *const families[] = {
      "gemini-",   "gemma-",   "text-embedding-0",     "text-multilingual-embedding-",
      "learnlm-",  "gemma2-",  "multimodalembedding",  "textembedding-gecko",
      "medgemma-", "imagen-",  "text-embedding-large", "veo-",
      "gecko-",    "codegemma"};
  for (size_t i = 0; i < sizeof families / sizeof *families; i++)
    if (starts(name, families[i])) return true;
  return false;
}

/* "publishers/..." and "projects/..." are Google's resource names, tuned Gemini models among them. */
bool cai_model_is_foreign(const char *model) {
  if (!model || !strchr(model, '/')) return false;
  return !starts(model, "google/") && !starts(model, "models/") && !starts(model, "publishers/google/") &&
         !starts(model, "projects/");
}

int cai_model_gemini(const char *model) {
  const char *name = last_part(model);
  if (!starts(name, "gemini-")) return 0;
  long version = strtol(name + 7, NULL, 10);
  if (version > 0 && version < 1000) return (int)version;
  return strstr(name, "-latest") ? 1000 : 0;
}

bool cai_model_reasons(const char *model) {
  const char *name = last_part(model);
  if (starts(name, "gpt-")) return strtol(name + 4, NULL, 10) >= 5;
  if (*name != 'o' || name[1] < '1' || name[1] > '9') return false;
  return !starts(name, "o1-mini") && !starts(name, "o1-preview"); /* neither takes one */
}

static const char *without(const char *model, const char *one, const char *other) {
  for (;;) {
    size_t len = starts(model, one) ? strlen(one) : other && starts(model, other) ? strlen(other) : 0;
    if (!len || !model[len]) return model;
    model += len;
  }
}

int cai_model_rename(cai_action action, const char *model, cai_buf *out) {
  if (action == CAI_ACTION_MODEL_BARE) return cai_buf_text(out, without(model, "google/", "models/"));
  if (action != CAI_ACTION_MODEL_GOOGLE) return cai_buf_text(out, model);
  const char *bare = without(model, "models/", NULL);
  if ((bare != model && !starts(bare, "google/")) || (!strchr(model, '/') && is_google_family(model)))
    cai_buf_text(out, "google/");
  return cai_buf_text(out, bare);
}
