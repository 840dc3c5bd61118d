/* SPDX-License-Identifier: MIT */
#include "grant.h"

#include <stdbool.h>
#include <string.h>

#include "../../base/alloc.h"
#include "../../base/json.h"
#include "chatabi.h"

enum { MAX_LIFE_S = 7 * 24 * 3600 };

void cai_grant_init(cai_grant *grant) { memset(grant, 0, sizeof *grant); }

void cai_grant_fini(cai_grant *grant) {
  cai_free_secret(grant->access_token);
  cai_free_secret(grant->refresh_token);
  cai_grant_init(grant);
}

int cai_grant_ask(cai_http_request *request, const char *url) {
  request->method = "POST";
  if (cai_strset(&request->url, url) || cai_headers_set(&request->headers, "Accept", "application/json") ||
      cai_headers_set(&request->headers, "Content-Type", "application/x-www-form-urlencoded"))
    return CHATABI_E_NOMEM;
  return 0;
}

/* It becomes part of a header line. */
static bool is_header_safe(const char *text) {
  for (; *text; text++)
    if ((unsigned char)*text <= 0x20 || *text == 0x7f) return false;
  return true;
}

static const char *complaint(const cJSON *tree) {
  const char *token = cai_json_string(tree, "access_token");
  int64_t life_s = cai_json_int(tree, "expires_in", -1);
  if (!token || !*token) return "has no \"access_token\"";
  if (!is_header_safe(token)) return "has an \"access_token\" that cannot be a header's value";
  if (life_s <= 0) return "does not say in \"expires_in\" how long the token is good for";
  return NULL;
}

/* A wrong answer with status 200 comes from something in between (captive portal, proxy): it may be right next time. */
static int distrust(cai_setback *setback, const cai_exchange *exchange, const char *why) {
  setback->transient = true;
  return cai_err_set(&setback->err, CHATABI_E_AUTH_EXCHANGE, "The reply of %s to the credential of %s %s.",
                     exchange->server, exchange->origin, why);
}

static int keep(cai_grant *grant, const cJSON *tree, cai_setback *setback) {
  int64_t life_s = cai_json_int(tree, "expires_in", 0);
  grant->life_ms = (life_s > MAX_LIFE_S ? MAX_LIFE_S : life_s) * 1000;
  const char *refresh = cai_json_string(tree, "refresh_token");
  if (cai_strset(&grant->access_token, cai_json_string(tree, "access_token")) ||
      (refresh && *refresh && cai_strset(&grant->refresh_token, refresh))) {
    setback->transient = true;
    return cai_err_nomem(&setback->err);
  }
  return 0;
}

int cai_grant_read(cai_grant *grant, const cai_exchange *exchange, cai_now now, const cai_http_reply *reply,
                   cai_setback *setback) {
  cai_setback_clear(setback);
  if (reply->status != 200) {
    cai_setback_read(setback, exchange, now, reply);
    return setback->err.code;
  }
  cJSON *tree = cai_json_parse(cai_buf_view(&reply->body), reply->body.len, "the reply", NULL);
  const char *why = cJSON_IsObject(tree) ? complaint(tree) : "is not the JSON object that was expected";
  int error = why ? distrust(setback, exchange, why) : keep(grant, tree, setback);
  cai_json_free_secret(tree);
  return error;
}
