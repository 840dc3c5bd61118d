/* SPDX-License-Identifier: MIT */
#include "aws_errand.h"

#include <stdio.h>
#include <string.h>

#include "../../base/alloc.h"
#include "../../base/url.h"
#include "chatabi.h"

enum { TIMEOUT_MS = 5000, MAX_REPLY = 64 * 1024, SHOWN = 200 };

int cai_aws_errand_get(cai_http_request *request, const char *url) {
  request->method = "GET";
  request->no_proxy = true;
  request->timeout_ms = TIMEOUT_MS;
  request->max_reply = MAX_REPLY;
  return cai_strset(&request->url, url);
}

static int shown(const cai_aws_server *server) {
  const char *slashes = strstr(server->url, "//");
  size_t len = (size_t)cai_url_shown(server->url);
  if (server->hide_path && slashes) len = (size_t)(slashes - server->url) + 2 + strcspn(slashes + 2, "/?#");
  return (int)(len > SHOWN ? SHOWN : len);
}

static void write_sentence(const cai_aws_server *server, const cai_http_reply *reply, const char *advice,
                           cai_err *err) {
  const char *why = reply->err.message[0] ? reply->err.message : cai_err_text(reply->err.code);
  const char *stop = *why && why[strlen(why) - 1] == '.' ? "" : ".";
  if (reply->status)
    cai_err_set(err, CHATABI_E_AUTH_EXCHANGE,
                "No AWS keys or region for the credential of %s: %s at %.*s answered with HTTP status %d. %s",
                server->origin, server->name, shown(server), server->url, reply->status, advice);
  else
    cai_err_set(err, CHATABI_E_AUTH_EXCHANGE,
                "No AWS keys or region for the credential of %s: no answer from %s at %.*s: %s%s %s", server->origin,
                server->name, shown(server), server->url, why, stop, advice);
}

cai_step cai_aws_errand_refused(const cai_aws_server *server, cai_now now, const cai_http_reply *reply,
                                const char *advice, cai_subject_outcome *outcome) {
  cai_setback *setback = &outcome->setback;
  const cai_exchange exchange = {
      .stage = CAI_STAGE_SUBJECT_TOKEN, .server = server->name, .origin = server->origin, .advice = ""};
  cai_setback_read(setback, &exchange, now, reply);
  setback->stage = CAI_STAGE_SUBJECT_TOKEN;
  setback->http_status = reply->status;
  snprintf(setback->hint, sizeof setback->hint, "%s", advice);
  write_sentence(server, reply, advice, &setback->err);
  return CAI_STEP_FAILED;
}

cai_step cai_aws_errand_distrust(const cai_aws_server *server, const char *why, cai_subject_outcome *outcome) {
  outcome->setback.stage = CAI_STAGE_SUBJECT_TOKEN;
  outcome->setback.http_status = 200;
  outcome->setback.transient = true;
  cai_err_set(&outcome->setback.err, CHATABI_E_AUTH_EXCHANGE,
              "No AWS keys or region for the credential of %s: the reply of %s at %.*s %s.", server->origin,
              server->name, shown(server), server->url, why);
  return CAI_STEP_FAILED;
}

bool cai_aws_errand_is_visible(const char *text, size_t len) {
  for (size_t i = 0; i < len; i++)
    if (text[i] <= 0x20 || text[i] >= 0x7f) return false;
  return true;
}

size_t cai_aws_errand_word(const cai_http_reply *reply) {
  const char *text = cai_buf_view(&reply->body);
  size_t len = reply->body.len;
  while (len && strchr(" \t\r\n", text[len - 1]) && text[len - 1]) len--;
  return cai_aws_errand_is_visible(text, len) ? len : 0;
}
