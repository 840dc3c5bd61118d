/* SPDX-License-Identifier: MIT */
#include "reply.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "../../base/alloc.h"
#include "../../base/http.h"
#include "../../base/json.h"
#include "chatabi.h"

/* It may come from something in between (captive portal, proxy) and be right next time. */
int cai_reply_distrust(cai_setback *setback, const cai_exchange *exchange, const char *why) {
  setback->stage = exchange->stage;
  setback->http_status = 200;
  setback->transient = true;
  return cai_err_set(&setback->err, CHATABI_E_AUTH_EXCHANGE, "The reply of %s to the credential of %s %s.",
                     exchange->server, exchange->origin, why);
}

cJSON *cai_reply_open(const cai_exchange *exchange, cai_now now, const cai_http_reply *reply, cai_setback *setback) {
  cai_setback_clear(setback);
  if (reply->status != 200) {
    cai_setback_read(setback, exchange, now, reply);
    setback->stage = exchange->stage;
    return NULL;
  }
  cJSON *tree = cai_json_parse(cai_buf_view(&reply->body), reply->body.len, "the reply", NULL);
  if (cJSON_IsObject(tree)) return tree;
  cai_json_free_secret(tree);
  cai_reply_distrust(setback, exchange, "is not the JSON object that was expected");
  return NULL;
}

int cai_reply_keep(cai_grant *grant, const cJSON *tree, const char *member, const cai_exchange *exchange,
                   cai_setback *setback) {
  char why[96];
  const char *token = cai_json_string(tree, member);
  bool there = token && *token;
  if (there && strlen(token) > CAI_GRANT_MAX_TOKEN)
    return cai_reply_distrust(setback, exchange, "has a token of more than 64 KiB");
  if (!there || !cai_header_is_word(token)) {
    snprintf(why, sizeof why, there ? "has an \"%s\" that cannot be a header's value" : "has no \"%s\"", member);
    return cai_reply_distrust(setback, exchange, why);
  }
  char *copy = cai_strdup(token);
  if (!copy) {
    setback->stage = exchange->stage;
    setback->transient = true;
    return cai_err_nomem(&setback->err);
  }
  cai_free_secret(grant->access_token);
  grant->access_token = copy;
  return 0;
}
