/* SPDX-License-Identifier: MIT
 * What is to go wrong with a request. A fault is a set of switches, some with a number, written "cut=3,comments". It
 * comes with the request (header or query) or waits here for the next request of its kind. */
#ifndef EMU_FAULT_H
#define EMU_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/thread.h"

typedef enum emu_fault_kind {
  EMU_FOR_CHAT,
  EMU_FOR_OAUTH, /* these three for one token service, the next for all of them */
  EMU_FOR_STS,
  EMU_FOR_IAM,
  EMU_FOR_TOKEN,
  EMU_FOR_METADATA,
  EMU_FOR_IMDS,
  EMU_FOR_REFUSAL, /* not a fault, but something for the next one that refuses a token */
  EMU_KINDS
} emu_fault_kind;

enum {
  EMU_429,
  EMU_429_INFO,
  EMU_STATUS,
  EMU_500,
  EMU_503,
  EMU_QUOTA_PER_DAY,
  EMU_INSUFFICIENT_QUOTA,
  EMU_PROVISIONED_THROUGHPUT,
  EMU_RETRY_AFTER_MS,
  EMU_RETRY_AFTER_DATE,
  EMU_SHOULD_RETRY,
  EMU_ERROR200,
  EMU_OPENAI_ERROR, /* these nine: in this shape, with that status */
  EMU_GOOGLE_ERROR,
  EMU_GOOGLE_ARRAY_ERROR,
  EMU_VLLM_ERROR,
  EMU_VLLM_FLAT_ERROR,
  EMU_LLAMACPP_ERROR,
  EMU_OLLAMA_ERROR,
  EMU_TEXT_ERROR,
  EMU_EMPTY_ERROR,
  EMU_401_ONCE,
  EMU_HTML,
  EMU_REDIRECT,
  EMU_CUT,
  EMU_RESET,
  EMU_STALL,
  EMU_DRIBBLE,
  EMU_SLOW_FIRST_BYTE,
  EMU_SLOW_BODY,
  EMU_GARBAGE,
  EMU_ERROR_IN_STREAM,
  EMU_BARE_ERROR,
  EMU_EVENT_ERROR,
  EMU_FIELD_ERROR,
  EMU_LINE_ERROR,
  EMU_GZIP,
  EMU_NO_DONE,
  EMU_NO_FINISH,
  EMU_CONTENT_FILTER,
  EMU_BIG_EVENT,
  EMU_CRLF,
  EMU_CR,
  EMU_COMMENTS,
  EMU_PACE,
  EMU_LONG,
  EMU_FLOOD,
  EMU_CLOSE_DELIMITED,
  EMU_DIALECT,
  /* A text of several names is for the kind of the one that is first here: what is special comes first. */
  EMU_OAUTH_STATUS,
  EMU_OAUTH_503,
  EMU_STS_STATUS,
  EMU_STS_503,
  EMU_IAM_STATUS,
  EMU_IAM_503,
  EMU_IAM_DENIED,
  EMU_IAM_DISABLED,
  EMU_TOKEN_STATUS,
  EMU_TOKEN_500,
  EMU_TOKEN_503,
  EMU_TOKEN_INVALID_GRANT,
  EMU_TOKEN_SLOW,
  EMU_TOKEN_HTML,
  EMU_TOKEN_RAPT,
  EMU_TOKEN_GARBAGE,
  EMU_TOKEN_HUGE,
  EMU_METADATA_STATUS,
  EMU_METADATA_404,
  EMU_METADATA_503,
  EMU_METADATA_SLOW,
  EMU_METADATA_NO_FLAVOR,
  EMU_METADATA_REFUSE,
  EMU_IMDS_STATUS,
  EMU_IMDS_503,
  EMU_TOKEN_RETRY_AFTER,
  EMU_FAULTS
};

enum { EMU_FAULT_TEXT = 160, EMU_DIALECT_NAME = 24 };

typedef struct emu_fault {
  bool on[EMU_FAULTS];
  int64_t arg[EMU_FAULTS]; /* the default where none was given */
  char dialect[EMU_DIALECT_NAME];
  char text[EMU_FAULT_TEXT]; /* as it was written, for the journal */
} emu_fault;

/* Adds what `text` says to `fault` (zeroed before). False for an unknown name, a bad number or too long a text. */
bool emu_fault_parse(const char *text, emu_fault *fault);

/* The kind of the first switch that is on. */
emu_fault_kind emu_fault_kind_of(const emu_fault *fault);

/* The kind of request a name is for, and the names in order; NULL behind the last. For the list of GET
 * /emulator/faults. */
const char *emu_fault_name(int number);

enum { EMU_FAULT_QUEUE = 64 };

typedef struct emu_faults {
  cai_mutex lock;
  struct {
    emu_fault fault;
    emu_fault_kind kind;
    int64_t times; /* -1: for good */
  } queue[EMU_FAULT_QUEUE];
  int count;
} emu_faults;

bool emu_faults_init(emu_faults *faults);
void emu_faults_fini(emu_faults *faults);

/* False when the queue is full. */
bool emu_faults_add(emu_faults *faults, const emu_fault *fault, int64_t times);
void emu_faults_clear(emu_faults *faults);

/* Takes one turn of the oldest fault of that kind. */
bool emu_faults_take(emu_faults *faults, emu_fault_kind kind, emu_fault *fault);

#endif
