/* SPDX-License-Identifier: MIT */
#include "exchange.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/scan.h"
#include "mask.h"

#ifndef POLLRDHUP
#define POLLRDHUP 0
#endif

const char *emu_token_base(const emu_state *emu) { return *emu->tls_url ? emu->tls_url : emu->url; }

int64_t emu_now_s(const emu_state *emu) { return cai_clock_now().wall_ms / 1000 + emu->config.clock_skew_s; }

emu_exchange *emu_exchange_new(emu_state *emu, struct MHD_Connection *connection, const char *path, const char *method,
                               bool secure) {
  emu_exchange *exchange = cai_calloc(1, sizeof *exchange);
  if (!exchange) return NULL;
  exchange->emu = emu;
  exchange->connection = connection;
  exchange->method = method;
  exchange->secure = secure;
  exchange->path = cai_strdup(path);
  cai_buf_init(&exchange->body, EMU_BODY_MAX);
  if (exchange->path) return exchange;
  cai_free(exchange);
  return NULL;
}

void emu_exchange_free(emu_exchange *exchange) {
  cai_free(exchange->path);
  cai_buf_fini(&exchange->body);
  cai_free(exchange);
}

const char *emu_exchange_header(const emu_exchange *exchange, const char *name) {
  return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name);
}

const char *emu_exchange_query(const emu_exchange *exchange, const char *name) {
  return MHD_lookup_connection_value(exchange->connection, MHD_GET_ARGUMENT_KIND, name);
}

static const char *bearer_of(const char *authorization) {
  return authorization && strncasecmp(authorization, "Bearer ", 7) == 0 ? authorization + 7 : NULL;
}

const char *emu_exchange_bearer(const emu_exchange *exchange) {
  return bearer_of(emu_exchange_header(exchange, "Authorization"));
}

/* ---- journal ---- */

typedef struct header_writer {
  cai_buf *out;
  emu_state *emu;
  bool first;
} header_writer;

/* Three parts with dots between, the first of them the beginning of a JSON object. */
static bool is_jwt(const char *text) {
  const char *dot = strchr(text, '.');
  return strncmp(text, "eyJ", 3) == 0 && dot && strchr(dot + 1, '.');
}

/* Credentials are shown by what they are, never as they are. */
static void write_secret(header_writer *writer, const char *name, const char *value) {
  const char *bearer = strcasecmp(name, "Authorization") == 0 ? bearer_of(value) : NULL;
  uint64_t serial = 0;
  if (bearer) emu_tokens_check(&writer->emu->tokens, bearer, &serial);
  if (serial)
    cai_buf_format(writer->out, "\"Bearer #%" PRIu64 "\"", serial);
  else if (strcmp(bearer ? bearer : value, writer->emu->options.api_key) == 0)
    cai_buf_text(writer->out, bearer ? "\"Bearer api_key\"" : "\"api_key\"");
  else if (bearer && is_jwt(bearer))
    cai_buf_text(writer->out, "\"Bearer jwt\"");
  else if (strncasecmp(value, "Basic ", 6) == 0)
    cai_buf_text(writer->out, "\"Basic #\"");
  else
    cai_buf_text(writer->out, "\"other\"");
}

static bool is_secret(const char *lower) {
  static const char *const names[] = {"authorization", "x-goog-api-key", "api-key", "x-aws-ec2-metadata-token"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(lower, names[i]) == 0) return true;
  return false;
}

static enum MHD_Result write_header(void *arg, enum MHD_ValueKind kind, const char *name, const char *value) {
  header_writer *writer = arg;
  (void)kind;
  if (!writer->first) cai_buf_byte(writer->out, ',');
  writer->first = false;
  char lower[64];
  size_t len = 0;
  for (; name[len] && len < sizeof lower - 1; len++)
    lower[len] = name[len] >= 'A' && name[len] <= 'Z' ? (char)(name[len] | 0x20) : name[len];
  lower[len] = '\0';
  cai_scan_quote(writer->out, lower, len);
  cai_buf_byte(writer->out, ':');
  if (!value) value = "";
  if (is_secret(lower))
    write_secret(writer, name, value);
  else
    cai_scan_quote(writer->out, value, strlen(value));
  return MHD_YES;
}

/* What steers the emulator is no part of what it saw. */
static bool is_noted(const emu_exchange *exchange) { return strncmp(exchange->path, "/emulator/", 10) != 0; }

void emu_exchange_begin(emu_exchange *exchange) {
  if (!is_noted(exchange)) return;
  cai_buf out;
  cai_buf_init(&out, 1 << 20);
  cai_buf_text(&out, "\"method\":");
  cai_scan_quote(&out, exchange->method, strlen(exchange->method));
  cai_buf_text(&out, ",\"path\":");
  cai_scan_quote(&out, exchange->path, strlen(exchange->path));
  cai_buf_format(&out, ",\"tls\":%s,\"headers\":{", exchange->secure ? "true" : "false");
  header_writer writer = {.out = &out, .emu = exchange->emu, .first = true};
  MHD_get_connection_values(exchange->connection, MHD_HEADER_KIND, write_header, &writer);
  cai_buf_format(&out, "},\"body_bytes\":%zu", exchange->body.len);
  if (exchange->emu->config.journal_bodies && exchange->body.len <= EMU_JOURNAL_BODY) {
    cai_buf_text(&out, ",\"body\":");
    emu_mask_write(exchange->path, cai_buf_view(&exchange->body), exchange->body.len, &out);
  }
  exchange->entry = emu_journal_begin(&exchange->emu->journal, cai_buf_take(&out));
  cai_buf_fini(&out);
  exchange->emu->stats.requests++;
}

