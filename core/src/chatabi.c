/* SPDX-License-Identifier: MIT
 * The door: every function of chatabi.h, each checking its handle and going on to where the work is done. Nothing else.
 */
#include "chatabi.h"

#include "base/life.h"
#include "base/version.h"
#include "client/client.h"
#include "client/request.h"

enum { ABI_VERSION = 1 };

static int client_fault(const chatabi_client *client) {
  if (!client) return CHATABI_E_ARG;
  return client->generation == cai_life_generation() ? 0 : CHATABI_E_FORKED;
}

static int request_fault(const chatabi_request *request) {
  if (!request) return CHATABI_E_ARG;
  return request->generation == cai_life_generation() ? 0 : CHATABI_E_FORKED;
}

/* ---- library ---- */

unsigned chatabi_abi_version(void) { return ABI_VERSION; }

const char *chatabi_version(void) { return cai_version(); }

const char *chatabi_error_name(int code) { return cai_err_name(code); }

const char *chatabi_error_text(int code) { return cai_err_text(code); }

/* ---- client ---- */

chatabi_client *chatabi_client_new(void) { return cai_client_new(); }

int chatabi_client_set(chatabi_client *client, const char *key, const char *value) {
  int fault = client_fault(client);
  if (fault) return fault;
  return key ? cai_client_set(client, key, value) : CHATABI_E_ARG;
}

int chatabi_client_set_auth(chatabi_client *client, const char *source, const char *value) {
  int fault = client_fault(client);
  if (fault) return fault;
  return source ? cai_client_set_auth(client, source, value) : CHATABI_E_ARG;
}

const char *chatabi_client_message(chatabi_client *client) {
  return client_fault(client) ? NULL : client->message.message;
}

int chatabi_client_start(chatabi_client *client) {
  int fault = client_fault(client);
  return fault ? fault : cai_client_start(client);
}

chatabi_request *chatabi_client_send(chatabi_client *client, const char *body, size_t len, const char *options) {
  if (client_fault(client)) return NULL;
  return cai_client_send(client, body ? body : "", body ? len : 0, options);
}

chatabi_request *chatabi_client_ready(chatabi_client *client, int timeout_ms) {
  return client_fault(client) ? NULL : cai_hub_ready(client->loop->hub, timeout_ms);
}

int chatabi_client_fd(chatabi_client *client) { return client_fault(client) ? -1 : cai_hub_fd(client->loop->hub); }

void chatabi_client_wake(chatabi_client *client) {
  if (!client_fault(client)) cai_hub_wake(client->loop->hub);
}

const char *chatabi_client_log(chatabi_client *client) { return client_fault(client) ? NULL : cai_client_log(client); }

const char *chatabi_client_status(chatabi_client *client) {
  return client_fault(client) ? NULL : cai_client_status(client);
}

int chatabi_client_stop(chatabi_client *client, int timeout_ms) {
  int fault = client_fault(client);
  return fault ? fault : cai_client_stop(client, timeout_ms);
}

void chatabi_client_free(chatabi_client *client) {
  if (!client_fault(client)) cai_client_free(client);
}

/* ---- request ---- */

int chatabi_request_next(chatabi_request *request, int timeout_ms) {
  int fault = request_fault(request);
  return fault ? fault : cai_request_next(request, timeout_ms);
}

const char *chatabi_request_text(chatabi_request *request, size_t *len) {
  if (len) *len = 0;
  return request_fault(request) ? NULL : cai_request_text(request, len);
}

const char *chatabi_request_json(chatabi_request *request, size_t *len) {
  if (len) *len = 0;
  return request_fault(request) ? NULL : cai_request_json(request, len);
}

const char *chatabi_request_result(chatabi_request *request, size_t *len) {
  if (len) *len = 0;
  return request_fault(request) ? NULL : cai_request_result(request, len);
}

int chatabi_request_error(chatabi_request *request) {
  int fault = request_fault(request);
  return fault ? fault : cai_request_error(request);
}

const char *chatabi_request_message(chatabi_request *request) {
  return request_fault(request) ? NULL : cai_request_message(request);
}

const char *chatabi_request_error_json(chatabi_request *request) {
  return request_fault(request) ? NULL : cai_request_error_json(request);
}

int chatabi_request_state(chatabi_request *request) {
  int fault = request_fault(request);
  return fault ? fault : atomic_load(&request->attempt->progress.state);
}

int64_t chatabi_request_info(chatabi_request *request, int what) {
  return request_fault(request) ? -1 : cai_request_info(request, what);
}

const char *chatabi_request_header(chatabi_request *request, const char *name) {
  return request_fault(request) || !name ? NULL : cai_request_header(request, name);
}

int chatabi_request_fd(chatabi_request *request) {
  return request_fault(request) ? -1 : cai_queue_fd(&request->attempt->queue);
}

void chatabi_request_cancel(chatabi_request *request) {
  if (!request_fault(request)) cai_request_cancel(request);
}

void chatabi_request_free(chatabi_request *request) {
  if (!request_fault(request)) cai_request_free(request);
}
