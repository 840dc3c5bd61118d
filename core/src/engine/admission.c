/* SPDX-License-Identifier: MIT
 * Whether an attempt may go: its body is read, it takes its place in the line, and when its turn comes it is counted
 * among those under way and against the token budget, until it ends. */
#include "../chat/request/estimate.h"
#include "chatabi.h"
#include "course.h"

static bool has_body(const cai_attempt *attempt) { return attempt->body.len > 0 || !attempt->options.method; }

/* Is there a place in the line? What can go at once needs none. */
static bool may_queue(const cai_loop *loop) {
  int64_t most = loop->settings.max_queued, at_once = loop->settings.max_in_flight;
  if (!most || !at_once) return true;
  int64_t free_now = at_once > loop->running ? at_once - loop->running : 0;
  return loop->line.count < most + free_now;
}

static void refuse_queue(cai_attempt *attempt) {
  cai_err err;
  cai_err_set(&err, CHATABI_E_BUSY,
              "%lld requests are under way and %lld wait for their turn, which is all that options max_in_flight and "
              "max_queued allow. Send it again later.",
              (long long)attempt->loop->running, (long long)attempt->loop->line.count);
  cai_failure_from_err(&attempt->failure, &err);
  cai_failure_limit(&attempt->failure, "max_queued");
  attempt->failure.retryable = true;
  cai_attempt_give_up(attempt);
}

void cai_attempt_begin(cai_attempt *attempt) {
  cai_loop *loop = attempt->loop;
  cai_err err;
  cai_err_clear(&err);
  attempt->phase = CAI_PHASE_WAITING;
  attempt->next = loop->active;
  if (loop->active) loop->active->previous = attempt;
  loop->active = cai_attempt_ref(attempt);
  atomic_fetch_add(&loop->counters.requests, 1);
  if (has_body(attempt) && cai_body_check(cai_buf_view(&attempt->body), attempt->body.len, &attempt->facts, &err)) {
    cai_attempt_fail_with(attempt, &err);
    return;
  }
  if (!may_queue(loop)) {
    refuse_queue(attempt);
    return;
  }
  if (cai_attempt_deadline_ms(attempt) != INT64_MAX) cai_loop_expect(loop, cai_attempt_deadline_ms(attempt));
  cai_line_join(&loop->line, attempt);
}

static void refuse_budget(cai_attempt *attempt) {
  cai_budget *budget = &attempt->loop->budget;
  cai_err err;
  cai_err_set(&err, CHATABI_E_BUDGET,
              "The request was not sent: %lld of the %lld tokens of option token_budget are used%s.",
              (long long)atomic_load(&budget->spent), (long long)budget->limit,
              attempt->reserved || budget->reserved ? ", and what is under way or asked for may use the rest" : "");
  attempt->reserved = 0;
  cai_failure_from_err(&attempt->failure, &err);
  cai_failure_limit(&attempt->failure, "token_budget");
  cai_attempt_give_up(attempt);
}

/* What the request may use as far as it says so: max_tokens for each choice. */
static int64_t wish_of(const cai_attempt *attempt) {
  const cai_body_facts *facts = &attempt->facts;
  if (facts->max_tokens <= 0) return 0;
  int64_t choices = facts->choices > 0 ? facts->choices : 1;
  return facts->max_tokens > INT64_MAX / choices ? INT64_MAX : facts->max_tokens * choices;
}

/* Its turn has come. False: it was refused. */
static bool check_in(cai_attempt *attempt) {
  cai_loop *loop = attempt->loop;
  attempt->reserved = wish_of(attempt);
  if (!cai_budget_reserve(&loop->budget, attempt->reserved)) {
    refuse_budget(attempt);
    return false;
  }
  attempt->counted = true;
  loop->running++;
  atomic_fetch_add(&loop->counters.in_flight, 1);
  return true;
}

void cai_attempt_proceed(cai_attempt *attempt) {
  if (attempt->phase == CAI_PHASE_WAITING && !attempt->counted && !check_in(attempt)) return;
  if (attempt->phase == CAI_PHASE_WAITING || attempt->phase == CAI_PHASE_LEASE) cai_dispatch(attempt);
}

/* What the server counted; else what may be guessed. A refused request costs nothing. */
static int64_t tokens_used(const cai_attempt *attempt) {
  const cai_progress *progress = &attempt->progress;
  int64_t total = cai_progress_get(progress, CHATABI_INFO_TOTAL_TOKENS);
  int64_t prompt = cai_progress_get(progress, CHATABI_INFO_PROMPT_TOKENS);
  int64_t output = cai_progress_get(progress, CHATABI_INFO_OUTPUT_TOKENS);
  if (total >= 0) return total;
  if (prompt >= 0 && output >= 0) return prompt + output;
  if (!attempt->text_bytes) return 0;
  cai_span body = {cai_buf_view(&attempt->body), attempt->body.len};
  return cai_estimate_prompt(body) + (attempt->text_bytes + CAI_ESTIMATE_BYTES - 1) / CAI_ESTIMATE_BYTES;
}

/* It no longer stands in the way of others. */
void cai_attempt_check_out(cai_attempt *attempt) {
  cai_loop *loop = attempt->loop;
  if (!attempt->counted) return;
  attempt->counted = false;
  loop->running--;
  atomic_fetch_sub(&loop->counters.in_flight, 1);
  cai_budget_settle(&loop->budget, attempt->reserved, tokens_used(attempt));
}
