/* SPDX-License-Identifier: MIT
 * Option "fallback": other places for the same request, tried in order when one fails. */
#ifndef CAI_FALLBACK_H
#define CAI_FALLBACK_H

#include <stddef.h>

#include "../../base/err.h"
#include "endpoint.h"

enum { CAI_FALLBACKS_MAX = 8 };

/* At least one member is there, and not both location and base_url. */
typedef struct cai_fallback {
  char *location;
  char *base_url;
  char *model; /* in the place of the request's own; may be NULL */
} cai_fallback;

typedef struct cai_fallbacks {
  cai_fallback items[CAI_FALLBACKS_MAX];
  size_t count;
} cai_fallbacks;

/* Reads a JSON list of locations ("europe-west4"), base URLs (text with "://"), and objects with members location or
 * base_url, and model. "" is an empty list. 0, CHATABI_E_CONFIG saying what is wrong, NOMEM; on failure `list` is
 * empty. */
int cai_fallbacks_read(cai_fallbacks *list, const char *json, cai_err *err);
void cai_fallbacks_fini(cai_fallbacks *list);

/* `endpoint` at that other place. Borrows from both. */
cai_endpoint cai_fallback_endpoint(const cai_fallback *fallback, cai_endpoint endpoint);

#endif
