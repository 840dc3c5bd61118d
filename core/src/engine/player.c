/* SPDX-License-Identifier: MIT */
#include "player.h"

#include "../base/clock.h"
#include "../base/file.h"
#include "attempt.h"
#include "chatabi.h"
#include "playback.h"

enum { MAX_FILE = 1 << 30 };

static void unload(cai_player *player) {
  cai_tape_fini(&player->tape);
  cai_buf_fini(&player->text);
  player->loaded = false;
}

void cai_player_fini(cai_player *player) { unload(player); }

/* ---- the file ---- */

static int read_file(cai_player *player, const char *path, cai_err *err) {
  char reason[128];
  cai_buf_init(&player->text, MAX_FILE);
  int error = cai_file_read(path, &player->text);
  if (error)
    return cai_err_set(err, CHATABI_E_CONFIG, "Option replay: the file %.300s cannot be read: %s.", path,
                       cai_file_reason(error, reason, sizeof reason));
  cai_tape_init(&player->tape);
  return cai_tape_read(&player->tape, path, cai_buf_view(&player->text), player->text.len, err);
}

static bool load(cai_loop *loop, cai_err *err) {
  cai_player *player = &loop->player;
  if (player->loaded) return true;
  player->loaded = !read_file(player, loop->settings.replay, err);
  if (!player->loaded)
    unload(player);
  else if (player->tape.torn_line)
    cai_log_add(loop->log, CAI_LOG_WARN, "replay: line %zu of %s, the last one, is cut off and left out",
                player->tape.torn_line, loop->settings.replay);
  return player->loaded;
}

/* ---- requests ---- */

/* What the host said, not what a server is sent for it: a recording is good with another server, too. */
static cai_tape_request request_of(const cai_attempt *attempt) {
  cai_span body = {cai_buf_view(&attempt->body), attempt->body.len};
  return (cai_tape_request){.method = cai_attempt_method(attempt),
                            .path = cai_attempt_path(attempt),
                            .body = body.len ? body : cai_span_of("null")};
}

cai_transfer *cai_player_start(cai_attempt *attempt, const cai_transfer_ops *ops, cai_err *err) {
  cai_loop *loop = attempt->loop;
  if (!load(loop, err)) return NULL;
  const cai_tape_request request = request_of(attempt);
  const cai_recorded *recorded = cai_tape_take(&loop->player.tape, &request, err);
  if (!recorded) return NULL;
  cai_playback *playback = cai_playback_new(&loop->player, recorded, loop->settings.replay_as_recorded, ops, attempt);
  cai_transfer *transfer = playback ? cai_transfer_play(playback) : NULL;
  if (!transfer) cai_err_nomem(err);
  return transfer;
}

bool cai_player_goes_on(cai_attempt *attempt) {
  const cai_tape_request request = request_of(attempt);
  return cai_tape_goes_on(&attempt->loop->player.tape, &request);
}

/* ---- playing ---- */

void cai_player_add(cai_player *player, cai_playback *playback) {
  playback->previous = player->last;
  if (player->last)
    player->last->next = playback;
  else
    player->first = playback;
  player->last = playback;
}

void cai_player_remove(cai_player *player, cai_playback *playback) {
  if (player->next == playback) player->next = playback->next;
  if (playback->previous)
    playback->previous->next = playback->next;
  else
    player->first = playback->next;
  if (playback->next)
    playback->next->previous = playback->previous;
  else
    player->last = playback->previous;
}

/* What runs may free itself and others, and may start more. */
void cai_player_run(cai_player *player) {
  if (!player->first) return;
  int64_t now_ms = cai_clock_ms();
  for (cai_playback *playback = player->first; playback; playback = player->next) {
    player->next = playback->next;
    cai_playback_run(playback, now_ms);
  }
}

int64_t cai_player_due_ms(const cai_player *player) {
  int64_t due_ms = INT64_MAX;
  for (const cai_playback *playback = player->first; playback; playback = playback->next) {
    int64_t own_ms = cai_playback_due_ms(playback);
    if (own_ms < due_ms) due_ms = own_ms;
  }
  return due_ms;
}
