/* SPDX-License-Identifier: MIT
 * The deadlines of an attempt: which holds in which phase, and what happens when one passes. */
#include "../base/clock.h"
#include "chatabi.h"
#include "course.h"

enum { PATIENT_FIRST_BYTE_MS = 1800000 };

int64_t cai_attempt_deadline_ms(const cai_attempt *attempt) {
  int64_t limit_ms = cai_attempt_limit(attempt->options.total_timeout_ms, attempt->loop->settings.total_timeout_ms);
  return limit_ms ? attempt->sent_ms + limit_ms : INT64_MAX;
}

/* A server that takes its time by agreement gets it, unless somebody said otherwise. */
int64_t cai_attempt_first_byte_ms(const cai_attempt *attempt) {
  int64_t limit_ms =
      cai_attempt_limit(attempt->options.first_byte_timeout_ms, attempt->loop->settings.first_byte_timeout_ms);
  bool usual = attempt->options.first_byte_timeout_ms < 0 && limit_ms == CAI_USUAL_FIRST_BYTE_MS;
  return attempt->wire.patient && usual ? PATIENT_FIRST_BYTE_MS : limit_ms;
}

static void time_out(cai_attempt *attempt, const char *option, const char *what) {
  cai_err err;
  cai_err_set(&err, CHATABI_E_TIMEOUT, "%s within the time that option %s allows.", what, option);
  cai_failure_fini(&attempt->failure);
  cai_failure_from_err(&attempt->failure, &err);
  cai_failure_limit(&attempt->failure, option);
  cai_attempt_fail(attempt);
}

/* The deadline of the phase that the attempt is in, with the act for when it passes. */
static int64_t phase_deadline_ms(const cai_attempt *attempt, const char **option, const char **what) {
  const cai_settings *settings = &attempt->loop->settings;
  int64_t connect_ms = cai_attempt_limit(attempt->options.connect_timeout_ms, settings->connect_timeout_ms);
  int64_t first_ms = cai_attempt_first_byte_ms(attempt);
  int64_t idle_ms = cai_attempt_limit(attempt->options.idle_timeout_ms, settings->idle_timeout_ms);
  /* libcurl has this limit too, but not for a request that waits for another one's connection. */
  *option = "connect_timeout_ms";
  *what = "The connection was not made";
  if (attempt->phase == CAI_PHASE_SENDING && !attempt->connected_ms)
    return connect_ms ? attempt->started_ms + connect_ms : INT64_MAX;
  *option = "first_byte_timeout_ms";
  *what = "The server did not begin to answer";
  if (attempt->phase == CAI_PHASE_SENDING) return first_ms ? attempt->connected_ms + first_ms : INT64_MAX;
  *option = "idle_timeout_ms";
  *what = "The server sent nothing more";
  if (attempt->phase == CAI_PHASE_READING && !attempt->paused && idle_ms) return attempt->last_byte_ms + idle_ms;
  return INT64_MAX;
}

static int64_t stream_deadline_ms(const cai_attempt *attempt) {
  int64_t limit_ms = attempt->loop->settings.max_stream_ms;
  return attempt->phase == CAI_PHASE_READING && limit_ms && attempt->first_byte_ms ? attempt->first_byte_ms + limit_ms
                                                                                   : INT64_MAX;
}

/* Whoever waited for a token wants to know what kept it. */
static void time_out_all(cai_attempt *attempt) {
  cai_err err;
  const cai_setback *trouble =
      attempt->phase == CAI_PHASE_LEASE ? cai_token_trouble(attempt->loop->keeper.token) : NULL;
  if (attempt->phase == CAI_PHASE_LEASE)
    cai_err_set(&err, CHATABI_E_TIMEOUT,
                "No access token came within the time that option total_timeout_ms allows.%s%s",
                trouble ? " The last try: " : "", trouble ? trouble->err.message : "");
  else
    cai_err_set(&err, CHATABI_E_TIMEOUT,
                "The answer was not complete within the time that option total_timeout_ms allows.");
  cai_failure_from_err(&attempt->failure, &err);
  cai_failure_limit(&attempt->failure, "total_timeout_ms");
  if (trouble) cai_dispatch_explain(&attempt->failure, trouble);
  cai_attempt_give_up(attempt);
}

/* True: the attempt stays as it is. */
static bool on_time(cai_attempt *attempt, int64_t now_ms) {
  const char *option, *what;
  if (attempt->phase == CAI_PHASE_DRAINING) {
    if (now_ms < attempt->resume_at_ms) return true;
    cai_attempt_leave(attempt);
  } else if (now_ms >= cai_attempt_deadline_ms(attempt)) {
    time_out_all(attempt);
  } else if (now_ms >= stream_deadline_ms(attempt)) {
    cai_attempt_abort(attempt, CHATABI_E_TOO_LONG, "max_stream_ms",
                      "The answer went on for longer than option max_stream_ms allows.");
  } else if (now_ms >= phase_deadline_ms(attempt, &option, &what)) {
    time_out(attempt, option, what);
  } else if (attempt->phase == CAI_PHASE_BACKOFF && now_ms >= attempt->resume_at_ms) {
    attempt->phase = CAI_PHASE_LEASE;
    cai_dispatch(attempt);
  } else {
    return true;
  }
  return false;
}

static int64_t lesser(int64_t one, int64_t other) { return one < other ? one : other; }

int64_t cai_attempt_check(cai_attempt *attempt, int64_t now_ms) {
  const char *option, *what;
  cai_attempt_ref(attempt);
  int64_t next_ms = INT64_MAX;
  if (on_time(attempt, now_ms)) {
    next_ms = lesser(phase_deadline_ms(attempt, &option, &what), stream_deadline_ms(attempt));
    if (attempt->phase == CAI_PHASE_BACKOFF || attempt->phase == CAI_PHASE_DRAINING) next_ms = attempt->resume_at_ms;
  }
  if (attempt->phase != CAI_PHASE_ENDED && attempt->phase != CAI_PHASE_DRAINING)
    next_ms = lesser(next_ms, cai_attempt_deadline_ms(attempt));
  cai_attempt_unref(attempt);
  return next_ms;
}
