/* SPDX-License-Identifier: MIT
 * Option record: every exchange of a chat request becomes a line of a file (core/RECORDING.md), appended when it has
 * ended and before the host sees that end. Exchanges of credentials are not recorded. I/O thread only; every function
 * does nothing when nothing is to be recorded. */
#ifndef CAI_RECORDER_H
#define CAI_RECORDER_H

#include <stdbool.h>
#include <stddef.h>

#include "../base/err.h"
#include "../base/http.h"

struct cai_attempt;

/* One for a client. */
typedef struct cai_recorder {
  int fd;       /* -1: not open */
  bool stopped; /* a line could not be written: none behind it may be */
} cai_recorder;

/* What is being recorded of an attempt's try. */
typedef struct cai_recording cai_recording;

void cai_recorder_init(cai_recorder *recorder);
void cai_recorder_fini(cai_recorder *recorder);

/* Opens the file. False when it cannot be: nobody wants to learn afterwards that nothing was recorded. */
bool cai_recorder_open(struct cai_attempt *attempt, cai_err *err);

/* The attempt's transfer was started; its response began; a piece of the body was taken; it ended. */
void cai_recorder_begin(struct cai_attempt *attempt, const char *url, const cai_headers *headers);
void cai_recorder_head(struct cai_attempt *attempt);
void cai_recorder_piece(struct cai_attempt *attempt, const char *bytes, size_t len);
void cai_recorder_end(struct cai_attempt *attempt, const cai_err *err);

/* Writes the line: the try is over, or the whole request. The first call counts. */
void cai_recorder_close(struct cai_attempt *attempt);

#endif
