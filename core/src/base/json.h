/* SPDX-License-Identifier: MIT
 * cJSON behind the limits that it does not set itself: checked strictly and for depth before it parses, getters that
 * tell case apart and check the type. For small documents that we interpret; what must pass through unchanged is read
 * with scan.h. */
#ifndef CAI_JSON_H
#define CAI_JSON_H

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* NULL and `err` (CHATABI_E_JSON with line and column, or NOMEM) when the text is not one JSON value. `what` names the
 * document in the message; the content never appears there, it may be a secret. Free with cJSON_Delete. */
cJSON *cai_json_parse(const char *text, size_t len, const char *what, cai_err *err);

/* The same complaint for text that only is to be checked. 0 or CHATABI_E_JSON. */
int cai_json_check(const char *text, size_t len, const char *what, cai_err *err);

/* Member's text; NULL when absent or no string. Borrowed from the tree. */
const char *cai_json_string(const cJSON *object, const char *name);

/* Member's whole number (a string of digits counts); `fallback` when absent, fractional or beyond 2^53. */
int64_t cai_json_int(const cJSON *object, const char *name, int64_t fallback);

/* cJSON_Delete after overwriting every text in it. NULL is allowed. */
void cai_json_free_secret(cJSON *tree);

const cJSON *cai_json_object(const cJSON *object, const char *name);

#endif
