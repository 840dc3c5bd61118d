/* SPDX-License-Identifier: MIT
 * A host whose signals come while its own thread has them blocked for a moment: the kernel looks for another thread
 * that takes them, and ours must not. All hundred arrive, on the host's thread. */
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "host.h"

enum { SIGNALS = 100 };

static pthread_t main_thread;
static volatile sig_atomic_t here, elsewhere;

static void on_alarm(int number) {
  (void)number;
  if (pthread_equal(pthread_self(), main_thread))
    here++;
  else
    elsewhere++;
}

int main(void) {
  library lib;
  struct sigaction action = {.sa_handler = on_alarm};
  sigset_t alarm_only;
  main_thread = pthread_self();
  sigemptyset(&alarm_only);
  sigaddset(&alarm_only, SIGALRM);
  MUST(sigaction(SIGALRM, &action, NULL) == 0);
  library_open(&lib);
  chatabi_client *client = library_client(&lib, "/20/2");
  chatabi_request *request = library_send(&lib, client);
  for (int i = 0; i < SIGNALS; i++) {
    pthread_sigmask(SIG_BLOCK, &alarm_only, NULL);
    MUST(kill(getpid(), SIGALRM) == 0);
    host_nap(1);
    pthread_sigmask(SIG_UNBLOCK, &alarm_only, NULL);
  }
  MUST(library_finish(&lib, request) == 20);
  MUST(elsewhere == 0);
  MUST(here == SIGNALS);
  lib.request_free(request);
  lib.client_free(client);
  return 0;
}
