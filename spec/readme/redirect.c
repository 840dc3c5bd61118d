/* SPDX-License-Identifier: MIT
 * For the programs that pages show: clients that are meant for Google, OpenAI or a local server talk to the emulator,
 * as if names led there. The blocks themselves stay as they are. The rest of the configuration, credentials included,
 * is theirs. Preloaded where programs are linked with the library; those that load it by hand get a library which has
 * these two functions in the place of its own (REDIRECT_WITHIN). */
#include <chatabi.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int (*set_function)(chatabi_client *, const char *, const char *);
typedef chatabi_client *(*new_function)(void);

#ifdef REDIRECT_WITHIN
chatabi_client *redirected_client_new(void);
int redirected_client_set(chatabi_client *client, const char *key, const char *value);
static new_function real_new(void) { return redirected_client_new; }
static set_function real_set(void) { return redirected_client_set; }
#else
/* Not RTLD_NEXT: Lua loads the library privately. */
static void *find(const char *name) { return dlsym(dlopen("libchatabi.so.1", RTLD_NOW | RTLD_NOLOAD), name); }

static new_function real_new(void) {
  new_function real;
  *(void **)&real = find("chatabi_client_new");
  return real;
}

static set_function real_set(void) {
  set_function real;
  *(void **)&real = find("chatabi_client_set");
  return real;
}
#endif

static int set(chatabi_client *client, const char *key, const char *value) {
  int error = real_set()(client, key, value);
  if (!error) return 0;
  fprintf(stderr, "redirect: %s\n", chatabi_client_message(client));
  return error;
}

static int set_place(chatabi_client *client, const char *path) {
  char url[256];
  snprintf(url, sizeof url, "%s%s", getenv("CHATABI_EMULATOR_TLS_URL"), path);
  return set(client, "base_url", url);
}

chatabi_client *chatabi_client_new(void) {
  chatabi_client *client = real_new()();
  set(client, "provider", "vertex"); /* the default, which base_url would change */
  set(client, "ca_file", getenv("CHATABI_EMULATOR_CA"));
  set(client, "auth_allow_hosts", strstr(getenv("CHATABI_EMULATOR_TLS_URL"), "//") + 2);
  set_place(client, "");
  return client;
}

int chatabi_client_set(chatabi_client *client, const char *key, const char *value) {
  if (strcmp(key, "base_url") == 0) {
    const char *host = strstr(value, "//");
    const char *path = host ? strstr(host + 2, "/v1") : NULL; /* some have it deeper down than the emulator */
    set(client, "provider", "compatible");
    return set_place(client, path ? path : "");
  }
  if (strcmp(key, "provider") == 0 && strcmp(value, "openai") == 0) set_place(client, "/v1");
  if (strcmp(key, "provider") == 0 && strcmp(value, "gemini") == 0) set_place(client, "/v1beta/openai");
  return set(client, key, value);
}
