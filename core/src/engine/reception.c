/* SPDX-License-Identifier: MIT
 * What comes back on an attempt's transfer: bytes through chat/stream into batches for the queue, and the verdict at
 * the end. */
#include "../base/clock.h"
#include "chatabi.h"
#include "course.h"

enum { DRAIN_MS = 1000 };

static void on_connected(void *owner) {
  cai_attempt *attempt = owner;
  cai_loop *loop = attempt->loop;
  attempt->connected_ms = cai_clock_ms();
  cai_attempt_set_state(attempt, CHATABI_STATE_WAITING);
  int64_t limit_ms = cai_attempt_first_byte_ms(attempt);
  if (limit_ms) cai_loop_expect(loop, attempt->connected_ms + limit_ms);
}

static void note_arrival(cai_attempt *attempt, size_t len) {
  cai_loop *loop = attempt->loop;
  attempt->last_byte_ms = cai_clock_ms();
  cai_progress_add(&attempt->progress, CHATABI_INFO_BYTES, (int64_t)len);
  if (attempt->first_byte_ms) return;
  attempt->first_byte_ms = attempt->last_byte_ms;
  cai_progress_set(&attempt->progress, CHATABI_INFO_FIRST_BYTE_MS, attempt->first_byte_ms - attempt->sent_ms);
  if (loop->settings.max_stream_ms) cai_loop_expect(loop, attempt->first_byte_ms + loop->settings.max_stream_ms);
}

static void on_head(void *owner) {
  cai_attempt *attempt = owner;
  const cai_settings *settings = &attempt->loop->settings;
  const cai_stream_limits limits = {.max_event = (size_t)settings->max_response_bytes,
                                    .max_total = (size_t)settings->max_response_bytes};
  int status = cai_transfer_status(attempt->transfer);
  cai_recorder_head(attempt);
  attempt->phase = CAI_PHASE_READING;
  cai_attempt_await_bytes(attempt);
  cai_attempt_set_state(attempt, CHATABI_STATE_STREAMING);
  cai_progress_set(&attempt->progress, CHATABI_INFO_HTTP_STATUS, status);
  int version = cai_transfer_http_version(attempt->transfer);
  cai_progress_set(&attempt->progress, CHATABI_INFO_HTTP_VERSION, version);
  attempt->loop->shares_nothing = version < 20;
  cai_headers_fini(&attempt->headers);
  (void)cai_headers_copy(&attempt->headers, cai_transfer_headers(attempt->transfer));
  cai_stream_init(&attempt->stream, attempt->answer, &limits, status, cai_transfer_headers(attempt->transfer));
  attempt->stream_open = true;
}

static void note_usage(cai_attempt *attempt) {
  cai_usage usage = cai_answer_usage(attempt->answer);
  cai_progress_set(&attempt->progress, CHATABI_INFO_PROMPT_TOKENS, usage.prompt_tokens);
  cai_progress_set(&attempt->progress, CHATABI_INFO_COMPLETION_TOKENS, usage.completion_tokens);
  cai_progress_set(&attempt->progress, CHATABI_INFO_TOTAL_TOKENS, usage.total_tokens);
  cai_progress_set(&attempt->progress, CHATABI_INFO_OUTPUT_TOKENS, usage.output_tokens);
  cai_progress_set(&attempt->progress, CHATABI_INFO_REASONING_TOKENS, usage.reasoning_tokens);
  cai_progress_set(&attempt->progress, CHATABI_INFO_CACHED_TOKENS, usage.cached_tokens);
}

_Static_assert((int)CAI_FINISH_OTHER == (int)CHATABI_FINISH_OTHER, "the two lists are the same");

static void note_finish(cai_attempt *attempt) {
  cai_progress_set(&attempt->progress, CHATABI_INFO_FINISH, cai_answer_finish_reason(attempt->answer));
}

static void note_first_text(cai_attempt *attempt, const cai_batch *batch) {
  if (cai_progress_get(&attempt->progress, CHATABI_INFO_FIRST_TEXT_MS) >= 0) return;
  for (size_t i = 0; i < batch->count; i++)
    if (batch->events[i].kind == CHATABI_TEXT) {
      cai_progress_set(&attempt->progress, CHATABI_INFO_FIRST_TEXT_MS, cai_clock_ms() - attempt->sent_ms);
      return;
    }
}

