/* SPDX-License-Identifier: MIT
 * Runs the errands that the credential asks for, HTTP exchanges and programs, one at a time. I/O thread only. */
#ifndef CAI_FETCH_H
#define CAI_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "../auth/exchange/errand.h"
#include "../base/http.h"
#include "program.h"
#include "transfer.h"

struct cai_keeper;

/* No errand is under way, or one of transfer and program is. */
typedef struct cai_fetch {
  struct cai_keeper *keeper;
  cai_transfer *transfer;
  cai_program *program;
  cai_errand errand;
  cai_http_reply reply;
} cai_fetch;

void cai_fetch_init(cai_fetch *fetch, struct cai_keeper *keeper);
/* Ends what is under way; a program is killed. */
void cai_fetch_fini(cai_fetch *fetch);

/* Starts the errand that is due, if one is; brings a program forward. */
void cai_fetch_step(cai_fetch *fetch);

bool cai_fetch_busy(const cai_fetch *fetch);

/* While busy: milliseconds until step has something to do, -1: libcurl tells. */
int64_t cai_fetch_due_ms(const cai_fetch *fetch);

/* The descriptor that becomes readable when step has something to do, -1: none. */
int cai_fetch_fd(const cai_fetch *fetch);

#endif
