/* SPDX-License-Identifier: MIT */
#include "control.h"

#include <inttypes.h>
#include <string.h>

#include "base/json.h"

static enum MHD_Result ok(emu_exchange *exchange) {
  return emu_exchange_reply(exchange, 200, "application/json", "{\"ok\":true}\n", 12);
}

static enum MHD_Result wrong(emu_exchange *exchange, const char *message) {
  return emu_exchange_text(exchange, 400, message);
}

/* The body as an object to be deleted by the caller; NULL when it is none. */
static cJSON *body_object(const emu_exchange *exchange) {
  cJSON *body = cai_json_parse(cai_buf_view(&exchange->body), exchange->body.len, "body", NULL);
  if (cJSON_IsObject(body)) return body;
  cJSON_Delete(body);
  return NULL;
}

static enum MHD_Result add_fault(emu_exchange *exchange) {
  cJSON *body = body_object(exchange);
  const char *text = cai_json_string(body, "fault");
  int64_t times = cai_json_int(body, "times", 1);
  emu_fault fault = {.text = ""};
  bool known = text && *text && (times > 0 || times == -1) && emu_fault_parse(text, &fault);
  cJSON_Delete(body);
  if (!known)
    return wrong(exchange, "Want {\"fault\":\"NAME[=N],...\",\"times\":N}; GET /emulator/faults lists the names.\n");
  if (!emu_faults_add(&exchange->emu->faults, &fault, times)) return wrong(exchange, "Too many faults are waiting.\n");
  return ok(exchange);
}

static enum MHD_Result list_faults(emu_exchange *exchange) {
  cai_buf json;
  cai_buf_init(&json, 4096);
  const char *name;
  for (int i = 0; (name = emu_fault_name(i)); i++) cai_buf_format(&json, "%s\"%s\"", i ? "," : "[", name);
  cai_buf_text(&json, "]\n");
  return emu_exchange_json(exchange, 200, &json);
}

static void take_config(emu_config *config, const cJSON *body) {
  config->pace_ms = cai_json_int(body, "pace_ms", config->pace_ms);
  config->token_ttl_s = cai_json_int(body, "token_ttl_s", config->token_ttl_s);
  config->clock_skew_s = cai_json_int(body, "clock_skew_s", config->clock_skew_s);
  const cJSON *bodies = cJSON_GetObjectItemCaseSensitive(body, "journal_bodies");
  if (cJSON_IsBool(bodies)) config->journal_bodies = cJSON_IsTrue(bodies);
}

/* A misspelt name must not look like one that was obeyed. */
static bool config_is_known(const cJSON *body) {
  static const char *const names[] = {"pace_ms", "token_ttl_s", "clock_skew_s", "journal_bodies"};
  const cJSON *item;
  cJSON_ArrayForEach(item, body) {
    bool found = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) found = found || strcmp(item->string, names[i]) == 0;
    if (!found || (!cJSON_IsNumber(item) && !cJSON_IsBool(item))) return false;
  }
  return true;
}

static enum MHD_Result set_config(emu_exchange *exchange) {
  cJSON *body = body_object(exchange);
  bool known = body && config_is_known(body);
  if (known) take_config(&exchange->emu->config, body);
  cJSON_Delete(body);
  return known ? ok(exchange)
               : wrong(exchange, "Want an object of pace_ms, token_ttl_s, clock_skew_s, journal_bodies.\n");
}

static enum MHD_Result show_config(emu_exchange *exchange) {
  const emu_config *config = &exchange->emu->config;
  cai_buf json;
  cai_buf_init(&json, 1024);
  cai_buf_format(&json,
                 "{\"pace_ms\":%" PRId64 ",\"token_ttl_s\":%" PRId64 ",\"clock_skew_s\":%" PRId64
                 ",\"journal_bodies\":%s}\n",
                 config->pace_ms, config->token_ttl_s, config->clock_skew_s, config->journal_bodies ? "true" : "false");
  return emu_exchange_json(exchange, 200, &json);
}

static enum MHD_Result show_journal(emu_exchange *exchange) {
  cai_buf json;
  cai_buf_init(&json, (size_t)1 << 30);
  emu_journal_write(&exchange->emu->journal, &json);
  return emu_exchange_json(exchange, 200, &json);
}

static enum MHD_Result show_stats(emu_exchange *exchange) {
  const emu_stats *stats = &exchange->emu->stats;
  cai_buf json;
  cai_buf_init(&json, 1024);
  cai_buf_format(&json,
                 "{\"chat\":%" PRIuLEAST64 ",\"token_exchanges\":%" PRIuLEAST64 ",\"metadata_tokens\":%" PRIuLEAST64
                 ",\"active\":%" PRIuLEAST64 ",\"disconnected\":%" PRIuLEAST64 ",\"requests\":%" PRIuLEAST64 "}\n",
                 stats->chat, stats->token_exchanges, stats->metadata_tokens, stats->active, stats->disconnected,
                 stats->requests);
  return emu_exchange_json(exchange, 200, &json);
}

static enum MHD_Result clear_journal(emu_exchange *exchange) {
  emu_journal_clear(&exchange->emu->journal);
  return ok(exchange);
}

static enum MHD_Result clear_faults(emu_exchange *exchange) {
  emu_faults_clear(&exchange->emu->faults);
  return ok(exchange);
}

static enum MHD_Result revoke_tokens(emu_exchange *exchange) {
  emu_tokens_revoke_all(&exchange->emu->tokens);
  return ok(exchange);
}

/* A fresh token for scripts, without a credential. */
static enum MHD_Result give_token(emu_exchange *exchange) {
  char token[EMU_TOKEN_TEXT];
  int64_t ttl_s = exchange->emu->config.token_ttl_s;
  uint64_t serial = emu_tokens_issue(&exchange->emu->tokens, ttl_s, token);
  if (!serial) return emu_exchange_text(exchange, 500, "The emulator is out of memory.\n");
  cai_buf json;
  cai_buf_init_secret(&json, 1024);
  cai_buf_format(&json, "{\"access_token\":\"%s\",\"expires_in\":%" PRId64 ",\"serial\":%" PRIu64 "}\n", token, ttl_s,
                 serial);
  return emu_exchange_json(exchange, 200, &json);
}

enum MHD_Result emu_control(emu_exchange *exchange) {
  static const struct {
    const char *method;
    const char *path;
    enum MHD_Result (*handle)(emu_exchange *exchange);
  } handlers[] = {
      {"GET", "journal", show_journal}, {"DELETE", "journal", clear_journal}, {"GET", "stats", show_stats},
      {"GET", "faults", list_faults},   {"POST", "faults", add_fault},        {"DELETE", "faults", clear_faults},
      {"GET", "config", show_config},   {"POST", "config", set_config},       {"DELETE", "tokens", revoke_tokens},
      {"POST", "tokens", give_token},
  };
  const char *path = exchange->path + strlen("/emulator/");
  for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++)
    if (strcmp(handlers[i].path, path) == 0 && strcmp(handlers[i].method, exchange->method) == 0)
      return handlers[i].handle(exchange);
  return emu_exchange_text(exchange, 404, "No such thing here: see spec/emulator/README.md.\n");
}
