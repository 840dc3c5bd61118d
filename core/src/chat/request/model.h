/* SPDX-License-Identifier: MIT
 * What a model's name tells, and how each server wants it written. Names may be NULL. */
#ifndef CAI_MODEL_H
#define CAI_MODEL_H

#include <stdbool.h>

#include "../../base/buf.h"
#include "parameters.h"

/* On Vertex AI: does another publisher than Google come before the '/'? */
bool cai_model_is_foreign(const char *model);

/* The 3 of "google/gemini-3.1-pro"; a name that always means the newest counts as that. 0: none. */
int cai_model_gemini(const char *model);

/* OpenAI's models that take developer messages in the place of system messages. */
bool cai_model_reasons(const char *model);

/* Appends the name as the cell of the table wants it. Returns buf->error. */
int cai_model_rename(cai_action action, const char *model, cai_buf *out);

#endif
