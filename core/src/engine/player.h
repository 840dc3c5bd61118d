/* SPDX-License-Identifier: MIT
 * Option replay: requests are answered from a recording, without network and credentials. Reads the file when the first
 * request comes, and plays what is under way whenever the loop has it run. I/O thread only. */
#ifndef CAI_PLAYER_H
#define CAI_PLAYER_H

#include <stdbool.h>
#include <stdint.h>

#include "../chat/record/tape.h"
#include "transfer.h"

struct cai_attempt;
struct cai_playback;

/* One for a client. All zero at first. */
typedef struct cai_player {
  bool loaded;
  cai_buf text; /* of the file; the tape points into it */
  cai_tape tape;
  struct cai_playback *first, *last;
  struct cai_playback *next; /* of the one that runs now */
} cai_player;

void cai_player_fini(cai_player *player);

/* The exchange recorded for what the attempt is about to send. NULL and `err` (CONFIG: the file; REPLAY: there is none)
 * on failure; ops are called later, never from here. */
cai_transfer *cai_player_start(struct cai_attempt *attempt, const cai_transfer_ops *ops, cai_err *err);

/* Was the attempt's request sent again after this answer? */
bool cai_player_goes_on(struct cai_attempt *attempt);

void cai_player_run(cai_player *player);

/* When there is something to run; INT64_MAX: nothing foreseeable. */
int64_t cai_player_due_ms(const cai_player *player);

/* For playbacks. */
void cai_player_add(cai_player *player, struct cai_playback *playback);
void cai_player_remove(cai_player *player, struct cai_playback *playback);

#endif
