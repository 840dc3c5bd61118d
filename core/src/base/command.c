/* SPDX-License-Identifier: MIT */
#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "chatabi.h"

#if defined(__APPLE__)
#include <crt_externs.h>
#elif !defined(_WIN32)
#include <dlfcn.h>
#include <unistd.h>
#ifndef __linux__
extern char **environ;
#endif
#endif

enum { TIMEOUT_MS = 30000, MAX_OUTPUT = 1024 * 1024 };

void cai_command_init(cai_command *command) {
  *command = (cai_command){.timeout_ms = TIMEOUT_MS, .max_output = MAX_OUTPUT};
}

void cai_texts_free_secret(char **list) {
  for (char **at = list; at && *at; at++) cai_free_secret(*at);
  cai_free(list);
}

void cai_command_fini(cai_command *command) {
  cai_texts_free_secret(command->argv);
  cai_texts_free_secret(command->env);
  cai_command_init(command);
}

static size_t count(char *const *list) {
  size_t n = 0;
  while (list && list[n]) n++;
  return n;
}

char **cai_texts_copy(char *const *list) {
  if (!list) return NULL;
  size_t n = count(list);
  char **copy = cai_calloc(n + 1, sizeof *copy);
  for (size_t i = 0; copy && i < n; i++) {
    copy[i] = cai_strdup(list[i]);
    if (copy[i]) continue;
    cai_texts_free_secret(copy);
    return NULL;
  }
  return copy;
}

/* Takes `text`, also when it fails. */
static int append(char ***list, char *text) {
  size_t n = count(*list);
  char **longer = text ? cai_realloc(*list, (n + 2) * sizeof *longer) : NULL;
  if (!longer) {
    cai_free_secret(text);
    return CHATABI_E_NOMEM;
  }
  longer[n] = text;
  longer[n + 1] = NULL;
  *list = longer;
  return 0;
}

int cai_command_add(cai_command *command, const char *argument) { return append(&command->argv, cai_strdup(argument)); }

int cai_command_env(cai_command *command, char *const *env) {
  static char *const nothing[] = {NULL};
  char **copy = cai_texts_copy(env ? env : nothing);
  if (!copy) return CHATABI_E_NOMEM;
  cai_texts_free_secret(command->env);
  command->env = copy;
  return 0;
}

int cai_command_setenv(cai_command *command, const char *name, const char *value) {
  size_t len = strlen(name), size = len + strlen(value) + 2;
  char *text = cai_malloc(size);
  if (!text) return CHATABI_E_NOMEM;
  snprintf(text, size, "%s=%s", name, value);
  for (char **at = command->env; at && *at; at++) {
    if (strncmp(*at, name, len) != 0 || (*at)[len] != '=') continue;
    cai_free_secret(*at);
    *at = text;
    return 0;
  }
  return append(&command->env, text);
}

/* A library's own `environ` is not always the process's: macOS has none in a library, and with RTLD_DEEPBIND it is a
 * copy in the C library that nobody fills. */
static char **find_environ(void) {
#if defined(__APPLE__)
  return *_NSGetEnviron();
#elif defined(_WIN32)
  return _environ;
#else
  void *program = dlopen(NULL, RTLD_NOW);
  char ***slot = program ? (char ***)dlsym(program, "environ") : NULL;
  char **found = slot ? *slot : environ;
  if (program) dlclose(program);
  return found;
#endif
}

char *const *cai_command_environ(void) {
  static char *const nothing[] = {NULL};
  char **found = find_environ();
  return found ? found : nothing;
}
