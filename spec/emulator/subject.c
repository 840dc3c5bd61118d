/* SPDX-License-Identifier: MIT */
#include "subject.h"

#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/scan.h"

static enum MHD_Result give(emu_exchange *exchange, const char *token) {
  if (strcmp(exchange->path, "/subject/text") == 0) return emu_exchange_text(exchange, 200, token);
  cai_buf json;
  cai_buf_init_secret(&json, 1 << 16);
  cai_buf_text(&json, "{\"id_token\":");
  cai_scan_quote(&json, token, strlen(token));
  cai_buf_text(&json, ",\"token_type\":\"Bearer\",\"expires_in\":3600}");
  return emu_exchange_json(exchange, 200, &json);
}

enum MHD_Result emu_subject(emu_exchange *exchange) {
  const char *header = emu_exchange_header(exchange, "Metadata");
  if (strcmp(exchange->path, "/subject/text") != 0 && strcmp(exchange->path, "/subject/json") != 0)
    return emu_exchange_html(exchange, 404);
  if (strcmp(exchange->method, "GET") != 0) return emu_exchange_html(exchange, 405);
  if (exchange->emu->config.subject_header && (!header || strcasecmp(header, "true") != 0))
    return emu_exchange_html(exchange, 400);
  char *token = emu_vault_subject(&exchange->emu->vault);
  enum MHD_Result answered =
      token ? give(exchange, token) : emu_exchange_text(exchange, 500, "The emulator is out of memory.\n");
  cai_free_secret(token);
  return answered;
}
