/* SPDX-License-Identifier: MIT
 * A program to run as plain data: what auth says it wants, and what the engine runs. No shell is involved. */
#ifndef CAI_COMMAND_H
#define CAI_COMMAND_H

#include <stddef.h>

typedef struct cai_command {
  char **argv; /* NULL-terminated, owned; NULL: no command. argv[0] without '/' is looked up in PATH */
  char **env;  /* the program's whole environment, "NAME=value", NULL-terminated, owned, overwritten before release */
  int timeout_ms;    /* then it and all that it started are killed */
  size_t max_output; /* bytes of standard output that are accepted */
} cai_command;

void cai_command_init(cai_command *command);
void cai_command_fini(cai_command *command);

/* 0 or CHATABI_E_NOMEM. */
int cai_command_add(cai_command *command, const char *argument);
/* Starts from a copy of `env` (may be NULL). */
int cai_command_env(cai_command *command, char *const *env);
/* Replaces a variable or adds it. */
int cai_command_setenv(cai_command *command, const char *name, const char *value);

/* The process's own environment, in place: not while another thread may be changing it. */
char *const *cai_command_environ(void);

/* Lists of text as above, for those who keep one: NULL when out of memory or `list` is NULL. */
char **cai_texts_copy(char *const *list);
void cai_texts_free_secret(char **list);

#endif
