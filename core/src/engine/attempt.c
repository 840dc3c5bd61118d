/* SPDX-License-Identifier: MIT
 *
 * NEW -> WAITING -> LEASE -> SENDING -> READING -> DRAINING -> ENDED, with BACKOFF -> LEASE before another try. The
 * host sees the end when it is queued, once; the loop lets go of the attempt in cai_attempt_leave, once. A retry is
 * only possible while nothing was delivered, so the host never sees the same words twice. */
#include "attempt.h"

#include <string.h>

#include "../base/alloc.h"
#include "../base/clock.h"
#include "chatabi.h"
#include "course.h"

enum { RESULT_WAIT_MS = 50 };

void cai_options_fini(cai_options *options) {
  cai_free(options->path);
  cai_headers_fini(&options->headers);
  for (char **name = options->removed; name && *name; name++) cai_free(*name);
  cai_free(options->removed);
  *options = (cai_options){0};
}

static bool set_up(cai_attempt *attempt, void *owner, const char *body, size_t len) {
  const cai_settings *settings = &attempt->loop->settings;
  cai_buf_init(&attempt->body, SIZE_MAX / 2);
  attempt->answer = cai_answer_new((size_t)settings->max_response_bytes);
  if (!attempt->answer || cai_answer_set_think_tag(attempt->answer, settings->think_tag)) return false;
  if (cai_buf_append(&attempt->body, body, len)) return false;
  if (cai_mutex_init(&attempt->answer_lock)) return false;
  if (!cai_queue_init(&attempt->queue, attempt->loop->hub, owner, (size_t)settings->queue_events,
                      (size_t)settings->queue_bytes))
    return true;
  cai_mutex_fini(&attempt->answer_lock);
  return false;
}

cai_attempt *cai_attempt_new(cai_loop *loop, void *owner, int64_t id, const char *body, size_t len,
                             cai_options *options) {
  cai_attempt *attempt = cai_calloc(1, sizeof *attempt);
  if (!attempt) {
    cai_options_fini(options);
    return NULL;
  }
  atomic_init(&attempt->refs, 1);
  attempt->loop = cai_loop_ref(loop);
  attempt->id = id;
  attempt->sent_ms = cai_clock_ms();
  attempt->options = *options;
  *options = (cai_options){0};
  cai_headers_init(&attempt->headers);
  cai_failure_init(&attempt->failure);
  cai_progress_init(&attempt->progress);
  cai_route_init(&attempt->route, 1 + (int)loop->settings.fallback.count);
  cai_rewrite_init(&attempt->wire);
  attempt->wire_place = -1;
  cai_progress_set(&attempt->progress, CHATABI_INFO_ID, id);
  if (set_up(attempt, owner, body, len)) return attempt;
  cai_answer_free(attempt->answer);
  cai_buf_fini(&attempt->body);
  cai_options_fini(&attempt->options);
  cai_loop_unref(loop);
  cai_free(attempt);
  return NULL;
}

cai_attempt *cai_attempt_ref(cai_attempt *attempt) {
  atomic_fetch_add(&attempt->refs, 1);
  return attempt;
}

void cai_attempt_unref(cai_attempt *attempt) {
  if (!attempt || atomic_fetch_sub(&attempt->refs, 1) != 1) return;
  cai_queue_fini(&attempt->queue);
  cai_mutex_fini(&attempt->answer_lock);
  cai_answer_free(attempt->answer);
  cai_batch_free(attempt->batch);
  cai_buf_fini(&attempt->body);
  cai_free_secret(attempt->credential);
  cai_free(attempt->host);
  cai_free(attempt->facts.model);
  cai_rewrite_fini(&attempt->wire);
  cai_options_fini(&attempt->options);
  cai_headers_fini(&attempt->headers);
  cai_failure_fini(&attempt->failure);
  cai_loop_unref(attempt->loop);
  cai_free(attempt);
}

bool cai_attempt_result(cai_attempt *attempt, cai_buf *out) {
  if (!cai_mutex_lock_until(&attempt->answer_lock, cai_clock_ms() + RESULT_WAIT_MS)) return false;
  cai_answer_json(attempt->answer, out);
  cai_mutex_unlock(&attempt->answer_lock);
  return true;
}

void cai_attempt_set_state(cai_attempt *attempt, int state) { atomic_store(&attempt->progress.state, state); }