/* The events count against max_events, the text stands for the tokens of an answer whose server never told them. */
static void count_events(cai_attempt *attempt, const cai_batch *batch) {
  int64_t most = attempt->loop->settings.max_events;
  attempt->events += (int64_t)batch->count;
  for (size_t i = 0; i < batch->count; i++) attempt->text_bytes += (int64_t)batch->events[i].text_len;
  if (most && attempt->events > most) attempt->breach = CHATABI_E_TOO_MANY;
}

/* Hands what was read to the host. */
static void flush(cai_attempt *attempt) {
  cai_batch *batch = attempt->batch;
  if (!batch || !batch->count) return;
  count_events(attempt, batch);
  note_first_text(attempt, batch);
  attempt->batch = NULL;
  attempt->delivered = true;
  cai_queue_push(&attempt->queue, batch);
}

static bool has_batch(cai_attempt *attempt) {
  if (!attempt->batch) attempt->batch = cai_batch_new();
  attempt->starved = attempt->starved || !attempt->batch;
  return !attempt->starved;
}

/* The server said [DONE]: the host need not wait for the connection's end, and the connection can be kept if that comes
 * soon. */
static int end_early(cai_attempt *attempt) {
  cai_mutex_lock(&attempt->answer_lock);
  int code = cai_stream_end(&attempt->stream, true, attempt->batch);
  cai_mutex_unlock(&attempt->answer_lock);
  note_finish(attempt);
  flush(attempt);
  if (code || attempt->breach) return code;
  attempt->resume_at_ms = cai_clock_ms() + DRAIN_MS;
  cai_loop_expect(attempt->loop, attempt->resume_at_ms);
  cai_attempt_complete(attempt);
  attempt->phase = CAI_PHASE_DRAINING;
  return 0;
}

/* libcurl reads on while a server sends fast, up to megabytes before the loop sees a cancel: so it is seen here. */
static bool is_unwanted(const cai_attempt *attempt) {
  return atomic_load(&attempt->queue.cancelled) || atomic_load(&attempt->loop->stopping);
}

static cai_flow on_body(void *owner, const char *bytes, size_t len) {
  cai_attempt *attempt = owner;
  if (is_unwanted(attempt)) return CAI_FLOW_STOP;
  if (attempt->phase == CAI_PHASE_DRAINING) return CAI_FLOW_ON;
  if (cai_queue_is_full(&attempt->queue)) {
    attempt->paused = true;
    return CAI_FLOW_PAUSE;
  }
  cai_recorder_piece(attempt, bytes, len);
  note_arrival(attempt, len);
  if (!has_batch(attempt)) return CAI_FLOW_STOP;
  cai_mutex_lock(&attempt->answer_lock);
  int code = cai_stream_feed(&attempt->stream, bytes, len, attempt->batch);
  cai_mutex_unlock(&attempt->answer_lock);
  note_usage(attempt);
  if (attempt->stream.done && !code)
    code = end_early(attempt);
  else
    flush(attempt);
  return code || attempt->breach ? CAI_FLOW_STOP : CAI_FLOW_ON;
}

static int fail_from(cai_attempt *attempt, const cai_err *err) {
  cai_failure_fini(&attempt->failure);
  cai_failure_from_err(&attempt->failure, err);
  if (err->code == CHATABI_E_TIMEOUT && !attempt->connected_ms)
    cai_failure_limit(&attempt->failure, "connect_timeout_ms");
  return attempt->failure.err.code;
}

static int take_failure(cai_attempt *attempt) {
  cai_failure_fini(&attempt->failure);
  attempt->failure = attempt->stream.failure;
  cai_failure_init(&attempt->stream.failure);
  return attempt->failure.err.code;
}

static int close_stream(cai_attempt *attempt, bool clean) {
  cai_stream *stream = &attempt->stream;
  cai_mutex_lock(&attempt->answer_lock);
  int code = stream->failed ? stream->failure.err.code : cai_stream_end(stream, clean, attempt->batch);
  cai_mutex_unlock(&attempt->answer_lock);
  note_usage(attempt);
  note_finish(attempt);
  return code;
}

/* The stream's failure says more than the transport's, except about an answer that stopped short because the connection
 * broke. */
static int judge(cai_attempt *attempt, const cai_err *err) {
  cai_err nomem;
  cai_err_nomem(&nomem);
  if (!attempt->stream_open) return fail_from(attempt, err->code ? err : &nomem);
  if (!has_batch(attempt)) return fail_from(attempt, &nomem);
  int code = close_stream(attempt, err->code == 0);
  if (!code) return 0;
  return err->code && code == CHATABI_E_TRUNCATED ? fail_from(attempt, err) : take_failure(attempt);
}

enum { MAX_REPLAYS = 3 };

