/* SPDX-License-Identifier: MIT
 *
 * One turn of the thread: take what the host put down (new attempts, cancels, room in a queue, a new token), run the
 * credential's exchange if one is due, let waiting attempts go as far as they come, let libcurl work, act on deadlines;
 * then sleep in curl_multi_poll until a socket, a deadline or cai_loop_attend ends it.
 *
 * Locks: `lock` guards what both sides touch and is held for a few assignments, and for curl_multi_wakeup, which writes
 * one byte without blocking and must not meet the multi handle's end. It is never held while the hub's lock is taken,
 * nor the other way round.
 *
 * Deadlines: attempts are not sorted by theirs. `check_ms` is a lower bound of all; when it passes, all are asked and
 * it is set anew. An arriving byte moves a deadline later without touching the bound, so a busy stream costs nothing
 * here. */
#include "loop.h"

#include <limits.h>

#include "../base/alloc.h"
#include "../base/clock.h"
#include "../base/life.h"
#include "attempt.h"
#include "chatabi.h"

enum { MAX_SLEEP_MS = 60000 };

static bool init_locks(cai_loop *loop) {
  if (cai_mutex_init(&loop->lock)) return false;
  if (cai_cond_init(&loop->ended_cond) == 0) return true;
  cai_mutex_fini(&loop->lock);
  return false;
}

cai_loop *cai_loop_new(void) {
  cai_loop *loop = cai_calloc(1, sizeof *loop);
  if (!loop) return NULL;
  atomic_init(&loop->refs, 1);
  loop->check_ms = INT64_MAX;
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
  cai_token_free(loop->token);
  cai_settings_fini(&loop->settings);
  cai_free_secret(loop->new_token);
  cai_free(loop->status);
  cai_hub_unref(loop->hub);
  cai_log_free(loop->log);
  cai_cond_fini(&loop->ended_cond);
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
  bool open = !loop->ended;
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
  char *copy = cai_strdup(token);
  if (!copy) return CHATABI_E_NOMEM;
  cai_mutex_lock(&loop->lock);
  char *old = loop->new_token;
  loop->new_token = copy;
  rouse(loop);
  cai_mutex_unlock(&loop->lock);
  cai_free_secret(old);
  return 0;
}

void cai_loop_stop(cai_loop *loop) {
  cai_mutex_lock(&loop->lock);
  loop->stopping = true;
  rouse(loop);
  cai_mutex_unlock(&loop->lock);
}

bool cai_loop_wait_ended(cai_loop *loop, int timeout_ms) {
  cai_mutex_lock(&loop->lock);
  int64_t until_ms = cai_clock_ms() + timeout_ms;
  while (loop->started && !loop->ended) {
    if (timeout_ms < 0)
      cai_cond_wait(&loop->ended_cond, &loop->lock);
    else if (!cai_cond_wait_until(&loop->ended_cond, &loop->lock, until_ms))
      break;
  }
  bool ended = !loop->started || loop->ended;
  cai_mutex_unlock(&loop->lock);
  return ended;
}

