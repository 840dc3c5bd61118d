/* SPDX-License-Identifier: MIT
 * From the body that the user gave to the body that is sent: checked, and completed by configuration. Members that we
 * do not change are copied byte by byte. */
#ifndef CAI_BODY_H
#define CAI_BODY_H

#include <stdbool.h>

#include "../../base/buf.h"
#include "../../base/err.h"

typedef struct cai_body_facts {
  bool stream; /* "stream": true */
  char *model; /* owned by the caller after success; NULL when the body names none */
} cai_body_facts;

/* Appends to `out` the body to send: `model` (may be NULL) is put in where the body has none. 0, CHATABI_E_JSON with
 * the position of the fault, also for something other than an object, NOMEM, TOO_LARGE. */
int cai_body_build(const char *body, size_t len, const char *model, cai_buf *out, cai_body_facts *facts, cai_err *err);

#endif
