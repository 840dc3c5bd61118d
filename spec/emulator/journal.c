/* SPDX-License-Identifier: MIT */
#include "journal.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/scan.h"

bool emu_journal_init(emu_journal *journal) {
  journal->first = journal->next = 0;
  journal->ring = cai_calloc(EMU_JOURNAL_ENTRIES, sizeof *journal->ring);
  if (!journal->ring) return false;
  if (cai_mutex_init(&journal->lock) == 0) return true;
  cai_free(journal->ring);
  return false;
}

static emu_entry *slot(emu_journal *journal, uint64_t number) { return &journal->ring[number % EMU_JOURNAL_ENTRIES]; }

static void forget_oldest(emu_journal *journal) {
  emu_entry *entry = slot(journal, journal->first++);
  cai_free(entry->request);
  cai_free(entry->fault);
  memset(entry, 0, sizeof *entry);
}

void emu_journal_clear(emu_journal *journal) {
  cai_mutex_lock(&journal->lock);
  while (journal->first < journal->next) forget_oldest(journal);
  cai_mutex_unlock(&journal->lock);
}

void emu_journal_fini(emu_journal *journal) {
  emu_journal_clear(journal);
  cai_free(journal->ring);
  cai_mutex_fini(&journal->lock);
}

uint64_t emu_journal_begin(emu_journal *journal, char *request) {
  cai_mutex_lock(&journal->lock);
  if (journal->next - journal->first == EMU_JOURNAL_ENTRIES) forget_oldest(journal);
  uint64_t number = journal->next++;
  *slot(journal, number) = (emu_entry){.time_ms = cai_clock_now().wall_ms, .request = request};
  cai_mutex_unlock(&journal->lock);
  return number;
}

void emu_journal_update(emu_journal *journal, uint64_t number, const emu_outcome *outcome) {
  cai_mutex_lock(&journal->lock);
  if (number >= journal->first && number < journal->next) {
    emu_entry *entry = slot(journal, number);
    entry->status = outcome->status;
    entry->chunks = outcome->chunks;
    entry->ended = outcome->ended;
    entry->disconnected = outcome->disconnected;
    if (!entry->fault && outcome->fault && *outcome->fault) entry->fault = cai_strdup(outcome->fault);
  }
  cai_mutex_unlock(&journal->lock);
}

static void write_entry(const emu_entry *entry, uint64_t number, cai_buf *out) {
  cai_buf_format(out, "{\"number\":%" PRIu64 ",\"time_ms\":%" PRId64 ",%s,\"status\":%d,\"fault\":", number,
                 entry->time_ms, entry->request ? entry->request : "\"path\":null", entry->status);
  if (entry->fault)
    cai_scan_quote(out, entry->fault, strlen(entry->fault));
  else
    cai_buf_text(out, "null");
  cai_buf_format(out, ",\"chunks\":%" PRIu64 ",\"ended\":%s,\"disconnected\":%s}", entry->chunks,
                 entry->ended ? "true" : "false", entry->disconnected ? "true" : "false");
}

void emu_journal_write(emu_journal *journal, cai_buf *out) {
  cai_mutex_lock(&journal->lock);
  cai_buf_byte(out, '[');
  for (uint64_t i = journal->first; i < journal->next; i++) {
    if (i > journal->first) cai_buf_text(out, ",\n");
    write_entry(slot(journal, i), i, out);
  }
  cai_buf_text(out, "]\n");
  cai_mutex_unlock(&journal->lock);
}
