/* SPDX-License-Identifier: MIT
 * From JSON Schema to what Google calls Schema, a subset of OpenAPI 3.0: references written out, combinations reduced
 * to anyOf and nullable, and what it has no field for left out.
 *
 * Sources:
 * https://googleapis.dev/dotnet/Google.Apis.Aiplatform.v1/latest/api/Google.Apis.Aiplatform.v1.Data.GoogleCloudAiplatformV1Schema.html
 * (fields), https://github.com/openswarm-ai/openswarm/issues/24 (the Gemini API refuses others, additionalProperties
 * among them), https://github.com/pipecat-ai/pipecat-flows/issues/110 (parameters without properties). */
#ifndef CAI_SCHEMA_H
#define CAI_SCHEMA_H

#include "../../base/err.h"
#include "../../base/scan.h"

/* Appends the schema `root` to `out`, byte by byte when nothing had to change. `where` names its place in the body, for
 * the message. 0, CHATABI_E_BODY when it cannot be written out (it contains itself, a reference leads nowhere, it is
 * too deep or too large), or NOMEM. */
int cai_schema_convert(cai_span root, bool additional_properties, const char *where, cai_buf *out, cai_err *err);

/* Does it describe an object without any properties? Google refuses that where parameters are declared. */
bool cai_schema_is_empty(cai_span schema);

#endif
