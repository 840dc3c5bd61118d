/* SPDX-License-Identifier: MIT
 * A ring of log lines between the threads that have something to say and the host that pulls them. Callers never pass
 * secrets: headers and bodies of credential exchanges are not logged at all, and payloads only where the option
 * log_payloads asks for it. */
#ifndef CAI_LOG_H
#define CAI_LOG_H

/* A line of level TELEMETRY is kept whatever the log's own level is. */
typedef enum cai_level {
  CAI_LOG_OFF,
  CAI_LOG_TELEMETRY = CAI_LOG_OFF,
  CAI_LOG_ERROR,
  CAI_LOG_WARN,
  CAI_LOG_INFO,
  CAI_LOG_DEBUG
} cai_level;

typedef struct cai_log cai_log;

/* NULL when out of memory. */
cai_log *cai_log_new(cai_level level);
void cai_log_free(cai_log *log);
void cai_log_set_level(cai_log *log, cai_level level);

/* Is a line of this level kept? So that costly text need not be made in vain. Any thread. */
int cai_log_wants(const cai_log *log, cai_level level);

/* Any thread. A line that cannot be kept for want of memory is dropped. `log` may be NULL. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
void cai_log_add(cai_log *log, cai_level level, const char *format, ...);

/* Takes the oldest line, or NULL; free with cai_free. */
char *cai_log_take(cai_log *log);

#endif
