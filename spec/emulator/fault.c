/* SPDX-License-Identifier: MIT */
#include "fault.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  const char *name;
  emu_fault_kind kind;
  int64_t arg;
} table[EMU_FAULTS] = {
    [EMU_429] = {"429", EMU_FOR_CHAT, -1},
    [EMU_429_INFO] = {"429_info", EMU_FOR_CHAT, 1},
    [EMU_STATUS] = {"status", EMU_FOR_CHAT, 500},
    [EMU_500] = {"500", EMU_FOR_CHAT, 0},
    [EMU_503] = {"503", EMU_FOR_CHAT, 0},
    [EMU_QUOTA_PER_DAY] = {"quota_per_day", EMU_FOR_CHAT, 0},
    [EMU_INSUFFICIENT_QUOTA] = {"insufficient_quota", EMU_FOR_CHAT, 0},
    [EMU_PROVISIONED_THROUGHPUT] = {"provisioned_throughput", EMU_FOR_CHAT, 0},
    [EMU_RETRY_AFTER_MS] = {"retry_after_ms", EMU_FOR_CHAT, 500},
    [EMU_RETRY_AFTER_DATE] = {"retry_after_date", EMU_FOR_CHAT, 2},
    [EMU_SHOULD_RETRY] = {"should_retry", EMU_FOR_CHAT, 1},
    [EMU_ERROR200] = {"error200", EMU_FOR_CHAT, 503},
    [EMU_OPENAI_ERROR] = {"openai_error", EMU_FOR_CHAT, 400},
    [EMU_GOOGLE_ERROR] = {"google_error", EMU_FOR_CHAT, 400},
    [EMU_GOOGLE_ARRAY_ERROR] = {"google_array_error", EMU_FOR_CHAT, 400},
    [EMU_VLLM_ERROR] = {"vllm_error", EMU_FOR_CHAT, 400},
    [EMU_VLLM_FLAT_ERROR] = {"vllm_flat_error", EMU_FOR_CHAT, 400},
    [EMU_LLAMACPP_ERROR] = {"llamacpp_error", EMU_FOR_CHAT, 400},
    [EMU_OLLAMA_ERROR] = {"ollama_error", EMU_FOR_CHAT, 400},
    [EMU_TEXT_ERROR] = {"text_error", EMU_FOR_CHAT, 500},
    [EMU_EMPTY_ERROR] = {"empty_error", EMU_FOR_CHAT, 500},
    [EMU_401_ONCE] = {"401_once", EMU_FOR_CHAT, 0},
    [EMU_HTML] = {"html", EMU_FOR_CHAT, 502},
    [EMU_REDIRECT] = {"redirect", EMU_FOR_CHAT, 307},
    [EMU_CUT] = {"cut", EMU_FOR_CHAT, 3},
    [EMU_RESET] = {"reset", EMU_FOR_CHAT, 3},
    [EMU_STALL] = {"stall", EMU_FOR_CHAT, 3},
    [EMU_DRIBBLE] = {"dribble", EMU_FOR_CHAT, 0},
    [EMU_SLOW_FIRST_BYTE] = {"slow_first_byte", EMU_FOR_CHAT, 1000},
    [EMU_SLOW_BODY] = {"slow_body", EMU_FOR_CHAT, 1000},
    [EMU_GARBAGE] = {"garbage", EMU_FOR_CHAT, 2},
    [EMU_ERROR_IN_STREAM] = {"error_in_stream", EMU_FOR_CHAT, 2},
    [EMU_BARE_ERROR] = {"bare_error", EMU_FOR_CHAT, 2},
    [EMU_EVENT_ERROR] = {"event_error", EMU_FOR_CHAT, 2},
    [EMU_FIELD_ERROR] = {"field_error", EMU_FOR_CHAT, 2},
    [EMU_LINE_ERROR] = {"line_error", EMU_FOR_CHAT, 2},
    [EMU_GZIP] = {"gzip", EMU_FOR_CHAT, 0},
    [EMU_NO_DONE] = {"no_done", EMU_FOR_CHAT, 0},
    [EMU_NO_FINISH] = {"no_finish", EMU_FOR_CHAT, 0},
    [EMU_CONTENT_FILTER] = {"content_filter", EMU_FOR_CHAT, 0},
    [EMU_BIG_EVENT] = {"big_event", EMU_FOR_CHAT, 1 << 20},
    [EMU_CRLF] = {"crlf", EMU_FOR_CHAT, 0},
    [EMU_CR] = {"cr", EMU_FOR_CHAT, 0},
    [EMU_COMMENTS] = {"comments", EMU_FOR_CHAT, 0},
    [EMU_PACE] = {"pace", EMU_FOR_CHAT, 0},
    [EMU_LONG] = {"long", EMU_FOR_CHAT, 1000},
    [EMU_FLOOD] = {"flood", EMU_FOR_CHAT, 100000},
    [EMU_CLOSE_DELIMITED] = {"close_delimited", EMU_FOR_CHAT, 0},
    [EMU_DIALECT] = {"dialect", EMU_FOR_CHAT, 0},
    [EMU_OAUTH_STATUS] = {"oauth_status", EMU_FOR_OAUTH, 500},
    [EMU_OAUTH_503] = {"oauth_503", EMU_FOR_OAUTH, 0},
    [EMU_STS_STATUS] = {"sts_status", EMU_FOR_STS, 500},
    [EMU_STS_503] = {"sts_503", EMU_FOR_STS, 0},
    [EMU_IAM_STATUS] = {"iam_status", EMU_FOR_IAM, 500},
    [EMU_IAM_503] = {"iam_503", EMU_FOR_IAM, 0},
    [EMU_IAM_DENIED] = {"iam_denied", EMU_FOR_IAM, 0},
    [EMU_IAM_DISABLED] = {"iam_disabled", EMU_FOR_IAM, 0},
    [EMU_TOKEN_STATUS] = {"token_status", EMU_FOR_TOKEN, 500},
    [EMU_TOKEN_500] = {"token_500", EMU_FOR_TOKEN, 0},
    [EMU_TOKEN_503] = {"token_503", EMU_FOR_TOKEN, 0},
    [EMU_TOKEN_INVALID_GRANT] = {"token_invalid_grant", EMU_FOR_TOKEN, 0},
    [EMU_TOKEN_SLOW] = {"token_slow", EMU_FOR_TOKEN, 1000},
    [EMU_TOKEN_HTML] = {"token_html", EMU_FOR_TOKEN, 200},
    [EMU_TOKEN_RAPT] = {"token_rapt", EMU_FOR_TOKEN, 0},
    [EMU_TOKEN_GARBAGE] = {"token_garbage", EMU_FOR_TOKEN, 0},
    [EMU_TOKEN_HUGE] = {"token_huge", EMU_FOR_TOKEN, 0},
    [EMU_METADATA_STATUS] = {"metadata_status", EMU_FOR_METADATA, 500},
    [EMU_METADATA_404] = {"metadata_404", EMU_FOR_METADATA, 0},
    [EMU_METADATA_503] = {"metadata_503", EMU_FOR_METADATA, 0},
    [EMU_METADATA_SLOW] = {"metadata_slow", EMU_FOR_METADATA, 1000},
    [EMU_METADATA_NO_FLAVOR] = {"metadata_no_flavor", EMU_FOR_METADATA, 0},
    [EMU_METADATA_REFUSE] = {"metadata_refuse", EMU_FOR_METADATA, 0},
    [EMU_IMDS_STATUS] = {"imds_status", EMU_FOR_IMDS, 500},
    [EMU_IMDS_503] = {"imds_503", EMU_FOR_IMDS, 0},
    [EMU_TOKEN_RETRY_AFTER] = {"token_retry_after", EMU_FOR_REFUSAL, 1},
};

