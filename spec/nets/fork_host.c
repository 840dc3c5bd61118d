/* SPDX-License-Identifier: MIT
 * A host that forks in the middle of a request. In the child the old handles are dead, at once and harmlessly, and a
 * new client works; the parent's request does not notice. With the argument "fresh" the child leaves the old handles
 * alone: what is left to see then is whether a lock was caught held at the fork. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"

static void use_dead_client(const library *lib, chatabi_client *client) {
  MUST(lib->client_set(client, "model", "x") == CHATABI_E_FORKED);
  MUST(lib->client_set_auth(client, "none", NULL) == CHATABI_E_FORKED);
  MUST(lib->client_start(client) == CHATABI_E_FORKED);
  MUST(lib->client_stop(client, -1) == CHATABI_E_FORKED);
  MUST(!lib->client_send(client, "{}", 2, NULL));
  MUST(!lib->client_ready(client, 100));
  MUST(!lib->client_message(client) && !lib->client_log(client) && !lib->client_status(client));
  MUST(lib->client_fd(client) < 0);
  lib->client_wake(client);
}

static void use_dead_request(const library *lib, chatabi_request *request) {
  size_t len = 1;
  MUST(lib->request_next(request, 100) == CHATABI_E_FORKED);
  MUST(lib->request_error(request) == CHATABI_E_FORKED);
  MUST(lib->request_state(request) == CHATABI_E_FORKED);
  MUST(lib->request_info(request, CHATABI_INFO_ID) == -1);
  MUST(lib->request_fd(request) < 0);
  MUST(!lib->request_text(request, &len) && len == 0);
  MUST(!lib->request_json(request, NULL) && !lib->request_result(request, NULL));
  MUST(!lib->request_message(request) && !lib->request_error_json(request) && !lib->request_header(request, "date"));
  lib->request_cancel(request);
}

static void work_anew(const library *lib) {
  chatabi_client *client = library_client(lib, "/3/1");
  chatabi_request *request = library_send(lib, client);
  MUST(library_finish(lib, request) == 3);
  lib->request_free(request);
  lib->client_free(client);
}

int main(int argc, char **argv) {
  library lib;
  int fresh = argc > 1 && strcmp(argv[1], "fresh") == 0, status;
  library_open(&lib);
  chatabi_client *client = library_client(&lib, "/10/5");
  chatabi_request *request = library_send(&lib, client);
  host_nap(host_delay_ms());
  pid_t pid = fork();
  MUST(pid >= 0);
  if (pid == 0) {
    if (!fresh) {
      use_dead_client(&lib, client);
      use_dead_request(&lib, request);
      lib.request_free(request);
      lib.client_free(client);
    }
    work_anew(&lib);
    exit(0);
  }
  MUST(library_finish(&lib, request) == 10);
  lib.request_free(request);
  lib.client_free(client);
  MUST(waitpid(pid, &status, 0) == pid);
  MUST(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  return 0;
}
