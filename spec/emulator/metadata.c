/* SPDX-License-Identifier: MIT */
#include "metadata.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "grant.h"

static enum MHD_Result give_token(emu_exchange *exchange) {
  char token[EMU_TOKEN_TEXT];
  int64_t ttl_s = exchange->emu->config.token_ttl_s;
  exchange->emu->stats.metadata_tokens++;
  if (!emu_grant_issue(exchange, ttl_s, token))
    return emu_exchange_text(exchange, 500, "The emulator is out of memory.\n");
  cai_buf json;
  cai_buf_init_secret(&json, 1024);
  cai_buf_format(&json, "{\"access_token\":\"%s\",\"expires_in\":%" PRId64 ",\"token_type\":\"Bearer\"}", token, ttl_s);
  return emu_exchange_json(exchange, 200, &json);
}

static enum MHD_Result give_account(emu_exchange *exchange) {
  cai_buf json;
  cai_buf_init(&json, 4096);
  cai_buf_format(
      &json,
      "{\"aliases\":[\"default\"],\"email\":\"%s\",\"scopes\":[\"https://www.googleapis.com/auth/cloud-platform\"]}",
      exchange->emu->identity.email);
  return emu_exchange_json(exchange, 200, &json);
}

static bool asks_recursively(const emu_exchange *exchange) {
  const char *recursive = emu_exchange_query(exchange, "recursive");
  return recursive && strcmp(recursive, "true") == 0;
}

/* `rest` stands behind the account's name and its slash. */
static enum MHD_Result about_account(emu_exchange *exchange, const char *rest) {
  if (strcmp(rest, "token") == 0) return give_token(exchange);
  if (strcmp(rest, "email") == 0) return emu_exchange_text(exchange, 200, exchange->emu->identity.email);
  if (strcmp(rest, "scopes") == 0)
    return emu_exchange_text(exchange, 200, "https://www.googleapis.com/auth/cloud-platform\n");
  if (*rest == '\0' && asks_recursively(exchange)) return give_account(exchange);
  if (*rest == '\0') return emu_exchange_text(exchange, 200, "aliases\nemail\nidentity\nscopes\ntoken\n");
  return emu_exchange_html(exchange, 404);
}

static enum MHD_Result find_account(emu_exchange *exchange, const char *name) {
  const char *email = exchange->emu->identity.email;
  size_t len = strcspn(name, "/");
  bool known = (len == 7 && memcmp(name, "default", 7) == 0) || (len == strlen(email) && memcmp(name, email, len) == 0);
  if (!known) return emu_exchange_html(exchange, 404);
  return about_account(exchange, name[len] ? name + len + 1 : name + len);
}

/* An older metadata server, or one in a cluster, does not know the path. */
static enum MHD_Result give_universe(emu_exchange *exchange) {
  char *universe = emu_vault_universe(&exchange->emu->vault);
  enum MHD_Result answered =
      universe && *universe ? emu_exchange_text(exchange, 200, universe) : emu_exchange_html(exchange, 404);
  cai_free(universe);
  return answered;
}

static enum MHD_Result find_value(emu_exchange *exchange, const char *path) {
  static const char accounts[] = "instance/service-accounts/";
  static const struct {
    const char *path;
    const char *value;
  } values[] = {
      {"", "instance/\noslogin/\nproject/\nuniverse/\n"},
      {"instance", "attributes/\nid\nname\nservice-accounts/\nzone\n"},
      {"instance/", "attributes/\nid\nname\nservice-accounts/\nzone\n"},
      {"instance/id", "1"},
      {"instance/name", "emulator"},
      {"instance/zone", "projects/" EMU_PROJECT_NUMBER "/zones/us-central1-a"},
      {"instance/region", "projects/" EMU_PROJECT_NUMBER "/regions/us-central1"},
      {"project/numeric-project-id", EMU_PROJECT_NUMBER},
  };
  if (strcmp(path, "project/project-id") == 0) return emu_exchange_text(exchange, 200, exchange->emu->options.project);
  if (strcmp(path, "universe/universe-domain") == 0 || strcmp(path, "universe/universe_domain") == 0)
    return give_universe(exchange);
  if (strcmp(path, accounts) == 0) {
    char list[200];
    snprintf(list, sizeof list, "default/\n%s/\n", exchange->emu->identity.email);
    return emu_exchange_text(exchange, 200, list);
  }
  if (strncmp(path, accounts, sizeof accounts - 1) == 0) return find_account(exchange, path + sizeof accounts - 1);
  for (size_t i = 0; i < sizeof values / sizeof *values; i++)
    if (strcmp(path, values[i].path) == 0) return emu_exchange_text(exchange, 200, values[i].value);
  return emu_exchange_html(exchange, 404);
}

static bool fault_applies(emu_exchange *exchange, enum MHD_Result *answered) {
  const emu_fault *fault = &exchange->fault;
  if (!emu_exchange_take_fault(exchange, EMU_FOR_METADATA, answered)) return true;
  if (fault->on[EMU_METADATA_SLOW]) emu_exchange_wait(exchange, fault->arg[EMU_METADATA_SLOW]);
  if (!fault->on[EMU_METADATA_NO_FLAVOR]) emu_exchange_set(exchange, "Metadata-Flavor", "Google");
  emu_exchange_set(exchange, "Server", "Metadata Server for VM");
  int status = fault->on[EMU_METADATA_404]      ? 404
               : fault->on[EMU_METADATA_REFUSE] ? 403
               : fault->on[EMU_METADATA_503]    ? 503
               : fault->on[EMU_METADATA_STATUS] ? (int)fault->arg[EMU_METADATA_STATUS]
                                                : 0;
  if (status) *answered = emu_exchange_html(exchange, status);
  return status != 0;
}

/* A request with X-Forwarded-For came through a proxy, which must never see a token. */
enum MHD_Result emu_metadata(emu_exchange *exchange) {
  static const char root[] = "/computeMetadata/v1/";
  enum MHD_Result answered;
  if (fault_applies(exchange, &answered)) return answered;
  if (strcmp(exchange->method, "GET") != 0 && strcmp(exchange->method, "HEAD") != 0)
    return emu_exchange_html(exchange, 405);
  if (strcmp(exchange->path, "/") == 0) return emu_exchange_text(exchange, 200, "computeMetadata/\n");
  const char *flavor = emu_exchange_header(exchange, "Metadata-Flavor");
  if (!flavor || strcmp(flavor, "Google") != 0 || emu_exchange_header(exchange, "X-Forwarded-For"))
    return emu_exchange_html(exchange, 403);
  if (strncmp(exchange->path, root, sizeof root - 1) != 0) return emu_exchange_html(exchange, 404);
  return find_value(exchange, exchange->path + sizeof root - 1);
}
