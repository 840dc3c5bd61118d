/* SPDX-License-Identifier: MIT */
#include "request.h"

#include "../base/alloc.h"
#include "../base/life.h"

chatabi_request *cai_request_new(cai_loop *loop, int64_t id, const char *body, size_t len, cai_options *options) {
  chatabi_request *request = cai_calloc(1, sizeof *request);
  if (!request) {
    cai_options_fini(options);
    return NULL;
  }
  request->generation = cai_life_generation();
  request->attempt = cai_attempt_new(loop, request, id, body, len, options);
  if (request->attempt) return request;
  cai_free(request);
  return NULL;
}

void cai_request_free(chatabi_request *request) {
  cai_attempt *attempt = request->attempt;
  cai_queue_detach(&attempt->queue);
  cai_request_cancel(request);
  cai_attempt_unref(attempt);
  cai_free(request->result);
  cai_free(request->error_json);
  cai_free(request);
}

void cai_request_cancel(chatabi_request *request) {
  cai_attempt *attempt = request->attempt;
  if (cai_queue_cancel(&attempt->queue)) cai_loop_attend(attempt->loop, attempt);
}

/* The host's own cancel is not waited for, so the attempt has nothing to say about it. */
static bool is_own_cancel(const chatabi_request *request) { return request->event == CHATABI_E_CANCELLED; }

int cai_request_next(chatabi_request *request, int timeout_ms) {
  cai_attempt *attempt = request->attempt;
  bool room;
  request->event = cai_queue_next(&attempt->queue, timeout_ms, &room);
  if (room) cai_loop_attend(attempt->loop, attempt);
  if (request->event && !is_own_cancel(request)) request->seen = true;
  if (request->event < 0 || request->event == CHATABI_DONE) request->ended = true;
  return request->event;
}

static const char *empty(size_t *len) {
  if (len) *len = 0;
  return "";
}

static bool has_event(const chatabi_request *request) { return request->event > 0 && request->event != CHATABI_DONE; }

const char *cai_request_text(const chatabi_request *request, size_t *len) {
  const cai_queue *queue = &request->attempt->queue;
  return has_event(request) ? cai_batch_text(queue->current, queue->index, len) : empty(len);
}

const char *cai_request_json(const chatabi_request *request, size_t *len) {
  const cai_queue *queue = &request->attempt->queue;
  return has_event(request) ? cai_batch_json(queue->current, queue->index, len) : empty(len);
}

const char *cai_request_result(chatabi_request *request, size_t *len) {
  if (len) *len = 0;
  if (!request->ended) return NULL;
  if (!request->result) {
    cai_buf json;
    cai_buf_init(&json, SIZE_MAX / 2);
    if (cai_attempt_result(request->attempt, &json)) {
      request->result_len = json.len;
      request->result = cai_buf_take(&json);
    }
    cai_buf_fini(&json);
  }
  if (!request->result) return NULL;
  if (len) *len = request->result_len;
  return request->result;
}

int cai_request_error(const chatabi_request *request) {
  return request->ended && request->event < 0 ? request->event : 0;
}

const char *cai_request_message(const chatabi_request *request) {
  if (!cai_request_error(request)) return "";
  return is_own_cancel(request) ? cai_err_text(CHATABI_E_CANCELLED) : request->attempt->failure.err.message;
}

static void describe_cancel(cai_buf *out) {
  cai_failure failure;
  cai_err err;
  cai_err_set(&err, CHATABI_E_CANCELLED, "%s", cai_err_text(CHATABI_E_CANCELLED));
  cai_failure_init(&failure);
  cai_failure_from_err(&failure, &err);
  cai_failure_json(&failure, out);
  cai_failure_fini(&failure);
}

const char *cai_request_error_json(chatabi_request *request) {
  if (!cai_request_error(request)) return "";
  if (!request->error_json) {
    cai_buf json;
    cai_buf_init(&json, SIZE_MAX / 2);
    if (is_own_cancel(request))
      describe_cancel(&json);
    else
      cai_failure_json(&request->attempt->failure, &json);
    request->error_json = cai_buf_take(&json);
    cai_buf_fini(&json);
  }
  return request->error_json;
}

int64_t cai_request_info(const chatabi_request *request, int what) {
  const cai_queue *queue = &request->attempt->queue;
  if (what == CHATABI_INFO_CHOICE) return has_event(request) ? queue->current->events[queue->index].choice : -1;
  return cai_progress_get(&request->attempt->progress, what);
}

const char *cai_request_header(const chatabi_request *request, const char *name) {
  if (!request->seen) return NULL;
  return cai_headers_get(&request->attempt->headers, name);
}
