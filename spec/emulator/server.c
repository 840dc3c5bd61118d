/* SPDX-License-Identifier: MIT */
#include "server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "exchange.h"
#include "route.h"

/* Called at the head, for each piece of the body, and once more when it is complete. */
static enum MHD_Result on_request(emu_state *emu, bool secure, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *data, size_t *len, void **slot) {
  emu_exchange *exchange = *slot;
  if (!exchange) {
    *slot = emu_exchange_new(emu, connection, url, method, secure);
    return *slot ? MHD_YES : MHD_NO;
  }
  if (*len) {
    cai_buf_append(&exchange->body, data, *len);
    *len = 0;
    return MHD_YES;
  }
  emu_exchange_begin(exchange);
  return emu_route(exchange);
}

static enum MHD_Result on_plain(void *arg, struct MHD_Connection *connection, const char *url, const char *method,
                                const char *version, const char *data, size_t *len, void **slot) {
  (void)version;
  return on_request(arg, false, connection, url, method, data, len, slot);
}

static enum MHD_Result on_secure(void *arg, struct MHD_Connection *connection, const char *url, const char *method,
                                 const char *version, const char *data, size_t *len, void **slot) {
  (void)version;
  return on_request(arg, true, connection, url, method, data, len, slot);
}

static void on_completed(void *arg, struct MHD_Connection *connection, void **slot,
                         enum MHD_RequestTerminationCode code) {
  (void)arg;
  (void)connection;
  emu_exchange *exchange = *slot;
  if (!exchange) return;
  *slot = NULL;
  emu_exchange_end(exchange, code == MHD_REQUEST_TERMINATED_COMPLETED_OK);
  emu_exchange_free(exchange);
}

/* A thousand streams at a time need more descriptors than most systems give by default. */
static void raise_descriptor_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit)) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

static struct MHD_Daemon *listen_on(uint16_t port, emu_state *emu, bool secure) {
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  unsigned flags =
      MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL | MHD_USE_SUPPRESS_DATE_NO_CLOCK;
  struct MHD_OptionItem tls[] = {{MHD_OPTION_HTTPS_MEM_KEY, 0, emu->identity.tls_key},
                                 {MHD_OPTION_HTTPS_MEM_CERT, 0, emu->identity.tls_cert},
                                 /* Asks for a client's certificate, and goes on without one. */
                                 {MHD_OPTION_HTTPS_MEM_TRUST, 0, emu->identity.ca_cert},
                                 {MHD_OPTION_END, 0, NULL}};
  struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
  return MHD_start_daemon(secure ? flags | MHD_USE_TLS : flags, port, NULL, NULL, secure ? on_secure : on_plain, emu,
                          MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
                          emu, MHD_OPTION_CONNECTION_LIMIT, 8192U, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)65536,
                          MHD_OPTION_LISTEN_BACKLOG_SIZE, 1024U, MHD_OPTION_THREAD_STACK_SIZE, (size_t)(512 * 1024),
                          MHD_OPTION_LISTENING_ADDRESS_REUSE, 1U, MHD_OPTION_ARRAY, secure ? tls : none,
                          MHD_OPTION_END);
}

static bool name_url(struct MHD_Daemon *daemon, const char *scheme, char *url, size_t size) {
  const union MHD_DaemonInfo *info = daemon ? MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
  if (!info) {
    fprintf(stderr, "chatabi-emulator: cannot listen for %s on 127.0.0.1: %s\n", scheme, strerror(errno));
    return false;
  }
  return snprintf(url, size, "%s://127.0.0.1:%u", scheme, (unsigned)info->port) > 0;
}

bool emu_server_start(emu_server *server, emu_state *emu) {
  raise_descriptor_limit();
  server->secure = NULL;
  server->plain = listen_on(emu->options.port, emu, false);
  if (!name_url(server->plain, "http", emu->url, sizeof emu->url)) return false;
  if (!emu->options.tls) return true;
  server->secure = listen_on(emu->options.tls_port, emu, true);
  return name_url(server->secure, "https", emu->tls_url, sizeof emu->tls_url);
}

void emu_server_stop(emu_server *server) {
  if (server->plain) MHD_stop_daemon(server->plain);
  if (server->secure) MHD_stop_daemon(server->secure);
}