char *cai_loop_status(cai_loop *loop) {
  cai_mutex_lock(&loop->lock);
  char *copy = cai_strdup(loop->status);
  cai_mutex_unlock(&loop->lock);
  return copy;
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

void cai_loop_line_up(cai_loop *loop, cai_attempt *attempt) {
  cai_attempt_ref(attempt);
  attempt->waiting_next = NULL;
  if (loop->waiting_last)
    loop->waiting_last->waiting_next = attempt;
  else
    loop->waiting_first = attempt;
  loop->waiting_last = attempt;
}

static void admit(cai_loop *loop) {
  int64_t limit = loop->settings.max_in_flight;
  while (loop->waiting_first && (!limit || loop->running < limit)) {
    cai_attempt *attempt = loop->waiting_first;
    loop->waiting_first = attempt->waiting_next;
    if (!loop->waiting_first) loop->waiting_last = NULL;
    if (attempt->phase == CAI_PHASE_WAITING) cai_attempt_proceed(attempt);
    cai_attempt_unref(attempt);
  }
}

static void publish_status(cai_loop *loop) {
  cJSON *object = cJSON_CreateObject();
  char *text = NULL;
  if (object && cai_token_status(loop->token, cai_clock_now(), object)) text = cJSON_PrintUnformatted(object);
  cJSON_Delete(object);
  char *copy = cai_strdup(text);
  cJSON_free(text);
  if (!copy) return;
  cai_mutex_lock(&loop->lock);
  char *old = loop->status;
  loop->status = copy;
  cai_mutex_unlock(&loop->lock);
  cai_free(old);
}

/* Proceeding may end attempts, so the next one is held while this one runs. */
static void ask_again(cai_loop *loop) {
  loop->leases_wait = false;
  cai_attempt *attempt = loop->active ? cai_attempt_ref(loop->active) : NULL;
  while (attempt) {
    if (attempt->phase == CAI_PHASE_LEASE) cai_attempt_proceed(attempt);
    cai_attempt *next = attempt->next ? cai_attempt_ref(attempt->next) : NULL;
    cai_attempt_unref(attempt);
    attempt = next;
  }
}

void cai_loop_token_changed(cai_loop *loop) {
  publish_status(loop);
  ask_again(loop);
}

void cai_loop_lease_waits(cai_loop *loop) { loop->leases_wait = true; }

/* A credential can come to a verdict without an exchange (its file is broken), so whoever waits while none runs asks
 * again. */
static void renew(cai_loop *loop) {
  cai_fetch_step(&loop->fetch);
  if (loop->leases_wait && !loop->fetch.transfer) cai_loop_token_changed(loop);
}

/* Attempts come out in the order in which they were put down. */
static cai_attempt *take_attention(cai_loop *loop, bool *stopping, bool *warm, char **token) {
  cai_attempt *in_order = NULL;
  cai_mutex_lock(&loop->lock);
  while (loop->attention) {
    cai_attempt *attempt = loop->attention;
    loop->attention = attempt->attention_next;
    attempt->attended = false;
    attempt->attention_next = in_order;
    in_order = attempt;
  }
  *stopping = loop->stopping;
  *warm = loop->warm_wanted;
  loop->warm_wanted = false;
  *token = loop->new_token;
  loop->new_token = NULL;
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
  int64_t due_ms = loop->fetch.transfer ? -1 : cai_token_due_ms(loop->token, cai_clock_now());
  if (due_ms >= 0 && due_ms < ms) ms = due_ms;
  return ms < 0 ? 0 : (int)ms;
}

static void attend_all(cai_attempt *attempt) {
  while (attempt) {
    cai_attempt *next = attempt->attention_next;
    cai_attempt_attend(attempt);
    cai_attempt_unref(attempt);
    attempt = next;
  }
}

/* False when it is time to end. */
static bool turn(cai_loop *loop) {
  bool stopping, warm;
  char *token;
  int running;
  attend_all(take_attention(loop, &stopping, &warm, &token));
  if (token) {
    (void)cai_token_replace(loop->token, token);
    cai_free_secret(token);
    cai_loop_token_changed(loop);
  }
  if (warm) {
    cai_token_prefetch(loop->token, cai_clock_now());
    cai_warmup_run(&loop->warmup);
  }
  admit(loop);
  renew(loop);
  curl_multi_perform(loop->multi, &running);
  reap(loop);
  check_deadlines(loop);
  admit(loop);
  renew(loop);
  return !stopping;
}

static void end_all(cai_loop *loop) {
  bool stopping, warm;
  char *token;
  attend_all(take_attention(loop, &stopping, &warm, &token));
  cai_free_secret(token);
  while (loop->active) cai_attempt_abort(loop->active, CHATABI_E_CLOSED, cai_err_text(CHATABI_E_CLOSED));
  admit(loop);
}

/* After this nobody puts anything down any more; what came in before the door closed is ended here. */
static void close_door(cai_loop *loop) {
  cai_mutex_lock(&loop->lock);
  loop->ended = true;
  cai_cond_signal_all(&loop->ended_cond);
  cai_mutex_unlock(&loop->lock);
}

static void close_multi(cai_loop *loop) {
  cai_fetch_fini(&loop->fetch);
  cai_warmup_fini(&loop->warmup);
  cai_mutex_lock(&loop->lock);
  CURLM *multi = loop->multi;
  loop->multi = NULL;
  cai_mutex_unlock(&loop->lock);
  curl_multi_cleanup(multi);
}

static void open_multi(cai_loop *loop) {
  CURLM *multi = curl_multi_init();
  cai_mutex_lock(&loop->lock);
  loop->multi = multi;
  cai_mutex_unlock(&loop->lock);
  cai_fetch_init(&loop->fetch, loop);
  cai_warmup_init(&loop->warmup, loop);
  publish_status(loop);
}

static void run(void *arg) {
  cai_loop *loop = arg;
  cai_life_work_begin();
  open_multi(loop);
  while (loop->multi && turn(loop)) {
    int ms = sleep_ms(loop);
    cai_life_work_end();
    (void)curl_multi_poll(loop->multi, NULL, 0, ms, NULL);
    cai_life_work_begin();
  }
  end_all(loop);
  close_door(loop);
  end_all(loop);
  close_multi(loop);
  cai_life_work_end();
}

static void quit(void *arg) { cai_loop_stop(arg); }

static void release(void *arg) { cai_loop_unref(arg); }

static const cai_resident_ops resident = {.run = run, .quit = quit, .release = release};

static const char *either(const char *one, const char *other) { return one ? one : other; }

/* Where the credential belongs: on Vertex AI to Google's hosts and the configured one, else to the provider's. */
static const char *home_of(const cai_settings *settings, const cai_endpoint *endpoint, cai_buf *url) {
  if (settings->base_url || settings->provider == CAI_PROVIDER_VERTEX) return settings->base_url;
  return cai_endpoint_url(endpoint, "/", url, NULL) ? NULL : cai_buf_view(url);
}

static cai_token *make_token(const cai_loop *loop) {
  const cai_settings *settings = &loop->settings;
  const cai_endpoint endpoint = {.provider = settings->provider, .base_url = settings->base_url};
  cai_buf url;
  cai_buf_init(&url, 8192);
  const cai_auth auth = {.source = settings->auth_source,
                         .value = settings->auth_value,
                         .key_style = settings->provider == CAI_PROVIDER_VERTEX ? CAI_KEY_GOOGLE : CAI_KEY_BEARER,
                         .project = settings->project,
                         .needs_project = cai_endpoint_needs_project(&endpoint),
                         .quota_project = settings->quota_project,
                         .universe_domain = either(settings->universe_domain, settings->places.universe_domain),
                         .base_url = home_of(settings, &endpoint, &url),
                         .allow_hosts = settings->auth_allow_hosts};
  cai_token *token = cai_token_new(&auth, &settings->places, loop->log);
  cai_buf_fini(&url);
  return token;
}

int cai_loop_start(cai_loop *loop) {
  if (loop->started) return 0;
  if (!loop->token) loop->token = make_token(loop);
  if (!loop->token) return CHATABI_E_NOMEM;
  int error = cai_life_spawn(&resident, cai_loop_ref(loop));
  if (error) {
    cai_loop_unref(loop);
    return error;
  }
  cai_mutex_lock(&loop->lock);
  loop->started = true;
  cai_mutex_unlock(&loop->lock);
  return 0;
}
