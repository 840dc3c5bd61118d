/* SPDX-License-Identifier: MIT
 * What was asked, in order, for tests to look at. Bounded: the oldest entries go first. */
#ifndef EMU_JOURNAL_H
#define EMU_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/thread.h"

enum { EMU_JOURNAL_ENTRIES = 10000, EMU_JOURNAL_BODY = 65536 };

typedef struct emu_entry {
  int64_t time_ms; /* since 1970 */
  char *request;   /* owned; members "method", "path", "headers" ... of the entry as JSON text without braces */
  char *fault;     /* owned; NULL: none */
  uint64_t chunks;
  int status;
  bool ended;
  bool disconnected;
} emu_entry;

typedef struct emu_journal {
  cai_mutex lock;
  emu_entry *ring; /* owned */
  uint64_t first;  /* number of the oldest entry that is kept */
  uint64_t next;   /* number of the next entry */
} emu_journal;

bool emu_journal_init(emu_journal *journal);
void emu_journal_fini(emu_journal *journal);

/* Takes over `request`. Returns the entry's number. */
uint64_t emu_journal_begin(emu_journal *journal, char *request);

typedef struct emu_outcome {
  const char *fault;
  uint64_t chunks;
  int status;
  bool ended;
  bool disconnected;
} emu_outcome;

/* Nothing when the entry has been dropped since. */
void emu_journal_update(emu_journal *journal, uint64_t number, const emu_outcome *outcome);

void emu_journal_clear(emu_journal *journal);

/* Appends all of it as a JSON array. */
void emu_journal_write(emu_journal *journal, cai_buf *out);

#endif
