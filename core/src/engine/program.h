/* SPDX-License-Identifier: MIT
 * Runs one command to its end without waiting for it: the loop polls the descriptor and steps. I/O thread only. */
#ifndef CAI_PROGRAM_H
#define CAI_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/command.h"
#include "../base/err.h"
#include "../base/http.h"

typedef struct cai_program cai_program;

/* NULL and `err`: CHATABI_E_NOT_FOUND: there is no such program; _NOMEM: the machine is short of something, it may work
 * later; _UNSUPPORTED; _AUTH_SOURCE: another reason why it cannot be run. `command` is not needed after the call. */
cai_program *cai_program_start(const cai_command *command, cai_err *err);

/* Kills it, with all that it started, if it still runs or something that it started holds its output open. NULL is
 * allowed. */
void cai_program_free(cai_program *program);

/* The descriptor that becomes readable when step has something to do, -1: none. */
int cai_program_fd(const cai_program *program);

/* Milliseconds until step has something to do in any case. */
int64_t cai_program_due_ms(const cai_program *program);

/* True when it is over: `reply` (initialised) has status 200 and what it printed, or status 0 and `err`:
 * CHATABI_E_AUTH_EXCHANGE: it ended with a failure; _TIMEOUT, _TOO_LARGE: it is to be killed; _NOMEM. No message shows
 * what it printed. Not to be called again then. */
bool cai_program_step(cai_program *program, cai_http_reply *reply);

#endif
