/* SPDX-License-Identifier: MIT
 * Which manners a server has, and how that is seen from where a request goes. */
#ifndef CAI_DIALECT_H
#define CAI_DIALECT_H

#include <stdbool.h>

#include "endpoint.h"

typedef enum cai_dialect {
  CAI_DIALECT_OFF,          /* the body as the user wrote it */
  CAI_DIALECT_VERTEX,       /* Gemini on Vertex AI, endpoints/openapi */
  CAI_DIALECT_MODEL_GARDEN, /* other publishers there, and self-deployed endpoints: vLLM's manners */
  CAI_DIALECT_GEMINI,       /* the Gemini Developer API */
  CAI_DIALECT_OPENAI,
  CAI_DIALECT_COMPATIBLE,
  CAI_DIALECT_COUNT
} cai_dialect;

/* "vertex"; "off" for a number that is no dialect. Static. */
const char *cai_dialect_name(cai_dialect dialect);

/* False when `name` is none of the names. */
bool cai_dialect_parse(const char *name, cai_dialect *dialect);

/* Does Gemini answer there? */
bool cai_dialect_is_google(cai_dialect dialect);

/* An explicit provider openai or gemini wins; else `url` tells by host and path, else the provider. `model` may be
 * NULL: it tells Google's models from those of others on one Vertex AI path. */
cai_dialect cai_dialect_detect(const cai_endpoint *endpoint, const char *url, const char *model);

#endif
