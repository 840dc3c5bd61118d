/* SPDX-License-Identifier: MIT
 * Opens a connection to the endpoint before the first request needs it, so that name, TLS and the CA certificates (30
 * ms and more) are behind us. Sends no credential; whatever is answered is ignored. I/O thread only. */
#ifndef CAI_WARMUP_H
#define CAI_WARMUP_H

#include "transfer.h"

struct cai_loop;

typedef struct cai_warmup {
  struct cai_loop *loop;
  cai_transfer *transfer;
} cai_warmup;

void cai_warmup_init(cai_warmup *warmup, struct cai_loop *loop);
void cai_warmup_fini(cai_warmup *warmup);
void cai_warmup_run(cai_warmup *warmup);

#endif
