/* SPDX-License-Identifier: MIT */
#include "setback.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../base/alloc.h"
#include "../../base/json.h"
#include "../../base/utf8.h"
#include "chatabi.h"

enum { SKEW_MS = 60000, MAX_RETRY_AFTER_MS = 300000, WORDS = 400, HINT = 200, SHORTEST_SECRET = 6, TELLING_PART = 16 };

void cai_setback_clear(cai_setback *setback) {
  memset(setback, 0, sizeof *setback);
  cai_err_clear(&setback->err);
}

/* The refusal in the server's words, borrowed from the reply's tree. */
typedef struct refusal {
  const char *code;
  const char *subtype;
  char words[WORDS];
} refusal;

static int hex(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

/* How many bytes at the beginning of `text` are the secret or a good part of it, as it is or as the form encoded it. */
static size_t secret_len(const char *text, const char *secret) {
  const char *at = text, *begin = secret;
  for (; *secret; secret++) {
    int high = at[0] == '%' ? hex(at[1]) : -1;
    int low = high < 0 ? -1 : hex(at[2]);
    if (*at == *secret)
      at++;
    else if (low >= 0 && high * 16 + low == (unsigned char)*secret)
      at += 3;
    else
      break;
  }
  return *secret && secret - begin < TELLING_PART ? 0 : (size_t)(at - text);
}

/* What is shorter than any real secret would tear words apart. */
static size_t any_secret_len(const char *text, const char *const *secrets) {
  size_t longest = 0;
  for (; secrets && *secrets; secrets++) {
    size_t len = strlen(*secrets) < SHORTEST_SECRET ? 0 : secret_len(text, *secrets);
    if (len > longest) longest = len;
  }
  return longest;
}

/* Foreign text for a message: valid UTF-8, one line, not too long, and nothing that only we and the server know. */
static void tidy(char *out, size_t size, const char *text, const char *const *secrets) {
  static const char mask[] = "[secret]";
  size_t len = text ? strlen(text) : 0, used = 0;
  while (len) {
    size_t hidden = any_secret_len(text, secrets);
    if (hidden) {
      if (used + sizeof mask > size) break;
      memcpy(out + used, mask, sizeof mask - 1);
      used += sizeof mask - 1, text += hidden, len -= hidden;
      continue;
    }
    size_t step = cai_utf8_size(text, len);
    bool plain = step && (unsigned char)text[0] >= 0x20 && text[0] != 0x7f;
    if (!step) step = 1;
    if (used + step >= size) break;
    if (plain)
      memcpy(out + used, text, step);
    else
      memset(out + used, ' ', step);
    used += step, text += step, len -= step;
  }
  out[used] = '\0';
}

static void read_refusal(const cJSON *tree, const char *const *secrets, refusal *found) {
  const cJSON *object = cai_json_object(tree, "error");
  found->code = object ? cai_json_string(object, "status") : cai_json_string(tree, "error");
  found->subtype = cai_json_string(tree, "error_subtype");
  tidy(found->words, sizeof found->words,
       object ? cai_json_string(object, "message") : cai_json_string(tree, "error_description"), secrets);
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

static int64_t date_ms(const char *text) {
  time_t seconds = text ? curl_getdate(text, NULL) : -1;
  return seconds < 0 ? -1 : (int64_t)seconds * 1000;
}

static int64_t read_retry_after(const char *text, cai_now now) {
  if (!text) return 0;
  char *end;
  long seconds = strtol(text, &end, 10);
  if (seconds > MAX_RETRY_AFTER_MS / 1000) seconds = MAX_RETRY_AFTER_MS / 1000;
  if (seconds < 0) seconds = 0;
  int64_t wait_ms = end != text && *end == '\0' ? (int64_t)seconds * 1000 : date_ms(text) - now.wall_ms;
  if (wait_ms < 0) return 0;
  return wait_ms > MAX_RETRY_AFTER_MS ? MAX_RETRY_AFTER_MS : wait_ms;
}

static void read_clock(cai_setback *setback, const refusal *found, cai_now now, const cai_http_reply *reply) {
  int64_t server_ms = date_ms(cai_headers_get(&reply->headers, "Date"));
  if (server_ms >= 0) setback->skew_ms = server_ms - now.wall_ms;
  if (!found->code || strcmp(found->code, "invalid_grant") != 0) return;
  bool far = setback->skew_ms > SKEW_MS || setback->skew_ms < -SKEW_MS;
  setback->bad_time = far || strstr(found->words, "reasonable timeframe") != NULL;
}

static void write_clock_hint(char *hint, size_t size, int64_t skew_ms) {
  if (skew_ms > -SKEW_MS && skew_ms < SKEW_MS)
    snprintf(hint, size, " Check this machine's clock.");
  else
    snprintf(hint, size, " Your clock is %lld s %s: set it right.",
             (long long)(skew_ms < 0 ? -skew_ms : skew_ms) / 1000, skew_ms < 0 ? "ahead" : "behind");
}

static void write_hint(char *hint, size_t size, const cai_setback *setback, const refusal *found, const char *advice) {
  static const char *const reauth[] = {"invalid_rapt", "rapt_required", NULL};
  hint[0] = '\0';
  if (is_one_of(found->subtype, reauth))
    snprintf(hint, size, " Your organisation asks for a new sign-in: run `gcloud auth application-default login`.");
  else if (setback->bad_time)
    write_clock_hint(hint, size, setback->skew_ms);
  else if (found->code && strcmp(found->code, "invalid_grant") == 0)
    snprintf(hint, size, " %s", advice);
}

static void write_refusal(cai_setback *setback, const cai_exchange *exchange, const refusal *found, int status) {
  char code[64], subtype[64], hint[HINT];
  tidy(code, sizeof code, found->code, exchange->secrets);
  tidy(subtype, sizeof subtype, found->subtype, exchange->secrets);
  write_hint(hint, sizeof hint, setback, found, exchange->advice);
  const char *verb = setback->transient ? "could not serve" : "refused";
  cai_err_set(&setback->err, CHATABI_E_AUTH_EXCHANGE, "%s %s the credential of %s: HTTP status %d%s%s%s%s%s%s%s.%s",
              exchange->server, verb, exchange->origin, status, *code ? ", " : "", code, *subtype ? " (" : "", subtype,
              *subtype ? ")" : "", *found->words ? ": " : "", found->words, hint);
}

static void read_status(cai_setback *setback, const cai_exchange *exchange, cai_now now, const cai_http_reply *reply) {
  static const char *const passing[] = {"internal_failure", "server_error", "temporarily_unavailable", NULL};
  refusal found = {0};
  cJSON *tree = reply->body.len ? cai_json_parse(reply->body.data, reply->body.len, "the reply", NULL) : NULL;
  if (tree) read_refusal(tree, exchange->secrets, &found);
  size_t len = strlen(found.words);
  if (len && found.words[len - 1] == '.') found.words[len - 1] = '\0';
  setback->transient = is_transient_status(reply->status) || is_one_of(found.code, passing);
  setback->retry_after_ms = read_retry_after(cai_headers_get(&reply->headers, "Retry-After"), now);
  read_clock(setback, &found, now, reply);
  write_refusal(setback, exchange, &found, reply->status);
  cai_json_free_secret(tree);
}

void cai_setback_read(cai_setback *setback, const cai_exchange *exchange, cai_now now, const cai_http_reply *reply) {
  cai_setback_clear(setback);
  if (reply->status) {
    read_status(setback, exchange, now, reply);
    return;
  }
  setback->transient = is_transient_transport(reply->err.code);
  cai_err_set(&setback->err, CHATABI_E_AUTH_EXCHANGE, "No answer from %s for the credential of %s: %s",
              exchange->server, exchange->origin,
              reply->err.message[0] ? reply->err.message : cai_err_text(reply->err.code));
}
