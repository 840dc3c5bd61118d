/* SPDX-License-Identifier: MIT
 * Nothing about these errands is logged but that they happen: URL, headers, bodies, a program's environment and output
 * are the credential. */
#include "fetch.h"

#include "chatabi.h"
#include "keeper.h"
#include "loop.h"

enum { EXCHANGE_TIMEOUT_MS = 30000, CONNECT_TIMEOUT_MS = 10000 };

void cai_fetch_init(cai_fetch *fetch, cai_keeper *keeper) { *fetch = (cai_fetch){.keeper = keeper}; }

static void drop(cai_fetch *fetch) {
  cai_transfer_free(fetch->transfer);
  cai_program_free(fetch->program);
  fetch->transfer = NULL;
  fetch->program = NULL;
  cai_errand_fini(&fetch->errand);
  cai_http_reply_fini(&fetch->reply);
}

bool cai_fetch_busy(const cai_fetch *fetch) { return fetch->transfer || fetch->program; }

void cai_fetch_fini(cai_fetch *fetch) {
  if (cai_fetch_busy(fetch)) drop(fetch);
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

static void run_exchange(cai_fetch *fetch) {
  cai_loop *loop = fetch->keeper->loop;
  cai_http_request *request = &fetch->errand.http;
  int64_t timeout_ms = request->timeout_ms > 0 ? request->timeout_ms : EXCHANGE_TIMEOUT_MS;
  cai_transfer_plan plan = {.method = request->method,
                            .url = request->url,
                            .headers = &request->headers,
                            .body = cai_buf_view(&request->body),
                            .body_len = request->body.len,
                            .has_body = request->body.len > 0,
                            .no_proxy = request->no_proxy,
                            .advice = request->no_proxy ? CAI_ADVICE_NONE : CAI_ADVICE_NETWORK,
                            .client_cert = request->client_cert,
                            .client_key = request->client_key,
                            .ca_file = request->ca_file,
                            .connect_timeout_ms = lesser(timeout_ms, CONNECT_TIMEOUT_MS),
                            .total_timeout_ms = timeout_ms};
  cai_http_reply_init(&fetch->reply, request->max_reply);
  fetch->transfer = cai_transfer_start(loop->multi, &loop->settings, &plan, &ops, fetch, &fetch->reply.err);
  if (!fetch->transfer) deliver(fetch);
}

static void run_program(cai_fetch *fetch) {
  const cai_command *command = &fetch->errand.command;
  cai_http_reply_init(&fetch->reply, command->max_output);
  fetch->program = cai_program_start(command, &fetch->reply.err);
  if (!fetch->program) deliver(fetch);
}

static void begin(cai_fetch *fetch) {
  cai_errand_init(&fetch->errand);
  if (!cai_token_want(fetch->keeper->token, cai_clock_now(), &fetch->errand))
    cai_errand_fini(&fetch->errand);
  else if (cai_errand_is_command(&fetch->errand))
    run_program(fetch);
  else
    run_exchange(fetch);
}

void cai_fetch_step(cai_fetch *fetch) {
  if (fetch->program && cai_program_step(fetch->program, &fetch->reply)) deliver(fetch);
  if (!cai_fetch_busy(fetch)) begin(fetch);
}

int64_t cai_fetch_due_ms(const cai_fetch *fetch) { return fetch->program ? cai_program_due_ms(fetch->program) : -1; }

int cai_fetch_fd(const cai_fetch *fetch) { return fetch->program ? cai_program_fd(fetch->program) : -1; }
