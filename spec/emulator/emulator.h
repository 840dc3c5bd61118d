/* SPDX-License-Identifier: MIT
 * What all parts of the emulator share. One object for the life of the process; made before the first connection and
 * taken apart after the last. What changes while it runs has a lock of its own (tokens, faults, journal) or is atomic.
 */
#ifndef EMU_EMULATOR_H
#define EMU_EMULATOR_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "fault.h"
#include "identity.h"
#include "journal.h"
#include "token.h"

typedef struct emu_options {
  uint16_t port;
  uint16_t tls_port;
  bool tls;
  bool quiet;
  bool print_env;
  bool until_eof;
  bool require_key;
  bool accept_google_aud;
  bool journal_bodies;
  const char *dir; /* NULL: a temporary one, removed at the end */
  const char *project;
  const char *api_key;
  int64_t pace_ms;
  int64_t token_ttl_s;
} emu_options;

typedef struct emu_config {
  _Atomic int64_t pace_ms;
  _Atomic int64_t token_ttl_s;
  _Atomic int64_t clock_skew_s; /* how far the emulator's clock is ahead of this machine's */
  _Atomic bool journal_bodies;
} emu_config;

typedef struct emu_stats {
  atomic_uint_least64_t chat;
  atomic_uint_least64_t token_exchanges;
  atomic_uint_least64_t metadata_tokens;
  atomic_uint_least64_t active;
  atomic_uint_least64_t disconnected;
  atomic_uint_least64_t requests;
} emu_stats;

typedef struct emu_state {
  emu_options options;
  emu_config config;
  emu_stats stats;
  emu_identity identity;
  emu_tokens tokens;
  emu_faults faults;
  emu_journal journal;
  int stop_fds[2]; /* a pipe whose reading end becomes readable when everything has to end */
  char url[64];
  char tls_url[64]; /* "" without TLS */
} emu_state;

/* Seconds since 1970 on the emulator's clock. */
int64_t emu_now_s(const emu_state *emu);

#endif
