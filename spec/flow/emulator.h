/* SPDX-License-Identifier: MIT
 * A chatabi-emulator of a test program's own. The program named by the environment variable CHATABI_EMULATOR is started
 * once and ends with this process, however that ends, because it reads our end of a pipe. */
#ifndef FLOW_EMULATOR_H
#define FLOW_EMULATOR_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct flow_emulator {
  pid_t pid;
  int life_fd;
  char url[80];
  char tls_url[80];
  char vertex_url[80]; /* tls_url with a slash: a host alone, behind which provider vertex builds its path */
  char ca_file[300];
  char credentials_file[300];
  char authorized_user_file[300];
  char dir[200]; /* with a file for each type of credential */
  char project[80];
} flow_emulator;

/* As cmocka group fixtures: the state becomes the one emulator of the process. */
int flow_emulator_start(void **state);
int flow_emulator_stop(void **state);

/* The reply to a call of its control surface, "GET" "journal"; to be deleted by the caller. Fails the test when there
 * is none. `body` may be NULL. */
cJSON *flow_emulator_call(const flow_emulator *emulator, const char *method, const char *what, const char *body);

/* Faults for requests that carry none; times -1: for good. */
void flow_emulator_fail(const flow_emulator *emulator, const char *fault, int times);

void flow_emulator_config(const flow_emulator *emulator, const char *json);

/* A number of GET /emulator/stats. */
int64_t flow_emulator_stat(const flow_emulator *emulator, const char *name);

/* Forgets the journal and the waiting faults: as a cmocka test setup. */
int flow_emulator_clear(void **state);

/* How many journal entries have `path_end` at the end of their path, and of these, a true `flag` (NULL: any). */
int flow_emulator_count(const flow_emulator *emulator, const char *path_end, const char *flag);

/* The same, but waits up to two seconds for it to become `wanted`; returns the last count. */
int flow_emulator_await(const flow_emulator *emulator, const char *path_end, const char *flag, int wanted);

#endif
