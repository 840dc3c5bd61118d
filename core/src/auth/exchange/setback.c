/* SPDX-License-Identifier: MIT */
#include "setback.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../base/alloc.h"
#include "../../base/json.h"
#include "../../base/timestamp.h"
#include "advice.h"
#include "chatabi.h"
#include "mask.h"

static const int64_t FIRST_DATE_MS = 1577836800000 /* 2020 */, LAST_DATE_MS = 4102444800000 /* 2100 */;

enum { SKEW_MS = 60000, MAX_RETRY_AFTER_MS = 300000, WORDS = 400, LINK = 256 };

void cai_setback_clear(cai_setback *setback) {
  memset(setback, 0, sizeof *setback);
  cai_err_clear(&setback->err);
}

/* What else the server says about it, made fit for messages. */
typedef struct refusal {
  char words[WORDS];
  char service[CAI_SETBACK_WORD];
  char url[LINK];
} refusal;

static bool is_error_info(const cJSON *detail) {
  const char *type = cai_json_string(detail, "@type");
  return type && strstr(type, "google.rpc.ErrorInfo");
}

static void read_details(const cJSON *object, const char *const *secrets, cai_setback *setback, refusal *found) {
  const cJSON *detail;
  cJSON_ArrayForEach(detail, cJSON_GetObjectItemCaseSensitive(object, "details")) {
    if (!is_error_info(detail)) continue;
    const cJSON *metadata = cai_json_object(detail, "metadata");
    cai_mask_tidy(setback->reason, sizeof setback->reason, cai_json_string(detail, "reason"), secrets);
    cai_mask_tidy(found->service, sizeof found->service, cai_json_string(metadata, "service"), secrets);
    cai_mask_tidy(found->url, sizeof found->url, cai_json_string(metadata, "activationUrl"), secrets);
    return;
  }
}

/* "error" is text in OAuth's shape and an object in Google's. */
static void read_refusal(const cJSON *tree, const char *const *secrets, cai_setback *setback, refusal *found) {
  const cJSON *object = cai_json_object(tree, "error");
  cai_mask_tidy(setback->error, sizeof setback->error,
                object ? cai_json_string(object, "status") : cai_json_string(tree, "error"), secrets);
  cai_mask_tidy(setback->subtype, sizeof setback->subtype, cai_json_string(tree, "error_subtype"), secrets);
  cai_mask_tidy(found->words, sizeof found->words,
                object ? cai_json_string(object, "message") : cai_json_string(tree, "error_description"), secrets);
  if (object) read_details(object, secrets, setback, found);
  size_t len = strlen(found->words);
  if (len && found->words[len - 1] == '.') found->words[len - 1] = '\0';
}

static bool is_one_of(const char *text, const char *const *words) {
  for (; text && *words; words++)
    if (strcmp(text, *words) == 0) return true;
  return false;
}

static bool is_transient_status(int status) { return status == 408 || status == 429 || status >= 500; }

static bool is_transient_transport(int code) {
  return code == CHATABI_E_DNS || code == CHATABI_E_CONNECT || code == CHATABI_E_TIMEOUT ||
         code == CHATABI_E_DISCONNECT || code == CHATABI_E_TRUNCATED;
}

static int64_t read_retry_after(const char *text, cai_now now) {
  if (!text) return 0;
  char *end;
  long seconds = strtol(text, &end, 10);
  if (seconds > MAX_RETRY_AFTER_MS / 1000) seconds = MAX_RETRY_AFTER_MS / 1000;
  if (seconds < 0) seconds = 0;
  int64_t wait_ms = end != text && *end == '\0' ? (int64_t)seconds * 1000 : cai_timestamp_http(text) - now.wall_ms;
  if (wait_ms < 0) return 0;
  return wait_ms > MAX_RETRY_AFTER_MS ? MAX_RETRY_AFTER_MS : wait_ms;
}

