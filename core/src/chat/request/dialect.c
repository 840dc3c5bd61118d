/* SPDX-License-Identifier: MIT
 *
 * Source: https://cloud.google.com/vertex-ai/generative-ai/docs/migrate/openai/overview (paths and models there),
 * https://ai.google.dev/gemini-api/docs/openai (host). */
#include "dialect.h"

#include <string.h>

#include "../../base/url.h"
#include "model.h"

static const char *const names[CAI_DIALECT_COUNT] = {"off", "vertex", "model_garden", "gemini", "openai", "compatible"};

const char *cai_dialect_name(cai_dialect dialect) {
  return dialect < CAI_DIALECT_COUNT ? names[dialect] : names[CAI_DIALECT_OFF];
}

bool cai_dialect_parse(const char *name, cai_dialect *dialect) {
  for (unsigned i = 0; i < CAI_DIALECT_COUNT; i++)
    if (strcmp(name, names[i]) == 0) {
      *dialect = (cai_dialect)i;
      return true;
    }
  return false;
}

bool cai_dialect_is_google(cai_dialect dialect) {
  return dialect == CAI_DIALECT_VERTEX || dialect == CAI_DIALECT_GEMINI;
}

static cai_dialect openapi(const char *model) {
  return cai_model_is_foreign(model) ? CAI_DIALECT_MODEL_GARDEN : CAI_DIALECT_VERTEX;
}

/* False: host and path say nothing. */
/* Azure's API of before September 2024 does not know the names that came with the reasoning models. Source:
 * https://github.com/openai/openai-python/issues/1724. */
static cai_dialect azure(const cai_url *url) {
  const char *version = url->query ? strstr(url->query, "api-version=20") : NULL;
  return version && strcmp(version + 12, "2024-09") < 0 ? CAI_DIALECT_COMPATIBLE : CAI_DIALECT_OPENAI;
}

static bool by_url(const cai_url *url, const char *model, cai_dialect *dialect) {
  const char *locations = strstr(url->path, "/locations/");
  const char *end = strstr(url->path, "/endpoints/openapi");
  if (strcmp(url->host, "api.openai.com") == 0)
    *dialect = CAI_DIALECT_OPENAI;
  else if (cai_url_host_within(url->host, "openai.azure.com"))
    *dialect = azure(url);
  else if (strncmp(url->host, "generativelanguage.", 19) == 0)
    *dialect = CAI_DIALECT_GEMINI;
  else if (end && strchr("/", end[18]))
    *dialect = openapi(model);
  else if (locations && strstr(locations, "/endpoints/"))
    *dialect = CAI_DIALECT_MODEL_GARDEN;
  else
    return false;
  return true;
}

cai_dialect cai_dialect_detect(const cai_endpoint *endpoint, const char *url, const char *model) {
  cai_url parts;
  cai_dialect dialect = CAI_DIALECT_COMPATIBLE;
  if (endpoint->provider == CAI_PROVIDER_OPENAI) return CAI_DIALECT_OPENAI;
  if (endpoint->provider == CAI_PROVIDER_GEMINI) return CAI_DIALECT_GEMINI;
  if (cai_url_parse(url, &parts)) {
    bool known = by_url(&parts, model, &dialect);
    cai_url_fini(&parts);
    if (known) return dialect;
  }
  return endpoint->provider == CAI_PROVIDER_VERTEX ? openapi(model) : CAI_DIALECT_COMPATIBLE;
}
