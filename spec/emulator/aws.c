/* SPDX-License-Identifier: MIT */
#include "aws.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

enum { SESSION_MAX_S = 21600, SESSION_TEXT = 96 };

static const char role[] = "emulator-role";
static const char imds[] = "/latest/";
static const char ecs[] = "/v2/credentials/";
static const char eks[] = "/eks/credentials";

static bool starts_with(const char *text, const char *prefix) { return strncmp(text, prefix, strlen(prefix)) == 0; }

bool emu_aws_is(const char *path) {
  return starts_with(path, imds) || starts_with(path, ecs) || strcmp(path, eks) == 0;
}

/* ---- sessions of IMDSv2: their end and a code that only we can make ---- */

static void make_session(const emu_state *emu, int64_t end_s, char text[SESSION_TEXT]) {
  unsigned char code[EVP_MAX_MD_SIZE] = "";
  unsigned size = 0;
  int len = snprintf(text, SESSION_TEXT, "AQAE-%" PRId64 "-", end_s);
  const char *secret = emu->identity.imds_secret;
  HMAC(EVP_sha256(), secret, (int)strlen(secret), (const unsigned char *)text, (size_t)len, code, &size);
  for (size_t i = 0; i < 16; i++) snprintf(text + len + 2 * i, 3, "%02x", code[i]);
}

static bool session_is_good(const emu_state *emu, const char *text) {
  char right[SESSION_TEXT];
  if (strncmp(text, "AQAE-", 5) != 0) return false;
  int64_t end_s = strtoll(text + 5, NULL, 10);
  make_session(emu, end_s, right);
  return strcmp(right, text) == 0 && end_s > cai_clock_ms() / 1000;
}

/* A request that came through a proxy gets none: the token must not leave the machine. */
static enum MHD_Result open_session(emu_exchange *exchange) {
  const char *text = emu_exchange_header(exchange, "X-aws-ec2-metadata-token-ttl-seconds");
  char session[SESSION_TEXT], *end = NULL;
  if (strcmp(exchange->method, "PUT") != 0) return emu_exchange_html(exchange, 405);
  if (emu_exchange_header(exchange, "X-Forwarded-For")) return emu_exchange_html(exchange, 403);
  long long ttl_s = text ? strtoll(text, &end, 10) : 0;
  if (ttl_s < 1 || ttl_s > SESSION_MAX_S || *end) return emu_exchange_html(exchange, 400);
  make_session(exchange->emu, cai_clock_ms() / 1000 + ttl_s, session);
  emu_exchange_set(exchange, "X-aws-ec2-metadata-token-ttl-seconds", text);
  return emu_exchange_text(exchange, 200, session);
}

/* ---- credentials ---- */

static enum MHD_Result give_keys(emu_exchange *exchange, const char *first) {
  const emu_aws_key *key = &exchange->emu->identity.aws_role;
  char now_text[32] = "", end_text[32] = "";
  struct tm parts;
  time_t now = (time_t)emu_now_s(exchange->emu), end = now + (time_t)exchange->emu->config.token_ttl_s;
  if (gmtime_r(&now, &parts)) strftime(now_text, sizeof now_text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  if (gmtime_r(&end, &parts)) strftime(end_text, sizeof end_text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  cai_buf json;
  cai_buf_init_secret(&json, 4096);
  cai_buf_format(&json,
                 "{\n  %s,\n  \"LastUpdated\": \"%s\",\n  \"AccessKeyId\": \"%s\",\n"
                 "  \"SecretAccessKey\": \"%s\",\n  \"Token\": \"%s\",\n  \"Expiration\": \"%s\"\n}\n",
                 first, now_text, key->id, key->secret, key->session, end_text);
  return emu_exchange_json(exchange, 200, &json);
}

/* `rest` is what stands behind "security-credentials". */
static enum MHD_Result about_role(emu_exchange *exchange, const char *rest) {
  if (strcmp(rest, "") == 0 || strcmp(rest, "/") == 0) return emu_exchange_text(exchange, 200, role);
  if (strcmp(rest + 1, role) != 0 || *rest != '/') return emu_exchange_html(exchange, 404);
  return give_keys(exchange, "\"Code\": \"Success\",\n  \"Type\": \"AWS-HMAC\"");
}

static enum MHD_Result about_machine(emu_exchange *exchange) {
  static const char keys[] = "meta-data/iam/security-credentials";
  const char *path = exchange->path + sizeof imds - 1;
  const char *session = emu_exchange_header(exchange, "X-aws-ec2-metadata-token");
  if (strcmp(path, "api/token") == 0) return open_session(exchange);
  if (strcmp(exchange->method, "GET") != 0) return emu_exchange_html(exchange, 405);
  if (session ? !session_is_good(exchange->emu, session) : exchange->emu->config.imdsv2_required)
    return emu_exchange_html(exchange, 401);
  if (strcmp(path, "meta-data/placement/availability-zone") == 0) return emu_exchange_text(exchange, 200, "us-east-2b");
  if (strcmp(path, "meta-data/placement/region") == 0) return emu_exchange_text(exchange, 200, "us-east-2");
  if (starts_with(path, keys)) return about_role(exchange, path + sizeof keys - 1);
  return emu_exchange_html(exchange, 404);
}

static enum MHD_Result about_container(emu_exchange *exchange) {
  const char *token = emu_exchange_header(exchange, "Authorization");
  if (strcmp(exchange->method, "GET") != 0) return emu_exchange_html(exchange, 405);
  if (strcmp(exchange->path, eks) == 0) {
    if (!token) return emu_exchange_html(exchange, 401);
    if (strcmp(token, exchange->emu->identity.eks_token) != 0) return emu_exchange_html(exchange, 403);
    return give_keys(exchange, "\"AccountId\": \"123456789012\"");
  }
  const char *id = exchange->path + sizeof ecs - 1;
  if (!*id || strchr(id, '/') || starts_with(id, "404")) return emu_exchange_html(exchange, 404);
  return give_keys(exchange, "\"RoleArn\": \"arn:aws:iam::123456789012:role/emulator-role\"");
}

enum MHD_Result emu_aws(emu_exchange *exchange) {
  const emu_fault *fault = &exchange->fault;
  enum MHD_Result answered;
  exchange->emu->stats.imds++;
  if (!emu_exchange_take_fault(exchange, EMU_FOR_IMDS, &answered)) return answered;
  if (fault->on[EMU_IMDS_503]) return emu_exchange_html(exchange, 503);
  if (fault->on[EMU_IMDS_STATUS]) return emu_exchange_html(exchange, (int)fault->arg[EMU_IMDS_STATUS]);
  return starts_with(exchange->path, imds) ? about_machine(exchange) : about_container(exchange);
}
