/* SPDX-License-Identifier: MIT
 * A credential's JSON as the parsers of the types see it. */
#ifndef CAI_DOCUMENT_H
#define CAI_DOCUMENT_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "../../base/err.h"
#include "../../base/log.h"
#include "guard.h"
#include "places.h"

/* Borrowed for the call of a parser, but for places and log, which outlive the credential. */
typedef struct cai_document {
  const cJSON *root;
  const char *origin; /* for messages: the file's path, "the credential JSON" */
  const cai_guard *guard;
  const cai_places *places;
  cai_log *log;
  int depth; /* 0: the document itself; 1: its source_credentials; ... */
} cai_document;

/* A member that must be text without control characters. NULL and `err` (CHATABI_E_AUTH_SOURCE) when it is missing,
 * empty or something else. */
const char *cai_document_need(const cai_document *document, const char *member, cai_err *err);

/* The same for a member that may be missing: `*text` NULL then. 0 or a code. */
int cai_document_get(const cai_document *document, const char *member, const char **text, cai_err *err);

#endif
