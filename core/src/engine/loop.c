/* SPDX-License-Identifier: MIT
 *
 * One turn of the thread: take what the host put down (new attempts, cancels, room in a queue, a new token), run the
 * credential's errand if one is due, let waiting attempts go as far as they come, let libcurl work, act on deadlines;
 * then sleep in curl_multi_poll until a socket, a program, a deadline or cai_loop_attend ends it.
 *
 * Locks: `lock` guards what both sides touch and is held for a few assignments, and for curl_multi_wakeup, which writes
 * one byte without blocking and must not meet the multi handle's end. The hub's lock is never held together with it.
 *
 * Deadlines: attempts are not sorted by theirs. `check_ms` is a lower bound of all; when it passes, all are asked and
 * it is set anew. An arriving byte moves a deadline later without touching the bound: busy streams cost nothing. */
#include "loop.h"

#include "../base/alloc.h"
#include "../base/clock.h"
#include "../base/life.h"
#include "attempt.h"
#include "chatabi.h"

enum { MAX_SLEEP_MS = 60000, QUIT_WAIT_MS = 20 };

static bool init_locks(cai_loop *loop) {
  if (cai_mutex_init(&loop->lock)) return false;
  if (cai_cond_init(&loop->finished_cond) == 0) return true;
  cai_mutex_fini(&loop->lock);
  return false;
}

cai_loop *cai_loop_new(void) {
  cai_loop *loop = cai_calloc(1, sizeof *loop);
  if (!loop) return NULL;
  atomic_init(&loop->refs, 1);
  loop->check_ms = INT64_MAX;
  loop->keeper.loop = loop;
  cai_recorder_init(&loop->recorder);
  loop->log = cai_log_new(CAI_LOG_WARN);
  loop->hub = cai_hub_new();
  if (loop->log && loop->hub && init_locks(loop)) return loop;
  cai_log_free(loop->log);
  cai_hub_unref(loop->hub);
  cai_free(loop);
  return NULL;
}

cai_loop *cai_loop_ref(cai_loop *loop) {
  atomic_fetch_add(&loop->refs, 1);
  return loop;
}

void cai_loop_unref(cai_loop *loop) {
  if (!loop || atomic_fetch_sub(&loop->refs, 1) != 1) return;
  cai_keeper_fini(&loop->keeper);
  cai_settings_fini(&loop->settings);
  cai_hub_unref(loop->hub);
  cai_log_free(loop->log);
  cai_cond_fini(&loop->finished_cond);
  cai_mutex_fini(&loop->lock);
  cai_free(loop);
}

/* ---- host ---- */

/* Lock held. */
static void rouse(cai_loop *loop) {
  if (loop->multi) (void)curl_multi_wakeup(loop->multi);
}

bool cai_loop_attend(cai_loop *loop, cai_attempt *attempt) {
  cai_mutex_lock(&loop->lock);
  bool open = loop->started && !loop->closed;
  if (!attempt->attended && open) {
    attempt->attended = true;
    attempt->attention_next = loop->attention;
    loop->attention = cai_attempt_ref(attempt);
    rouse(loop);
  }
  cai_mutex_unlock(&loop->lock);
  return open;
}

void cai_loop_warm(cai_loop *loop) {
  cai_mutex_lock(&loop->lock);
  loop->warm_wanted = true;
  rouse(loop);
  cai_mutex_unlock(&loop->lock);
}

int cai_loop_set_token(cai_loop *loop, const char *token) {
  int error = cai_keeper_put_token(&loop->keeper, token);
  if (error) return error;
  cai_mutex_lock(&loop->lock);
  rouse(loop);
  cai_mutex_unlock(&loop->lock);
  return 0;
}

void cai_loop_stop(cai_loop *loop) {
  atomic_store(&loop->stopping, true);
  cai_mutex_lock(&loop->lock);
  rouse(loop);
  cai_mutex_unlock(&loop->lock);
}

bool cai_loop_wait_finished(cai_loop *loop, int timeout_ms) {
  cai_mutex_lock(&loop->lock);
  int64_t until_ms = cai_clock_ms() + timeout_ms;
  while (loop->started && !loop->finished) {
    if (timeout_ms < 0)
      cai_cond_wait(&loop->finished_cond, &loop->lock);
    else if (!cai_cond_wait_until(&loop->finished_cond, &loop->lock, until_ms))
      break;
  }
  bool finished = !loop->started || loop->finished;
  cai_mutex_unlock(&loop->lock);
  return finished;
}

