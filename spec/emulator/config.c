/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/scan.h"

void emu_config_init(emu_config *config, const emu_options *options) {
  config->pace_ms = options->pace_ms;
  config->token_ttl_s = options->token_ttl_s;
  config->journal_bodies = options->journal_bodies;
  config->self_signed_jwt = !options->no_self_signed_jwt;
  config->sts_expires_in = true;
  config->rotate_refresh_tokens = true;
  config->imdsv2_required = true;
}

typedef struct numeral {
  const char *name;
  _Atomic int64_t *value;
} numeral;

typedef struct flag {
  const char *name;
  _Atomic bool *value;
} flag;

enum { NUMERALS = 3, FLAGS = 8 };

typedef struct config_table {
  numeral numerals[NUMERALS];
  flag flags[FLAGS];
} config_table;

static config_table table_of(emu_config *config) {
  return (config_table){
      {{"pace_ms", &config->pace_ms}, {"token_ttl_s", &config->token_ttl_s}, {"clock_skew_s", &config->clock_skew_s}},
      {{"journal_bodies", &config->journal_bodies},
       {"self_signed_jwt", &config->self_signed_jwt},
       {"sts_expires_in", &config->sts_expires_in},
       {"rotate_refresh_tokens", &config->rotate_refresh_tokens},
       {"rotate_user_tokens", &config->rotate_user_tokens},
       {"iam_fraction", &config->iam_fraction},
       {"imdsv2_required", &config->imdsv2_required},
       {"subject_header", &config->subject_header}}};
}

static bool is_text(const cJSON *item) {
  return strcmp(item->string, "universe_domain") == 0 || strcmp(item->string, "subject_token") == 0;
}

/* A misspelt name must not look like one that was obeyed, nor a value of another type. */
static bool is_known(const config_table *table, const cJSON *body) {
  const cJSON *item;
  cJSON_ArrayForEach(item, body) {
    bool found = cJSON_IsString(item) && is_text(item);
    if (strcmp(item->string, "refuse_locations") == 0) found = cJSON_IsObject(item);
    for (int i = 0; i < NUMERALS; i++)
      found = found || (cJSON_IsNumber(item) && strcmp(item->string, table->numerals[i].name) == 0 &&
                        cai_json_int(body, item->string, INT64_MIN) != INT64_MIN);
    for (int i = 0; i < FLAGS; i++)
      found = found || (cJSON_IsBool(item) && strcmp(item->string, table->flags[i].name) == 0);
    if (!found) return false;
  }
  return true;
}

static bool take_texts(emu_state *emu, const cJSON *body) {
  const char *universe = cai_json_string(body, "universe_domain"), *subject = cai_json_string(body, "subject_token");
  const cJSON *regions = cJSON_GetObjectItemCaseSensitive(body, "refuse_locations");
  return (!regions || emu_regions_set(&emu->regions, regions)) &&
         (!universe || emu_vault_set_universe(&emu->vault, universe)) &&
         (!subject || emu_vault_set_subject(&emu->vault, subject, &emu->directory));
}

/* A test that switches rotation begins with the tokens that stand in the files. */
static void restore_refresh_tokens(emu_state *emu, const cJSON *body) {
  if (cJSON_GetObjectItemCaseSensitive(body, "rotate_refresh_tokens"))
    emu_vault_set_refresh(&emu->vault, EMU_WORKFORCE, emu->identity.workforce_token);
  if (cJSON_GetObjectItemCaseSensitive(body, "rotate_user_tokens"))
    emu_vault_set_refresh(&emu->vault, EMU_USER, emu->identity.refresh_token);
}

static bool take(emu_state *emu, const cJSON *body) {
  config_table table = table_of(&emu->config);
  if (!cJSON_IsObject(body) || !is_known(&table, body) || !take_texts(emu, body)) return false;
  for (int i = 0; i < NUMERALS; i++)
    *table.numerals[i].value = cai_json_int(body, table.numerals[i].name, *table.numerals[i].value);
  for (int i = 0; i < FLAGS; i++) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(body, table.flags[i].name);
    if (item) *table.flags[i].value = cJSON_IsTrue(item);
  }
  restore_refresh_tokens(emu, body);
  return true;
}

enum MHD_Result emu_config_set(emu_exchange *exchange) {
  cJSON *body = cai_json_parse(cai_buf_view(&exchange->body), exchange->body.len, "body", NULL);
  bool taken = take(exchange->emu, body);
  cai_json_free_secret(body);
  if (taken) return emu_exchange_reply(exchange, 200, "application/json", "{\"ok\":true}\n", 12);
  return emu_exchange_text(exchange, 400,
                           "Want an object of names that GET /emulator/config shows, or subject_token.\n");
}

enum MHD_Result emu_config_show(emu_exchange *exchange) {
  config_table table = table_of(&exchange->emu->config);
  char *universe = emu_vault_universe(&exchange->emu->vault);
  cai_buf json;
  cai_buf_init(&json, 4096);
  for (int i = 0; i < NUMERALS; i++)
    cai_buf_format(&json, "%s\"%s\":%" PRId64, i ? "," : "{", table.numerals[i].name, *table.numerals[i].value);
  for (int i = 0; i < FLAGS; i++)
    cai_buf_format(&json, ",\"%s\":%s", table.flags[i].name, *table.flags[i].value ? "true" : "false");
  cai_buf_text(&json, ",\"refuse_locations\":");
  emu_regions_write(&exchange->emu->regions, &json);
  cai_buf_text(&json, ",\"universe_domain\":");
  if (universe)
    cai_scan_quote(&json, universe, strlen(universe));
  else
    cai_buf_text(&json, "null");
  cai_buf_text(&json, "}\n");
  cai_free(universe);
  return emu_exchange_json(exchange, 200, &json);
}
