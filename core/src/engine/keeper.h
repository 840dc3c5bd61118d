/* SPDX-License-Identifier: MIT
 * Keeps the client's credential: makes it from the settings, has its errands run, publishes what it is like, and has
 * the attempts that wait for it look again. I/O thread only, but where said. */
#ifndef CAI_KEEPER_H
#define CAI_KEEPER_H

#include <stdbool.h>
#include <stdint.h>

#include "../auth/token.h"
#include "fetch.h"

struct cai_loop;

typedef struct cai_keeper {
  struct cai_loop *loop; /* set by the loop before all else */
  cai_token *token;
  cai_fetch fetch;
  bool leases_wait;  /* some attempt may be waiting */
  int64_t published; /* cai_token_changes when the status was made */
  /* under loop->lock */
  char *status;    /* what the credential is like, JSON text */
  char *new_token; /* replaces the static token; secret */
} cai_keeper;

/* Before the thread starts, on the host's: makes the credential, anew if there is one. 0 or NOMEM. */
int cai_keeper_open(cai_keeper *keeper);

/* Ends the errand under way. */
void cai_keeper_close(cai_keeper *keeper);

/* When nobody uses the loop any more. */
void cai_keeper_fini(cai_keeper *keeper);

/* Takes a new static token if the host has put one down, and runs the errand that is due. */
void cai_keeper_step(cai_keeper *keeper);

/* The state of the credential changed. */
void cai_keeper_changed(cai_keeper *keeper);

/* An attempt asked for a lease: a credential that needs nobody has another token now, or another failure. */
void cai_keeper_leased(cai_keeper *keeper);

/* An attempt was told to wait. */
void cai_keeper_lease_waits(cai_keeper *keeper);

/* Milliseconds until step has something to do; -1: nothing foreseeable. */
int64_t cai_keeper_due_ms(const cai_keeper *keeper);

/* A descriptor besides libcurl's: when it is readable step has something to do. -1: none. */
int cai_keeper_fd(const cai_keeper *keeper);

/* Any thread: puts a new static token down (the loop must be roused); the status as owned text, NULL when there is none
 * yet. */
int cai_keeper_put_token(cai_keeper *keeper, const char *token);
char *cai_keeper_status(cai_keeper *keeper);

#endif
