/* SPDX-License-Identifier: MIT
 * Nothing about these exchanges is logged but that they happen: URL, headers and bodies are the credential. */
#include "fetch.h"

#include "chatabi.h"
#include "keeper.h"
#include "loop.h"

enum { EXCHANGE_TIMEOUT_MS = 30000, CONNECT_TIMEOUT_MS = 10000 };

void cai_fetch_init(cai_fetch *fetch, cai_keeper *keeper) { *fetch = (cai_fetch){.keeper = keeper}; }

static void drop(cai_fetch *fetch) {
  cai_transfer_free(fetch->transfer);
  fetch->transfer = NULL;
  cai_http_request_fini(&fetch->request);
  cai_http_reply_fini(&fetch->reply);
}

void cai_fetch_fini(cai_fetch *fetch) {
  if (fetch->transfer) drop(fetch);
}

static cai_flow on_body(void *owner, const char *bytes, size_t len) {
  cai_fetch *fetch = owner;
  if (!cai_buf_append(&fetch->reply.body, bytes, len)) return CAI_FLOW_ON;
  cai_err_set(&fetch->reply.err, fetch->reply.body.error, "The reply of the credential server is too large.");
  return CAI_FLOW_STOP;
}

static void deliver(cai_fetch *fetch) {
  cai_token_reply(fetch->keeper->token, cai_clock_now(), &fetch->reply);
  drop(fetch);
  cai_keeper_changed(fetch->keeper);
}

static void on_done(void *owner, const cai_err *err) {
  cai_fetch *fetch = owner;
  if (err->code) fetch->reply.err = *err;
  if (!fetch->reply.err.code) {
    fetch->reply.status = cai_transfer_status(fetch->transfer);
    if (cai_headers_copy(&fetch->reply.headers, cai_transfer_headers(fetch->transfer)))
      cai_err_nomem(&fetch->reply.err), fetch->reply.status = 0;
  }
  deliver(fetch);
}

static const cai_transfer_ops ops = {.body = on_body, .done = on_done};

static int64_t lesser(int64_t one, int64_t other) { return one < other ? one : other; }

static void run(cai_fetch *fetch) {
  cai_loop *loop = fetch->keeper->loop;
  cai_http_request *request = &fetch->request;
  int64_t timeout_ms = request->timeout_ms > 0 ? request->timeout_ms : EXCHANGE_TIMEOUT_MS;
  cai_transfer_plan plan = {.method = request->method,
                            .url = request->url,
                            .headers = &request->headers,
                            .body = cai_buf_view(&request->body),
                            .body_len = request->body.len,
                            .has_body = request->body.len > 0,
                            .no_proxy = request->no_proxy,
                            .connect_timeout_ms = lesser(timeout_ms, CONNECT_TIMEOUT_MS),
                            .total_timeout_ms = timeout_ms};
  cai_http_reply_init(&fetch->reply, request->max_reply);
  fetch->transfer = cai_transfer_start(loop->multi, &loop->settings, &plan, &ops, fetch, &fetch->reply.err);
  if (!fetch->transfer) deliver(fetch);
}

void cai_fetch_step(cai_fetch *fetch) {
  if (fetch->transfer) return;
  cai_http_request_init(&fetch->request);
  if (cai_token_want(fetch->keeper->token, cai_clock_now(), &fetch->request))
    run(fetch);
  else
    cai_http_request_fini(&fetch->request);
}