const char *cai_attempt_method(const cai_attempt *attempt) {
  return attempt->options.method ? attempt->options.method : "POST";
}

const char *cai_attempt_path(const cai_attempt *attempt) {
  return attempt->options.path ? attempt->options.path : "/chat/completions";
}

int64_t cai_attempt_limit(int64_t own, int64_t general) { return own >= 0 ? own : general; }

/* ---- ends ---- */

/* Of this try: what another server asked for before says nothing about it. */
static void note_failure(cai_attempt *attempt) {
  const cai_failure *failure = &attempt->failure;
  cai_progress_set(&attempt->progress, CHATABI_INFO_RETRY_AFTER_MS, failure->retry_after_ms);
  cai_progress_set(&attempt->progress, CHATABI_INFO_RETRYABLE, failure->retryable && !failure->terminal);
}

/* Everything that the host may read is written before the end is queued. */
static void end(cai_attempt *attempt, int code) {
  cai_loop *loop = attempt->loop;
  int64_t total_ms = cai_clock_ms() - attempt->sent_ms;
  cai_progress_set(&attempt->progress, CHATABI_INFO_TOTAL_MS, total_ms);
  if (!code) cai_progress_set(&attempt->progress, CHATABI_INFO_RETRYABLE, -1); /* an earlier try's */
  cai_attempt_set_state(attempt, code ? CHATABI_STATE_FAILED : CHATABI_STATE_DONE);
  atomic_fetch_add(code == 0                     ? &loop->counters.completed
                   : code == CHATABI_E_CANCELLED ? &loop->counters.cancelled
                                                 : &loop->counters.failed,
                   1);
  cai_attempt_check_out(attempt);
  cai_recorder_close(attempt);
  cai_attempt_account(attempt, code, total_ms);
  cai_queue_end(&attempt->queue, code);
}

void cai_attempt_complete(cai_attempt *attempt) { end(attempt, 0); }

void cai_attempt_refuse(cai_attempt *attempt, const cai_err *err) {
  cai_failure_from_err(&attempt->failure, err);
  note_failure(attempt);
  attempt->phase = CAI_PHASE_ENDED;
  end(attempt, err->code);
}

void cai_attempt_drop_try(cai_attempt *attempt) {
  cai_recorder_close(attempt);
  if (attempt->stream_open) cai_stream_fini(&attempt->stream);
  attempt->stream_open = false;
  cai_transfer_free(attempt->transfer);
  attempt->transfer = NULL;
  attempt->paused = attempt->starved = false;
  cai_batch_free(attempt->batch);
  attempt->batch = NULL;
}

void cai_attempt_leave(cai_attempt *attempt) {
  cai_loop *loop = attempt->loop;
  cai_attempt_drop_try(attempt);
  attempt->phase = CAI_PHASE_ENDED;
  cai_line_leave(&loop->line, attempt);
  cai_buf_fini(&attempt->body);
  cai_rewrite_fini(&attempt->wire);
  cai_rewrite_init(&attempt->wire);
  if (attempt->previous)
    attempt->previous->next = attempt->next;
  else
    loop->active = attempt->next;
  if (attempt->next) attempt->next->previous = attempt->previous;
  cai_attempt_unref(attempt);
}

/* An answer that broke off had a status all the same. */
static void note_status(cai_attempt *attempt) {
  if (!attempt->failure.http_status && attempt->stream_open) attempt->failure.http_status = attempt->stream.status;
}

void cai_attempt_give_up(cai_attempt *attempt) {
  note_status(attempt);
  cai_failure_hide(&attempt->failure, attempt->credential);
  note_failure(attempt);
  end(attempt, attempt->failure.err.code);
  cai_attempt_leave(attempt);
}

void cai_attempt_fail_with(cai_attempt *attempt, const cai_err *err) {
  cai_failure_fini(&attempt->failure);
  cai_failure_from_err(&attempt->failure, err);
  cai_attempt_fail(attempt);
}

