/* SPDX-License-Identifier: MIT
 * Which URL a request goes to, for each provider. */
#ifndef CAI_ENDPOINT_H
#define CAI_ENDPOINT_H

#include <stdbool.h>

#include "../../base/buf.h"
#include "../../base/err.h"

typedef enum cai_provider {
  CAI_PROVIDER_VERTEX,
  CAI_PROVIDER_OPENAI,
  CAI_PROVIDER_GEMINI, /* the Gemini Developer API */
  CAI_PROVIDER_COMPATIBLE
} cai_provider;

/* As option "provider" has it. Static. */
const char *cai_provider_name(cai_provider provider);

/* All text borrowed; NULL or "" means not set. */
typedef struct cai_endpoint {
  cai_provider provider;
  const char *base_url;
  const char *project;
  const char *location;        /* default "global" */
  const char *endpoint;        /* id of a self-deployed endpoint; default "openapi" */
  const char *api_version;     /* default "v1" (Vertex), "v1beta" (Gemini) */
  const char *universe_domain; /* default "googleapis.com" */
  bool keyed;                  /* the credential is an API key: Vertex AI in express mode needs no project with one */
} cai_endpoint;

/* Does the URL contain the project, so that one must be found? */
bool cai_endpoint_needs_project(const cai_endpoint *endpoint);

/* Appends the URL for `path` ("/chat/completions"). 0, or CHATABI_E_CONFIG with a message that says what to set. */
int cai_endpoint_url(const cai_endpoint *endpoint, const char *path, cai_buf *out, cai_err *err);

#endif
