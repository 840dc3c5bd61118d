/* SPDX-License-Identifier: MIT
 * What was sent and what came is kept in memory, up to max_response_bytes, and written at once: lines of requests that
 * run side by side never mix, nor do those of several processes. */
#include "recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../base/alloc.h"
#include "../base/clock.h"
#include "../base/file.h"
#include "../chat/record/entry.h"
#include "attempt.h"
#include "chatabi.h"

enum { LOOKS = 5, PAUSE_NS = 2000000 };

struct cai_recording {
  cai_entry entry;
  int64_t started_ms;
  bool ended; /* the transfer did, not we */
  cai_err err;
};

void cai_recorder_init(cai_recorder *recorder) { *recorder = (cai_recorder){.fd = -1}; }

void cai_recorder_fini(cai_recorder *recorder) {
  if (recorder->fd >= 0) close(recorder->fd);
  recorder->fd = -1;
}

/* ---- the file ---- */

/* 0 or an errno. A pipe that nobody reads must not hang the thread, and could not be appended to in one piece. */
static int open_file(const char *path, int *fd) {
  struct stat info;
  if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) return S_ISDIR(info.st_mode) ? EISDIR : EINVAL;
  *fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
  return *fd < 0 ? errno : 0;
}

/* Another process may be in the middle of its line: that is over in no time. */
static bool ends_with_a_line(int fd) {
  char last = '\n';
  for (int i = 0; i < LOOKS; i++) {
    off_t size = lseek(fd, 0, SEEK_END);
    if (size <= 0 || pread(fd, &last, 1, size - 1) != 1 || last == '\n') return true;
    nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
  }
  return false;
}

/* Where a disk was full once, or somebody edited it. */
static bool refuse_half_a_line(cai_recorder *recorder, const char *path, cai_err *err) {
  if (ends_with_a_line(recorder->fd)) return true;
  cai_recorder_fini(recorder);
  cai_err_set(
      err, CHATABI_E_CONFIG,
      "Option record: the file %.300s does not end with a line break, so what would be recorded behind it could "
      "not be read. Delete its last line if it is cut off, else add a line break.",
      path);
  return false;
}

bool cai_recorder_open(cai_attempt *attempt, cai_err *err) {
  cai_recorder *recorder = &attempt->loop->recorder;
  const char *path = attempt->loop->settings.record;
  char reason[128];
  if (!path || recorder->stopped || recorder->fd >= 0) return true;
  int error = open_file(path, &recorder->fd);
  if (!error) return refuse_half_a_line(recorder, path, err);
  cai_err_set(err, CHATABI_E_CONFIG, "Option record: the file %.300s cannot be opened for writing: %s.", path,
              cai_file_reason(error, reason, sizeof reason));
  return false;
}

/* 0 or an errno. */
static int append(int fd, const char *bytes, size_t len) {
  while (len) {
    ssize_t written = write(fd, bytes, len);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return written ? errno : EIO;
    bytes += written;
    len -= (size_t)written;
  }
  return 0;
}

/* Behind a line that was cut off another one would make the file unreadable. */
static void write_line(cai_attempt *attempt, const cai_buf *line) {
  cai_loop *loop = attempt->loop;
  char reason[128];
  if (loop->recorder.fd < 0) return;
  int error = append(loop->recorder.fd, cai_buf_view(line), line->len);
  if (!error) return;
  cai_log_add(loop->log, CAI_LOG_WARN, "record: the file %s cannot be written, nothing more is recorded: %s",
              loop->settings.record, cai_file_reason(error, reason, sizeof reason));
  cai_recorder_fini(&loop->recorder);
  loop->recorder.stopped = true;
}

/* ---- one exchange ---- */

static int64_t age_ms(const cai_recording *recording) { return cai_clock_ms() - recording->started_ms; }

void cai_recorder_begin(cai_attempt *attempt, const char *url, const cai_headers *headers) {
  cai_loop *loop = attempt->loop;
  if (loop->recorder.fd < 0) return;
  cai_recording *recording = cai_calloc(1, sizeof *recording);
  if (!recording) {
    cai_log_add(loop->log, CAI_LOG_WARN, "request %lld: not recorded: %s", (long long)attempt->id,
                cai_err_text(CHATABI_E_NOMEM));
    return;
  }
  const cai_entry_request request = {.wall_ms = cai_clock_now().wall_ms,
                                     .attempt = (int)cai_progress_get(&attempt->progress, CHATABI_INFO_ATTEMPTS),
                                     .method = cai_attempt_method(attempt),
                                     .path = cai_attempt_path(attempt),
                                     .url = url,
                                     .headers = headers,
                                     .body = {cai_buf_view(&attempt->body), attempt->body.len},
                                     .sent = {cai_buf_view(&attempt->wire.body), attempt->wire.body.len},
                                     .credential = attempt->credential};
  recording->started_ms = attempt->started_ms;
  cai_entry_init(&recording->entry, (size_t)loop->settings.max_response_bytes);
  cai_entry_begin(&recording->entry, &request);
  attempt->recording = recording;
}

void cai_recorder_head(cai_attempt *attempt) {
  cai_recording *recording = attempt->recording;
  if (!recording) return;
  cai_entry_head(&recording->entry, age_ms(recording), cai_transfer_status(attempt->transfer),
                 cai_transfer_http_version(attempt->transfer), cai_transfer_headers(attempt->transfer));
}

void cai_recorder_piece(cai_attempt *attempt, const char *bytes, size_t len) {
  cai_recording *recording = attempt->recording;
  if (recording) cai_entry_piece(&recording->entry, age_ms(recording), bytes, len);
}

void cai_recorder_end(cai_attempt *attempt, const cai_err *err) {
  cai_recording *recording = attempt->recording;
  if (!recording) return;
  recording->ended = true;
  recording->err = *err;
}

static bool is_ours(int code) {
  return code == CHATABI_E_CANCELLED || code == CHATABI_E_CLOSED || code == CHATABI_E_TOO_MANY;
}

/* When the transfer did not end by itself, what we ended it for is its error: a deadline, a cancel, a limit. What the
 * server answered is none of these. */
static void decide_end(const cai_attempt *attempt, cai_recording *recording) {
  const cai_err *ours = &attempt->failure.err;
  if (!recording->ended || (is_ours(ours->code) && !recording->err.code)) recording->err = *ours;
}

void cai_recorder_close(cai_attempt *attempt) {
  cai_recording *recording = attempt->recording;
  if (!recording) return;
  attempt->recording = NULL;
  decide_end(attempt, recording);
  int error = cai_entry_end(&recording->entry, age_ms(recording), &recording->err);
  if (error)
    cai_log_add(attempt->loop->log, CAI_LOG_WARN, "request %lld: not recorded: %s", (long long)attempt->id,
                cai_err_text(error));
  else
    write_line(attempt, &recording->entry.line);
  cai_entry_fini(&recording->entry);
  cai_free(recording);
}
