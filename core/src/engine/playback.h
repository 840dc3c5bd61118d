/* SPDX-License-Identifier: MIT
 * A recorded exchange being played: calls the same functions in the same order as one over the network, from
 * cai_playback_run only. I/O thread only. */
#ifndef CAI_PLAYBACK_H
#define CAI_PLAYBACK_H

#include <stdbool.h>
#include <stdint.h>

#include "../chat/record/tape.h"
#include "transfer.h"

struct cai_player;

typedef enum cai_scene { CAI_SCENE_CONNECT, CAI_SCENE_HEAD, CAI_SCENE_BODY, CAI_SCENE_END, CAI_SCENE_OVER } cai_scene;

typedef struct cai_playback {
  struct cai_player *player;
  struct cai_playback *previous, *next; /* in player's list */
  const cai_recorded *recorded;
  const cai_transfer_ops *ops;
  void *owner;
  bool paced; /* as recorded; else as fast as it goes */
  int64_t started_ms;
  cai_scene scene;
  bool paused, stopped;
  cai_headers headers; /* of the response */
  cai_scan pieces;     /* those that are left */
  cai_buf piece;       /* the next one */
  int64_t piece_ms;
} cai_playback;

/* In the player's list from here on. NULL when out of memory. */
cai_playback *cai_playback_new(struct cai_player *player, const cai_recorded *recorded, bool paced,
                               const cai_transfer_ops *ops, void *owner);
void cai_playback_free(cai_playback *playback);

/* Plays what is due. It may have been freed when this returns. */
void cai_playback_run(cai_playback *playback, int64_t now_ms);

/* When there is something to play; INT64_MAX while it is held back. */
int64_t cai_playback_due_ms(const cai_playback *playback);

#endif
