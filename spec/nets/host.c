/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* _exit: the handlers are what is under test, and must not turn a clear failure into a hang. */
void host_fail(const char *file, int line, const char *expression) {
  fprintf(stderr, "%s:%d: not so: %s\n", file, line, expression);
  _exit(1);
}

void host_nap(int ms) {
  struct timespec span = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
  nanosleep(&span, NULL);
}

static const char *setting(const char *name) {
  const char *value = getenv(name);
  if (value) return value;
  fprintf(stderr, "%s is not set: start this program through `runs`\n", name);
  _exit(2);
}

int host_delay_ms(void) { return (int)strtol(setting("CHATABI_NET_DELAY_MS"), NULL, 10); }

/* ISO C has no cast from an object pointer to a function pointer. */
static void find(void *handle, const char *name, void *slot) {
  void *symbol = dlsym(handle, name);
  if (!symbol) {
    fprintf(stderr, "%s\n", dlerror());
    _exit(2);
  }
  memcpy(slot, &symbol, sizeof symbol);
}

void library_open(library *lib) {
  lib->handle = dlopen(setting("CHATABI_NET_LIB"), RTLD_NOW | RTLD_LOCAL);
  if (!lib->handle) {
    fprintf(stderr, "%s\n", dlerror());
    _exit(2);
  }
#define FIND(name) find(lib->handle, "chatabi_" #name, &lib->name)
  FIND(client_new), FIND(client_set), FIND(client_set_auth), FIND(client_message), FIND(client_start);
  FIND(client_send), FIND(client_ready), FIND(client_fd), FIND(client_wake), FIND(client_log), FIND(client_status);
  FIND(client_stop), FIND(client_free), FIND(request_next), FIND(request_text), FIND(request_json);
  FIND(request_result), FIND(request_error), FIND(request_message), FIND(request_error_json), FIND(request_state);
  FIND(request_info), FIND(request_header), FIND(request_fd), FIND(request_cancel), FIND(request_free);
#undef FIND
}

static chatabi_client *new_client(const library *lib, const char *path) {
  char url[256];
  chatabi_client *client = lib->client_new();
  MUST(client);
  snprintf(url, sizeof url, "%s%s", setting("CHATABI_NET_URL"), path);
  MUST(lib->client_set(client, "base_url", url) == 0);
  MUST(lib->client_set(client, "ca_file", setting("CHATABI_NET_CA")) == 0);
  return client;
}

chatabi_client *library_client(const library *lib, const char *path) {
  chatabi_client *client = new_client(lib, path);
  MUST(lib->client_set_auth(client, "none", NULL) == 0);
  return client;
}

chatabi_client *library_client_with_credential(const library *lib) {
  chatabi_client *client = new_client(lib, "");
  MUST(lib->client_set(client, "provider", "vertex") == 0);
  MUST(lib->client_set(client, "auth_allow_hosts", "127.0.0.1") == 0);
  MUST(lib->client_set_auth(client, "file", setting("CHATABI_NET_CREDENTIAL")) == 0);
  return client;
}

chatabi_request *library_send(const library *lib, chatabi_client *client) {
  static const char body[] = "{\"model\":\"net\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";
  chatabi_request *request = lib->client_send(client, body, sizeof body - 1, NULL);
  MUST(request);
  return request;
}

int library_finish(const library *lib, chatabi_request *request) {
  int texts = 0;
  for (;;) {
    int event = lib->request_next(request, 8000);
    if (event == CHATABI_TEXT) texts++;
    if (event == CHATABI_DONE) return texts;
    if (event > 0) continue;
    fprintf(stderr, "request ended with %d: %s\n", event, event ? lib->request_message(request) : "nothing in 8 s");
    return -1;
  }
}