/* ---- I/O thread ---- */

void cai_loop_expect(cai_loop *loop, int64_t at_ms) {
  if (at_ms < loop->check_ms) loop->check_ms = at_ms;
}

/* xorshift64*: jitter needs no secrecy. */
double cai_loop_random(cai_loop *loop) {
  uint64_t x = loop->random ? loop->random : ((uint64_t)cai_clock_now().wall_ms << 20) ^ (uint64_t)(uintptr_t)loop ^ 1;
  x ^= x >> 12;
  x ^= x << 25;
  x ^= x >> 27;
  loop->random = x;
  return (double)((x * 0x2545F4914F6CDD1Du) >> 11) / (double)(1ull << 53);
}

static void admit(cai_loop *loop) {
  int64_t limit = loop->settings.max_in_flight;
  while (loop->line.first && (!limit || loop->running < limit)) {
    cai_attempt *attempt = cai_attempt_ref(loop->line.first);
    cai_line_leave(&loop->line, attempt);
    cai_attempt_proceed(attempt);
    cai_attempt_unref(attempt);
  }
}

/* Proceeding may end attempts, so the next one is held while this one runs. */
void cai_loop_lease_again(cai_loop *loop) {
  cai_attempt *attempt = loop->active ? cai_attempt_ref(loop->active) : NULL;
  while (attempt) {
    if (attempt->phase == CAI_PHASE_LEASE) cai_attempt_proceed(attempt);
    cai_attempt *next = attempt->next ? cai_attempt_ref(attempt->next) : NULL;
    cai_attempt_unref(attempt);
    attempt = next;
  }
}

/* Attempts come out in the order in which they were put down. */
static cai_attempt *take_attention(cai_loop *loop, bool *warm) {
  cai_attempt *in_order = NULL;
  cai_mutex_lock(&loop->lock);
  while (loop->attention) {
    cai_attempt *attempt = loop->attention;
    loop->attention = attempt->attention_next;
    attempt->attention_next = in_order;
    in_order = attempt;
  }
  *warm = loop->warm_wanted;
  loop->warm_wanted = false;
  cai_mutex_unlock(&loop->lock);
  return in_order;
}

static void check_deadlines(cai_loop *loop) {
  int64_t now_ms = cai_clock_ms();
  if (now_ms < loop->check_ms) return;
  loop->check_ms = INT64_MAX;
  int64_t earliest_ms = INT64_MAX;
  cai_attempt *attempt = loop->active ? cai_attempt_ref(loop->active) : NULL;
  while (attempt) {
    int64_t next_ms = cai_attempt_check(attempt, now_ms);
    if (next_ms < earliest_ms) earliest_ms = next_ms;
    cai_attempt *next = attempt->next ? cai_attempt_ref(attempt->next) : NULL;
    cai_attempt_unref(attempt);
    attempt = next;
  }
  cai_loop_expect(loop, earliest_ms);
}

static void reap(cai_loop *loop) {
  int left;
  CURLMsg *message;
  while ((message = curl_multi_info_read(loop->multi, &left)))
    if (message->msg == CURLMSG_DONE) cai_transfer_finish(message->easy_handle, message->data.result);
}

static int sleep_ms(cai_loop *loop) {
  int64_t ms = MAX_SLEEP_MS, now_ms = cai_clock_ms();
  if (loop->check_ms - now_ms < ms) ms = loop->check_ms - now_ms;
  int64_t due_ms = cai_keeper_due_ms(&loop->keeper);
  if (due_ms >= 0 && due_ms < ms) ms = due_ms;
  int64_t play_ms = cai_player_due_ms(&loop->player);
  if (play_ms - now_ms < ms) ms = play_ms - now_ms;
  return ms < 0 ? 0 : (int)ms;
}

/* Until it is no longer `attended` an attempt is ours to link; what the host wants of it meanwhile is seen here. */
static void attend_all(cai_loop *loop, cai_attempt *attempt) {
  while (attempt) {
    cai_attempt *next = attempt->attention_next;
    cai_mutex_lock(&loop->lock);
    attempt->attended = false;
    cai_mutex_unlock(&loop->lock);
    cai_attempt_attend(attempt);
    cai_attempt_unref(attempt);
    attempt = next;
  }
}

