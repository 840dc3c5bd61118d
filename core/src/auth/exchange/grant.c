/* SPDX-License-Identifier: MIT */
#include "grant.h"

#include <string.h>

#include "../../base/alloc.h"
#include "../../base/json.h"
#include "chatabi.h"
#include "reply.h"

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

static int read_life(cai_grant *grant, const cJSON *tree, const cai_exchange *exchange, cai_setback *setback) {
  int64_t life_s = cai_json_int(tree, "expires_in", -1);
  if (life_s > MAX_LIFE_S) life_s = MAX_LIFE_S;
  if (life_s > 0) {
    grant->life_ms = life_s * 1000;
    return 0;
  }
  return cai_reply_distrust(setback, exchange, "does not say in \"expires_in\" how long the token is good for");
}

static int read_refresh_token(cai_grant *grant, const cJSON *tree, cai_setback *setback) {
  const char *refresh = cai_json_string(tree, "refresh_token");
  if (!refresh || !*refresh || !cai_strset(&grant->refresh_token, refresh)) return 0;
  setback->transient = true;
  return cai_err_nomem(&setback->err);
}

int cai_grant_read(cai_grant *grant, const cai_exchange *exchange, cai_now now, const cai_http_reply *reply,
                   cai_setback *setback) {
  cJSON *tree = cai_reply_open(exchange, now, reply, setback);
  if (!tree) return setback->err.code;
  int error = cai_reply_keep(grant, tree, "access_token", exchange, setback);
  if (!error) error = read_life(grant, tree, exchange, setback);
  if (!error) error = read_refresh_token(grant, tree, setback);
  cai_json_free_secret(tree);
  return error;
}
