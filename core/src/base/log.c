/* SPDX-License-Identifier: MIT */
#include "log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "clock.h"
#include "thread.h"
#include "timestamp.h"
#include "utf8.h"

enum { MAX_LINES = 512, MAX_LINE = 4096 };

struct cai_log {
  atomic_int level;
  cai_mutex lock;
  char *lines[MAX_LINES]; /* guarded by lock */
  size_t first;
  size_t count;
};

cai_log *cai_log_new(cai_level level) {
  cai_log *log = cai_calloc(1, sizeof *log);
  if (!log) return NULL;
  atomic_init(&log->level, (int)level);
  if (cai_mutex_init(&log->lock)) {
    cai_free(log);
    return NULL;
  }
  return log;
}

void cai_log_free(cai_log *log) {
  if (!log) return;
  char *line;
  while ((line = cai_log_take(log))) cai_free(line);
  cai_mutex_fini(&log->lock);
  cai_free(log);
}

void cai_log_set_level(cai_log *log, cai_level level) { atomic_store(&log->level, (int)level); }

int cai_log_wants(const cai_log *log, cai_level level) { return log && atomic_load(&log->level) >= (int)level; }

/* "2026-01-31T12:00:00.123Z warn " */
static int stamp(char *out, size_t size, cai_level level) {
  static const char *const names[] = {"telemetry", "error", "warn", "info", "debug"};
  char time[CAI_TIMESTAMP_SIZE];
  cai_timestamp_write(time, cai_clock_now().wall_ms);
  return snprintf(out, size, "%s %s ", time, names[level]);
}

static void keep(cai_log *log, char *line) {
  char *dropped = NULL;
  cai_mutex_lock(&log->lock);
  if (log->count == MAX_LINES) {
    dropped = log->lines[log->first];
    log->first = (log->first + 1) % MAX_LINES;
    log->count--;
  }
  log->lines[(log->first + log->count++) % MAX_LINES] = line;
  cai_mutex_unlock(&log->lock);
  cai_free(dropped);
}

/* What others wrote may hold anything; a log line is one line of text. */
static void one_line(char *line) {
  cai_utf8_force(line);
  for (; *line; line++)
    if ((unsigned char)*line < 0x20) *line = ' ';
}

void cai_log_add(cai_log *log, cai_level level, const char *format, ...) {
  if (!cai_log_wants(log, level)) return;
  char line[MAX_LINE];
  int len = stamp(line, sizeof line, level);
  if (len < 0) return;
  va_list args;
  va_start(args, format);
  vsnprintf(line + len, sizeof line - (size_t)len, format, args);
  va_end(args);
  one_line(line);
  char *copy = cai_strdup(line);
  if (copy) keep(log, copy);
}

char *cai_log_take(cai_log *log) {
  char *line = NULL;
  cai_mutex_lock(&log->lock);
  if (log->count) {
    line = log->lines[log->first];
    log->first = (log->first + 1) % MAX_LINES;
    log->count--;
  }
  cai_mutex_unlock(&log->lock);
  return line;
}
