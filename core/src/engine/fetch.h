/* SPDX-License-Identifier: MIT
 * Runs the HTTP exchanges that the credential asks for, one at a time. I/O thread only. */
#ifndef CAI_FETCH_H
#define CAI_FETCH_H

#include <stdbool.h>

#include "../base/http.h"
#include "transfer.h"

struct cai_keeper;

typedef struct cai_fetch {
  struct cai_keeper *keeper;
  cai_transfer *transfer; /* NULL while none is under way */
  cai_http_request request;
  cai_http_reply reply;
} cai_fetch;

void cai_fetch_init(cai_fetch *fetch, struct cai_keeper *keeper);
void cai_fetch_fini(cai_fetch *fetch);

/* Starts the exchange that is due, if one is. */
void cai_fetch_step(cai_fetch *fetch);

#endif