const char *emu_fault_name(int number) { return number >= 0 && number < EMU_FAULTS ? table[number].name : NULL; }

static int find(const char *name, size_t len) {
  for (int i = 0; i < EMU_FAULTS; i++)
    if (strlen(table[i].name) == len && memcmp(table[i].name, name, len) == 0) return i;
  return -1;
}

static bool take_arg(int number, const char *arg, size_t len, emu_fault *fault) {
  if (number == EMU_DIALECT) {
    if (len == 0 || len >= sizeof fault->dialect) return false;
    memcpy(fault->dialect, arg, len);
    fault->dialect[len] = '\0';
    return true;
  }
  char *end;
  errno = 0;
  long long value = strtoll(arg, &end, 10);
  if (errno || end != arg + len || len == 0 || value < 0 || value > 1000000000) return false;
  fault->arg[number] = value;
  return true;
}

static bool take_item(const char *item, size_t len, emu_fault *fault) {
  const char *equal = memchr(item, '=', len);
  size_t name_len = equal ? (size_t)(equal - item) : len;
  int number = find(item, name_len);
  if (number < 0) return false;
  fault->on[number] = true;
  fault->arg[number] = table[number].arg;
  return !equal || take_arg(number, equal + 1, len - name_len - 1, fault);
}

bool emu_fault_parse(const char *text, emu_fault *fault) {
  size_t used = strlen(fault->text), len = strlen(text);
  if (used + len + 2 > sizeof fault->text) return false;
  if (used) fault->text[used++] = ',';
  memcpy(fault->text + used, text, len + 1);
  while (*text) {
    size_t item = strcspn(text, ",");
    if (!take_item(text, item, fault)) return false;
    text += item;
    if (*text == ',') text++;
  }
  return true;
}

emu_fault_kind emu_fault_kind_of(const emu_fault *fault) {
  for (int i = 0; i < EMU_FAULTS; i++)
    if (fault->on[i]) return table[i].kind;
  return EMU_FOR_CHAT;
}

bool emu_faults_init(emu_faults *faults) {
  faults->count = 0;
  return cai_mutex_init(&faults->lock) == 0;
}

void emu_faults_fini(emu_faults *faults) { cai_mutex_fini(&faults->lock); }

bool emu_faults_add(emu_faults *faults, const emu_fault *fault, int64_t times) {
  cai_mutex_lock(&faults->lock);
  bool room = faults->count < EMU_FAULT_QUEUE;
  if (room) {
    faults->queue[faults->count].fault = *fault;
    faults->queue[faults->count].kind = emu_fault_kind_of(fault);
    faults->queue[faults->count++].times = times;
  }
  cai_mutex_unlock(&faults->lock);
  return room;
}

void emu_faults_clear(emu_faults *faults) {
  cai_mutex_lock(&faults->lock);
  faults->count = 0;
  cai_mutex_unlock(&faults->lock);
}

static void drop(emu_faults *faults, int at) {
  faults->count--;
  memmove(&faults->queue[at], &faults->queue[at + 1], (size_t)(faults->count - at) * sizeof faults->queue[0]);
}

bool emu_faults_take(emu_faults *faults, emu_fault_kind kind, emu_fault *fault) {
  bool found = false;
  cai_mutex_lock(&faults->lock);
  for (int i = 0; i < faults->count && !found; i++) {
    if (faults->queue[i].kind != kind) continue;
    *fault = faults->queue[i].fault;
    if (faults->queue[i].times > 0 && --faults->queue[i].times == 0) drop(faults, i);
    found = true;
  }
  cai_mutex_unlock(&faults->lock);
  return found;
}