/* -1: no other try. What failed before anything was sent fails again, but at another place. */
static int64_t retry_delay_ms(cai_attempt *attempt, int64_t now_ms) {
  const cai_settings *settings = &attempt->loop->settings;
  cai_retry_policy policy = {.max_retries = (int)cai_attempt_limit(attempt->options.max_retries, settings->max_retries),
                             .max_wait_ms = settings->max_retry_wait_ms};
  bool sent = cai_progress_get(&attempt->progress, CHATABI_INFO_ATTEMPTS) > attempt->replays;
  if (attempt->delivered || !sent) return -1;
  int64_t delay_ms =
      cai_route_next(&attempt->route, &policy, &attempt->failure, now_ms, cai_loop_random(attempt->loop));
  return delay_ms >= 0 && now_ms + delay_ms < cai_attempt_deadline_ms(attempt) ? delay_ms : -1;
}

static void log_retry(cai_attempt *attempt, int from, int64_t delay_ms) {
  cai_loop *loop = attempt->loop;
  const char *name = cai_err_name(attempt->failure.err.code), *message = attempt->failure.err.message;
  if (attempt->route.place != from)
    cai_log_add(loop->log, CAI_LOG_WARN, "request %lld: %s, trying place %d of %d in %lld ms: %s",
                (long long)attempt->id, name, attempt->route.place + 1, attempt->route.count, (long long)delay_ms,
                message);
  else
    cai_log_add(loop->log, CAI_LOG_INFO, "request %lld: %s, trying again in %lld ms: %s", (long long)attempt->id, name,
                (long long)delay_ms, message);
}

/* Forgets what the try brought. */
static void clear_try(cai_attempt *attempt) {
  cai_attempt_drop_try(attempt);
  cai_failure_fini(&attempt->failure);
  attempt->events = attempt->text_bytes = 0;
  cai_mutex_lock(&attempt->answer_lock);
  cai_answer_reset(attempt->answer);
  cai_mutex_unlock(&attempt->answer_lock);
}

void cai_attempt_fail(cai_attempt *attempt) {
  cai_loop *loop = attempt->loop;
  cai_failure_hide(&attempt->failure, attempt->credential);
  int from = attempt->route.place;
  int64_t now_ms = cai_clock_ms();
  int64_t delay_ms = retry_delay_ms(attempt, now_ms);
  if (delay_ms < 0) {
    cai_attempt_give_up(attempt);
    return;
  }
  note_failure(attempt);
  atomic_fetch_add(&loop->counters.retries, 1);
  log_retry(attempt, from, delay_ms);
  clear_try(attempt);
  cai_progress_set(&attempt->progress, CHATABI_INFO_PLACE, attempt->route.place);
  attempt->phase = CAI_PHASE_BACKOFF;
  attempt->resume_at_ms = now_ms + delay_ms;
  cai_attempt_set_state(attempt, CHATABI_STATE_RETRYING);
  cai_loop_expect(loop, attempt->resume_at_ms);
}

void cai_attempt_abort(cai_attempt *attempt, int code, const char *limit, const char *message) {
  if (attempt->phase == CAI_PHASE_DRAINING) {
    cai_attempt_leave(attempt);
    return;
  }
  cai_err err;
  cai_err_set(&err, code, "%s", message);
  cai_failure_fini(&attempt->failure);
  cai_failure_from_err(&attempt->failure, &err);
  cai_failure_limit(&attempt->failure, limit);
  cai_attempt_give_up(attempt);
}

/* ---- turns ---- */

void cai_attempt_await_bytes(cai_attempt *attempt) {
  int64_t idle_ms = cai_attempt_limit(attempt->options.idle_timeout_ms, attempt->loop->settings.idle_timeout_ms);
  attempt->last_byte_ms = cai_clock_ms();
  if (idle_ms) cai_loop_expect(attempt->loop, attempt->last_byte_ms + idle_ms);
}

/* The bytes held back are delivered from within, so the attempt may have ended after it. */
static void resume(cai_attempt *attempt) {
  attempt->paused = false;
  cai_attempt_await_bytes(attempt);
  cai_transfer_resume(attempt->transfer);
}

void cai_attempt_attend(cai_attempt *attempt) {
  if (attempt->phase == CAI_PHASE_ENDED || attempt->phase == CAI_PHASE_DRAINING) return;
  if (attempt->phase == CAI_PHASE_NEW) cai_attempt_begin(attempt);
  if (attempt->phase == CAI_PHASE_ENDED) return;
  if (atomic_load(&attempt->queue.cancelled)) {
    cai_attempt_abort(attempt, CHATABI_E_CANCELLED, NULL, cai_err_text(CHATABI_E_CANCELLED));
  } else if (attempt->paused) {
    resume(attempt);
  }
}