static void note(const emu_exchange *exchange, bool ended) {
  if (!is_noted(exchange)) return;
  emu_outcome outcome = {.fault = exchange->fault.text,
                         .chunks = exchange->chunks,
                         .status = exchange->status,
                         .ended = ended,
                         .disconnected = exchange->gone};
  emu_journal_update(&exchange->emu->journal, exchange->entry, &outcome);
}

void emu_exchange_end(emu_exchange *exchange, bool complete) {
  if (!complete && !exchange->own_end) exchange->gone = true;
  if (exchange->gone && exchange->is_chat) exchange->emu->stats.disconnected++;
  if (exchange->is_chat) exchange->emu->stats.active--;
  note(exchange, true);
  if (!exchange->emu->options.quiet && is_noted(exchange))
    fprintf(stderr, "%s %s %d%s%s%s\n", exchange->method, exchange->path, exchange->status,
            *exchange->fault.text ? " fault " : "", exchange->fault.text, exchange->gone ? " (client went away)" : "");
}

/* ---- faults ---- */

bool emu_exchange_take_fault(emu_exchange *exchange, emu_fault_kind kind, enum MHD_Result *answered) {
  const char *header = emu_exchange_header(exchange, "x-emulator-fault"),
             *query = emu_exchange_query(exchange, "fault");
  if (!header && !query) {
    emu_faults_take(&exchange->emu->faults, kind, &exchange->fault);
    return true;
  }
  if ((!header || emu_fault_parse(header, &exchange->fault)) && (!query || emu_fault_parse(query, &exchange->fault)))
    return true;
  memset(&exchange->fault, 0, sizeof exchange->fault);
  *answered =
      emu_exchange_text(exchange, 400, "Unknown fault, or a value that it does not take: see GET /emulator/faults.\n");
  return false;
}

bool emu_exchange_wait(emu_exchange *exchange, int64_t wait_ms) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  struct pollfd fds[2] = {{.fd = exchange->emu->stop_fds[0], .events = POLLIN},
                          {.fd = info ? info->connect_fd : -1, .events = POLLRDHUP}};
  int64_t until = cai_clock_ms() + wait_ms;
  for (;;) {
    int64_t left = wait_ms < 0 ? -1 : until - cai_clock_ms();
    if (wait_ms >= 0 && left <= 0) return true;
    int ready = poll(fds, 2, left > 60000 ? 60000 : (int)left);
    if (ready <= 0) continue;
    if (fds[1].revents) exchange->gone = true;
    return false;
  }
}

/* ---- the answer ---- */

void emu_exchange_set(emu_exchange *exchange, const char *name, const char *value) {
  if (exchange->header_count == EMU_REPLY_HEADERS) return;
  int at = exchange->header_count;
  if ((size_t)snprintf(exchange->headers[at].name, sizeof exchange->headers[at].name, "%s", name) >=
      sizeof exchange->headers[at].name)
    return;
  if ((size_t)snprintf(exchange->headers[at].value, sizeof exchange->headers[at].value, "%s", value) >=
      sizeof exchange->headers[at].value)
    return;
  exchange->header_count++;
}

void emu_exchange_date(const emu_exchange *exchange, int64_t ahead_s, char text[EMU_DATE_TEXT]) {
  struct tm parts;
  time_t at = (time_t)(emu_now_s(exchange->emu) + ahead_s);
  if (!gmtime_r(&at, &parts) || !strftime(text, EMU_DATE_TEXT, "%a, %d %b %Y %H:%M:%S GMT", &parts)) *text = '\0';
}

enum MHD_Result emu_exchange_send(emu_exchange *exchange, int status, const char *type, struct MHD_Response *response) {
  if (!response) return MHD_NO;
  exchange->status = status;
  note(exchange, false);
  char date[EMU_DATE_TEXT];
  emu_exchange_date(exchange, 0, date);
  MHD_add_response_header(response, MHD_HTTP_HEADER_DATE, date);
  MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
  MHD_add_response_header(response, "X-Emulator", "canned reply - no model was called");
  for (int i = 0; i < exchange->header_count; i++)
    MHD_add_response_header(response, exchange->headers[i].name, exchange->headers[i].value);
  enum MHD_Result queued = MHD_queue_response(exchange->connection, (unsigned)status, response);
  MHD_destroy_response(response);
  return queued;
}

enum MHD_Result emu_exchange_reply(emu_exchange *exchange, int status, const char *type, const char *body, size_t len) {
  union {
    const char *in;
    void *out;
  } unconst = {.in = body}; /* the server library copies it, but does not say so in its type */
  return emu_exchange_send(exchange, status, type,
                           MHD_create_response_from_buffer(len, unconst.out, MHD_RESPMEM_MUST_COPY));
}

enum MHD_Result emu_exchange_text(emu_exchange *exchange, int status, const char *text) {
  return emu_exchange_reply(exchange, status, "text/plain; charset=utf-8", text, strlen(text));
}

enum MHD_Result emu_exchange_json(emu_exchange *exchange, int status, cai_buf *json) {
  enum MHD_Result queued = json->error ? emu_exchange_text(exchange, 500, "The emulator is out of memory.\n")
                                       : emu_exchange_reply(exchange, status, "application/json; charset=UTF-8",
                                                            cai_buf_view(json), json->len);
  cai_buf_fini(json);
  return queued;
}

enum MHD_Result emu_exchange_html(emu_exchange *exchange, int status) {
  char page[256];
  int len = snprintf(page, sizeof page,
                     "<!DOCTYPE html>\n<html><head><title>Error %d</title></head>\n<body><h1>Error %d</h1><p>This page "
                     "stands for one of a "
                     "proxy on the way.</p></body></html>\n",
                     status, status);
  return emu_exchange_reply(exchange, status, "text/html; charset=UTF-8", page, (size_t)len);
}
