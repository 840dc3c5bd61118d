/* SPDX-License-Identifier: MIT */
#include "playback.h"

#include "../base/alloc.h"
#include "../base/clock.h"
#include "chatabi.h"
#include "player.h"

enum { MAX_PIECES = 64 /* in one go: the loop has others to look after */ };

cai_playback *cai_playback_new(struct cai_player *player, const cai_recorded *recorded, bool paced,
                               const cai_transfer_ops *ops, void *owner) {
  cai_playback *playback = cai_calloc(1, sizeof *playback);
  if (!playback) return NULL;
  *playback = (cai_playback){.player = player,
                             .recorded = recorded,
                             .paced = paced,
                             .ops = ops,
                             .owner = owner,
                             .started_ms = cai_clock_ms(),
                             .pieces = cai_scan_elements(recorded->chunks)};
  cai_headers_init(&playback->headers);
  cai_buf_init(&playback->piece, SIZE_MAX / 2);
  cai_player_add(player, playback);
  if (cai_recorded_headers(recorded, &playback->headers) == 0) return playback;
  cai_playback_free(playback);
  return NULL;
}

void cai_playback_free(cai_playback *playback) {
  if (!playback) return;
  cai_player_remove(playback->player, playback);
  cai_headers_fini(&playback->headers);
  cai_buf_fini(&playback->piece);
  cai_free(playback);
}

int64_t cai_playback_due_ms(const cai_playback *playback) {
  if (playback->paused || playback->scene == CAI_SCENE_OVER) return INT64_MAX;
  if (!playback->paced || playback->stopped) return playback->started_ms;
  switch (playback->scene) {
    case CAI_SCENE_HEAD: return playback->started_ms + playback->recorded->head_ms;
    case CAI_SCENE_BODY: return playback->started_ms + playback->piece_ms;
    case CAI_SCENE_END: return playback->started_ms + playback->recorded->end_ms;
    default: return playback->started_ms;
  }
}

static void turn_page(cai_playback *playback) {
  bool more = cai_recorded_piece(&playback->pieces, &playback->piece_ms, &playback->piece);
  playback->scene = more && !playback->piece.error ? CAI_SCENE_BODY : CAI_SCENE_END;
}

static void play_connect(cai_playback *playback) {
  playback->scene = playback->recorded->status ? CAI_SCENE_HEAD : CAI_SCENE_END;
  if (playback->ops->connected) playback->ops->connected(playback->owner);
}

static void play_head(cai_playback *playback) {
  turn_page(playback);
  if (playback->ops->head) playback->ops->head(playback->owner);
}

static void play_piece(cai_playback *playback) {
  switch (playback->ops->body(playback->owner, cai_buf_view(&playback->piece), playback->piece.len)) {
    case CAI_FLOW_ON: turn_page(playback); break;
    case CAI_FLOW_PAUSE: playback->paused = true; break;
    default: playback->stopped = true; playback->scene = CAI_SCENE_END;
  }
}

/* The owner frees it from there. */
static void play_end(cai_playback *playback) {
  cai_err err;
  cai_err_clear(&err);
  playback->scene = CAI_SCENE_OVER;
  if (playback->piece.error)
    cai_err_nomem(&err);
  else if (!playback->stopped)
    cai_recorded_err(playback->recorded, &err);
  playback->ops->done(playback->owner, &err);
}

void cai_playback_run(cai_playback *playback, int64_t now_ms) {
  for (int i = 0; i < MAX_PIECES && cai_playback_due_ms(playback) <= now_ms; i++) {
    switch (playback->scene) {
      case CAI_SCENE_CONNECT: play_connect(playback); break;
      case CAI_SCENE_HEAD: play_head(playback); break;
      case CAI_SCENE_BODY: play_piece(playback); break;
      default: play_end(playback); return;
    }
  }
}
