/* SPDX-License-Identifier: MIT
 * Why an exchange brought no token, whether asking again can help, and when. Reads the two shapes in which Google's
 * token services refuse: OAuth's ({"error": "invalid_grant", "error_description": ...}, RFC 6749 5.2) and Google's own
 * ({"error": {"status": ...}}). */
#ifndef CAI_SETBACK_H
#define CAI_SETBACK_H

#include <stdbool.h>
#include <stdint.h>

#include "../../base/clock.h"
#include "../../base/err.h"
#include "../../base/http.h"

typedef struct cai_setback {
  cai_err err;
  bool transient;
  bool bad_time;          /* the server did not like our clock */
  int64_t retry_after_ms; /* what the server asked for, else 0 */
  int64_t skew_ms;        /* the server's clock minus ours, 0 when it did not say */
} cai_setback;

void cai_setback_clear(cai_setback *setback);

/* What a message about an exchange needs to say. Borrowed text. */
typedef struct cai_exchange {
  const char *server;         /* "the token endpoint https://..." */
  const char *origin;         /* whose credential: "the file /..." */
  const char *advice;         /* what to do about invalid_grant */
  const char *const *secrets; /* what the exchange sent and no message may show, ended by NULL; may be NULL */
} cai_exchange;

/* Fills `setback` from a reply that is no success: none at all, or a status other than 200. */
void cai_setback_read(cai_setback *setback, const cai_exchange *exchange, cai_now now, const cai_http_reply *reply);

#endif
