/* SPDX-License-Identifier: MIT
 * A program that ends while the I/O thread is at work. The argument says where that is: in a handshake, in a stream, on
 * the way to a token ("refresh"), with one of two clients freed just before ("freed"), while another thread of the host
 * waits for an event ("reader"), or in a signal handler that interrupts such a wait ("handler"). The host has an exit
 * handler of its own, which runs after OpenSSL's because it was there first: what still runs then, runs without
 * OpenSSL. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "host.h"

static library lib;

static void linger(void) { host_nap(20); }

static void in_handshake(void) { library_send(&lib, library_client(&lib, "/60/10")); }

static void in_stream(void) {
  chatabi_request *request = library_send(&lib, library_client(&lib, "/1000000/0"));
  int event;
  while ((event = lib.request_next(request, 8000)) > 0 && event != CHATABI_TEXT) {
  }
  MUST(event == CHATABI_TEXT);
}

static void in_refresh(void) { library_send(&lib, library_client_with_credential(&lib)); }

static void freed(void) {
  chatabi_client *one = library_client(&lib, "/60/10");
  chatabi_request *request = library_send(&lib, one);
  library_send(&lib, library_client(&lib, "/60/10"));
  host_nap(host_delay_ms());
  lib.client_free(one);
  lib.request_free(request);
}

static void *read_one(void *request) {
  (void)lib.request_next(request, -1);
  return NULL;
}

static void with_reader(void) {
  pthread_t thread;
  chatabi_request *request = library_send(&lib, library_client(&lib, "/10/1000"));
  MUST(pthread_create(&thread, NULL, read_one, request) == 0);
}

static void leave(int number) {
  (void)number;
  exit(0);
}

static void in_handler(void) {
  struct sigaction action = {.sa_handler = leave};
  struct itimerval timer = {.it_value = {.tv_usec = host_delay_ms() * 1000 + 1}};
  chatabi_request *request = library_send(&lib, library_client(&lib, "/10/1000"));
  MUST(sigaction(SIGALRM, &action, NULL) == 0 && setitimer(ITIMER_REAL, &timer, NULL) == 0);
  for (;;) (void)lib.request_next(request, -1);
}

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    void (*act)(void);
  } acts[] = {{"handshake", in_handshake}, {"stream", in_stream},  {"refresh", in_refresh}, {"freed", freed},
              {"reader", with_reader},     {"handler", in_handler}};
  MUST(atexit(linger) == 0);
  library_open(&lib);
  for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
    if (argc < 2 || strcmp(argv[1], acts[i].name) != 0) continue;
    acts[i].act();
    host_nap(host_delay_ms());
    return 0;
  }
  return 2;
}
