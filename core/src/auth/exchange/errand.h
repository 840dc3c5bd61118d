/* SPDX-License-Identifier: MIT
 * What a credential wants done to come closer to a token: an HTTP request, or a program to run. The engine does it and
 * feeds a cai_http_reply back. A program's reply has status 200 and its standard output as body when it ended with
 * exit status 0; otherwise status 0 and `err`. */
#ifndef CAI_ERRAND_H
#define CAI_ERRAND_H

#include <stdbool.h>

#include "../../base/command.h"
#include "../../base/http.h"

typedef struct cai_errand {
  cai_http_request http;
  cai_command command; /* argv not NULL: run this and leave http alone */
} cai_errand;

void cai_errand_init(cai_errand *errand);
void cai_errand_fini(cai_errand *errand);
bool cai_errand_is_command(const cai_errand *errand);

/* How a state machine goes on after it was asked or fed. */
typedef enum cai_step {
  CAI_STEP_ASK,   /* an errand is wanted; after feed: call ask for the next */
  CAI_STEP_DONE,  /* the result is there */
  CAI_STEP_FAILED /* the setback says why */
} cai_step;

#endif