static void read_clock(cai_setback *setback, const cai_exchange *exchange, const refusal *found, cai_now now,
                       const cai_http_reply *reply) {
  int64_t server_ms = cai_timestamp_http(cai_headers_get(&reply->headers, "Date"));
  /* A clock that says another age is not one to go by. */
  if (server_ms >= FIRST_DATE_MS && server_ms < LAST_DATE_MS) setback->skew_ms = server_ms - now.wall_ms;
  if (strcmp(setback->error, "invalid_grant") != 0) return;
  int64_t off_ms = setback->skew_ms - exchange->dated_skew_ms;
  bool far = off_ms > SKEW_MS || off_ms < -SKEW_MS;
  setback->bad_time = (far && exchange->dated) || strstr(found->words, "reasonable timeframe") != NULL;
}

static void write_refusal(cai_setback *setback, const cai_exchange *exchange, const refusal *found) {
  const char *verb = setback->transient ? "could not serve" : "refused";
  const char *error = setback->error, *words = found->words, *hint = setback->hint;
  const char *detail = *setback->subtype ? setback->subtype : setback->reason;
  cai_err_set(&setback->err, CHATABI_E_AUTH_EXCHANGE, "%s %s the credential of %s: HTTP status %d%s%s%s%s%s%s%s.%s%s",
              exchange->server, verb, exchange->origin, setback->http_status, *error ? ", " : "", error,
              *detail ? " (" : "", detail, *detail ? ")" : "", *words ? ": " : "", words, *hint ? " " : "", hint);
}

static void read_status(cai_setback *setback, const cai_exchange *exchange, cai_now now, const cai_http_reply *reply) {
  static const char *const passing[] = {"internal_failure", "server_error", "temporarily_unavailable", NULL};
  refusal found = {{0}, {0}, {0}};
  cJSON *tree = reply->body.len ? cai_json_parse(reply->body.data, reply->body.len, "the reply", NULL) : NULL;
  if (tree) read_refusal(tree, exchange->secrets, setback, &found);
  cai_json_free_secret(tree);
  setback->http_status = reply->status;
  setback->transient = is_transient_status(reply->status) || is_one_of(setback->error, passing);
  setback->retry_after_ms = read_retry_after(cai_headers_get(&reply->headers, "Retry-After"), now);
  read_clock(setback, exchange, &found, now, reply);
  cai_advice_write(setback, exchange, found.words, found.service, found.url);
  write_refusal(setback, exchange, &found);
}

void cai_setback_read(cai_setback *setback, const cai_exchange *exchange, cai_now now, const cai_http_reply *reply) {
  cai_setback_clear(setback);
  setback->stage = exchange->stage;
  if (reply->status) {
    read_status(setback, exchange, now, reply);
    return;
  }
  setback->transient = is_transient_transport(reply->err.code);
  cai_err_set(&setback->err, CHATABI_E_AUTH_EXCHANGE, "No answer from %s for the credential of %s: %s",
              exchange->server, exchange->origin,
              reply->err.message[0] ? reply->err.message : cai_err_text(reply->err.code));
}

const char *cai_stage_name(cai_stage stage) {
  static const char *const names[] = {[CAI_STAGE_LOCATE] = "locate",  [CAI_STAGE_SUBJECT_TOKEN] = "subject_token",
                                      [CAI_STAGE_STS] = "sts",        [CAI_STAGE_IMPERSONATE] = "impersonate",
                                      [CAI_STAGE_OAUTH] = "oauth",    [CAI_STAGE_METADATA] = "metadata",
                                      [CAI_STAGE_COMMAND] = "command"};
  return names[stage];
}

static bool add_word(cJSON *object, const char *name, const char *word) {
  return !*word || cJSON_AddStringToObject(object, name, word);
}

bool cai_setback_describe(const cai_setback *setback, cJSON *object) {
  return add_word(object, "stage", cai_stage_name(setback->stage)) &&
         (!setback->http_status || cJSON_AddNumberToObject(object, "http_status", setback->http_status)) &&
         add_word(object, "error", setback->error) && add_word(object, "error_subtype", setback->subtype) &&
         add_word(object, "reason", setback->reason) &&
         cJSON_AddBoolToObject(object, "transient", setback->transient) && add_word(object, "hint", setback->hint);
}