/* A 401 means that the token is no longer what its expiry promised: one renewal, one replay. Where the next token is
 * made differently it deserves a try of its own, but a server whose clock jumps must not keep us busy. */
static bool may_replay(const cai_attempt *attempt, cai_remedy remedy) {
  if (remedy == CAI_REMEDY_OTHER) return attempt->replays < MAX_REPLAYS;
  return remedy == CAI_REMEDY_SAME && attempt->replays == 0;
}

static void advise(cai_attempt *attempt) {
  char advice[300];
  if (attempt->failure.err.code != CHATABI_E_UNAUTHENTICATED) return;
  if (cai_token_advice(attempt->loop->keeper.token, advice, sizeof advice))
    (void)cai_failure_advise(&attempt->failure, advice);
}

/* In a recording it is what the client did then. */
static cai_remedy remedy_for(cai_attempt *attempt) {
  if (attempt->loop->settings.replay) return cai_player_goes_on(attempt) ? CAI_REMEDY_OTHER : CAI_REMEDY_NONE;
  const char *date = cai_headers_get(cai_transfer_headers(attempt->transfer), "Date");
  return cai_token_reject(attempt->loop->keeper.token, attempt->token_generation, cai_clock_now(), date);
}

/* The attempt goes out again: to the same server, at once, with nothing of this try left. */
static void send_again(cai_attempt *attempt) {
  cai_failure_fini(&attempt->failure);
  cai_attempt_drop_try(attempt);
  attempt->phase = CAI_PHASE_LEASE;
  cai_keeper_changed(&attempt->loop->keeper);
}

static bool replay(cai_attempt *attempt) {
  attempt->refused_generation = 0;
  if (attempt->failure.http_status != 401 || attempt->delivered) return false;
  cai_remedy remedy = remedy_for(attempt);
  if (!may_replay(attempt, remedy)) {
    advise(attempt);
    return false;
  }
  attempt->replays++;
  attempt->refused_generation = attempt->token_generation;
  atomic_fetch_add(&attempt->loop->counters.replays, 1);
  cai_log_add(attempt->loop->log, CAI_LOG_INFO, "request %lld: token refused, renewing it and sending again",
              (long long)attempt->id);
  send_again(attempt);
  return true;
}

/* Some servers refuse a request for the usage that we ask for unasked: it must not cost the host its answer. */
static bool retract(cai_attempt *attempt) {
  int status = attempt->failure.http_status;
  bool refused = status == 400 || status == 422;
  if (!refused || attempt->delivered || !cai_failure_names(&attempt->failure, "stream_options")) return false;
  bool ours = attempt->loop->settings.replay ? cai_player_goes_on(attempt) : attempt->wire.asks_usage;
  if (!ours) return false;
  attempt->loop->refuses_usage[attempt->route.place] = true;
  attempt->wire_place = -1;
  cai_log_add(attempt->loop->log, CAI_LOG_INFO, "request %lld: the server refuses stream_options, sending without them",
              (long long)attempt->id);
  send_again(attempt);
  return true;
}

static void break_off(cai_attempt *attempt) {
  cai_attempt_abort(attempt, attempt->breach, "max_events", cai_err_text(attempt->breach));
}

/* The last events may be those that are too many: how the bytes were cut into pieces makes no difference. */
static void conclude(cai_attempt *attempt) {
  flush(attempt);
  if (attempt->breach) {
    break_off(attempt);
    return;
  }
  cai_attempt_complete(attempt);
  cai_attempt_leave(attempt);
}

static void on_done(void *owner, const cai_err *err) {
  cai_attempt *attempt = owner;
  cai_recorder_end(attempt, err);
  atomic_fetch_add(&attempt->loop->counters.connections, cai_transfer_new_connections(attempt->transfer));
  if (attempt->phase == CAI_PHASE_DRAINING) {
    cai_attempt_leave(attempt);
    return;
  }
  if (is_unwanted(attempt)) {
    int why = atomic_load(&attempt->queue.cancelled) ? CHATABI_E_CANCELLED : CHATABI_E_CLOSED;
    cai_attempt_abort(attempt, why, NULL, cai_err_text(why));
    return;
  }
  if (attempt->breach) {
    break_off(attempt);
    return;
  }
  int code = judge(attempt, err);
  if (code == 0) {
    conclude(attempt);
  } else if (!replay(attempt) && !retract(attempt)) {
    flush(attempt);
    cai_attempt_fail(attempt);
  }
}

const cai_transfer_ops cai_reception_ops = {
    .connected = on_connected, .head = on_head, .body = on_body, .done = on_done};
