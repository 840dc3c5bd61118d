/* SPDX-License-Identifier: MIT
 * What all parts of the emulator share. One object for the life of the process; made before the first connection and
 * taken apart after the last. What changes while it runs has a lock of its own (tokens, faults, journal) or is atomic.
 */
#ifndef EMU_EMULATOR_H
#define EMU_EMULATOR_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "directory.h"
#include "fault.h"
#include "identity.h"
#include "journal.h"
#include "regions.h"
#include "token.h"
#include "vault.h"

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
  bool no_self_signed_jwt;
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
  _Atomic bool self_signed_jwt;       /* Vertex takes them */
  _Atomic bool sts_expires_in;        /* STS says how long its tokens last */
  _Atomic bool rotate_refresh_tokens; /* a workforce user's */
  _Atomic bool rotate_user_tokens;
  _Atomic bool iam_fraction; /* expireTime has one */
  _Atomic bool imdsv2_required;
  _Atomic bool subject_header; /* the subject token's URL wants a header */
} emu_config;

typedef struct emu_stats {
  atomic_uint_least64_t chat;
  atomic_uint_least64_t token_exchanges;
  atomic_uint_least64_t metadata_tokens;
  atomic_uint_least64_t sts;
  atomic_uint_least64_t iam;
  atomic_uint_least64_t oauth;
  atomic_uint_least64_t gdch;
  atomic_uint_least64_t imds;
  atomic_uint_least64_t active;
  atomic_uint_least64_t disconnected;
  atomic_uint_least64_t requests;
} emu_stats;

typedef struct emu_state {
  emu_options options;
  emu_config config;
  emu_stats stats;
  emu_identity identity;
  emu_directory directory;
  emu_vault vault;
  emu_tokens tokens;
  emu_faults faults;
  emu_journal journal;
  emu_regions regions;
  int stop_fds[2]; /* a pipe whose reading end becomes readable when everything has to end */
  char url[64];
  char tls_url[64]; /* "" without TLS */
} emu_state;

/* Where token services are said to be: with TLS, there. */
const char *emu_token_base(const emu_state *emu);

/* The one project's number. */
#define EMU_PROJECT_NUMBER "100000000001"

/* The workload on Distributed Cloud. */
#define EMU_GDCH_NAME "emulator"

/* Seconds since 1970 on the emulator's clock. */
int64_t emu_now_s(const emu_state *emu);

#endif