/* False when it is time to end. */
static bool turn(cai_loop *loop) {
  bool warm;
  int running;
  attend_all(loop, take_attention(loop, &warm));
  if (atomic_load(&loop->stopping)) return false;
  if (warm && !loop->settings.replay) {
    cai_token_prefetch(loop->keeper.token, cai_clock_now());
    cai_warmup_run(&loop->warmup);
  }
  admit(loop);
  cai_keeper_step(&loop->keeper);
  curl_multi_perform(loop->multi, &running);
  reap(loop);
  cai_player_run(&loop->player);
  check_deadlines(loop);
  admit(loop);
  cai_keeper_step(&loop->keeper);
  return true;
}

static void end_all(cai_loop *loop) {
  bool warm;
  attend_all(loop, take_attention(loop, &warm));
  while (loop->active) cai_attempt_abort(loop->active, CHATABI_E_CLOSED, NULL, cai_err_text(CHATABI_E_CLOSED));
}

/* After this nobody puts anything down any more; what came in before the door closed is ended next. */
static void close_door(cai_loop *loop) {
  cai_mutex_lock(&loop->lock);
  loop->closed = true;
  cai_mutex_unlock(&loop->lock);
}

static void open_multi(cai_loop *loop) {
  CURLM *multi = curl_multi_init();
  cai_mutex_lock(&loop->lock);
  loop->multi = multi;
  cai_mutex_unlock(&loop->lock);
  cai_warmup_init(&loop->warmup, loop);
}

static void close_multi(cai_loop *loop) {
  cai_keeper_close(&loop->keeper);
  cai_warmup_fini(&loop->warmup);
  cai_recorder_fini(&loop->recorder);
  cai_player_fini(&loop->player);
  cai_mutex_lock(&loop->lock);
  CURLM *multi = loop->multi;
  loop->multi = NULL;
  cai_mutex_unlock(&loop->lock);
  curl_multi_cleanup(multi);
}

static void finish(cai_loop *loop) {
  cai_mutex_lock(&loop->lock);
  loop->finished = true;
  cai_cond_signal_all(&loop->finished_cond);
  cai_mutex_unlock(&loop->lock);
}

static void doze(cai_loop *loop, int ms) {
  struct curl_waitfd program = {.fd = cai_keeper_fd(&loop->keeper), .events = CURL_WAIT_POLLIN};
  (void)curl_multi_poll(loop->multi, &program, program.fd >= 0, ms, NULL);
}

static void run(void *arg) {
  cai_loop *loop = arg;
  cai_life_work_begin();
  open_multi(loop);
  cai_keeper_changed(&loop->keeper);
  while (loop->multi && turn(loop)) {
    int ms = sleep_ms(loop);
    cai_life_work_end();
    doze(loop, ms);
    cai_life_work_begin();
  }
  end_all(loop);
  close_door(loop);
  end_all(loop);
  close_multi(loop);
  finish(loop);
  cai_life_work_end();
}

/* Called at exit, which may have interrupted a host's thread in the middle of its work under the lock. */
static void quit(void *arg) {
  cai_loop *loop = arg;
  atomic_store(&loop->stopping, true);
  if (!cai_mutex_lock_until(&loop->lock, cai_clock_ms() + QUIT_WAIT_MS)) return;
  rouse(loop);
  cai_mutex_unlock(&loop->lock);
}

static void release(void *arg) { cai_loop_unref(arg); }

static const cai_resident_ops resident = {.run = run, .quit = quit, .release = release};

/* `started` is set before the thread exists: a stop from another thread must not miss it. */
int cai_loop_start(cai_loop *loop) {
  if (loop->started) return 0;
  if (cai_keeper_open(&loop->keeper)) return CHATABI_E_NOMEM;
  loop->budget.limit = loop->settings.token_budget;
  cai_mutex_lock(&loop->lock);
  int error = atomic_load(&loop->stopping) ? CHATABI_E_CLOSED : 0;
  loop->started = !error;
  cai_mutex_unlock(&loop->lock);
  if (error) return error;
  error = cai_life_spawn(&resident, cai_loop_ref(loop));
  if (!error) return 0;
  cai_loop_unref(loop);
  cai_mutex_lock(&loop->lock);
  loop->started = false;
  cai_cond_signal_all(&loop->finished_cond);
  cai_mutex_unlock(&loop->lock);
  return error;
}
