/* SPDX-License-Identifier: MIT */
#include "control.h"

#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "config.h"

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

static enum MHD_Result show_journal(emu_exchange *exchange) {
  cai_buf json;
  cai_buf_init(&json, (size_t)1 << 30);
  emu_journal_write(&exchange->emu->journal, &json);
  return emu_exchange_json(exchange, 200, &json);
}

static enum MHD_Result show_stats(emu_exchange *exchange) {
  const emu_stats *stats = &exchange->emu->stats;
  const struct {
    const char *name;
    uint64_t value;
  } counters[] = {{"chat", stats->chat},
                  {"token_exchanges", stats->token_exchanges},
                  {"oauth", stats->oauth},
                  {"sts", stats->sts},
                  {"iam", stats->iam},
                  {"gdch", stats->gdch},
                  {"metadata_tokens", stats->metadata_tokens},
                  {"imds", stats->imds},
                  {"active", stats->active},
                  {"disconnected", stats->disconnected},
                  {"requests", stats->requests}};
  cai_buf json;
  cai_buf_init(&json, 1024);
  for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
    cai_buf_format(&json, "%s\"%s\":%" PRIu64, i ? "," : "{", counters[i].name, counters[i].value);
  cai_buf_text(&json, "}\n");
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
      {"GET", "journal", show_journal},   {"DELETE", "journal", clear_journal}, {"GET", "stats", show_stats},
      {"GET", "faults", list_faults},     {"POST", "faults", add_fault},        {"DELETE", "faults", clear_faults},
      {"GET", "config", emu_config_show}, {"POST", "config", emu_config_set},   {"DELETE", "tokens", revoke_tokens},
      {"POST", "tokens", give_token},
  };
  const char *path = exchange->path + strlen("/emulator/");
  for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++)
    if (strcmp(handlers[i].path, path) == 0 && strcmp(handlers[i].method, exchange->method) == 0)
      return handlers[i].handle(exchange);
  return emu_exchange_text(exchange, 404, "No such thing here: see spec/emulator/README.md.\n");
}
