/* SPDX-License-Identifier: MIT */
#include "sts.h"

#include <openssl/evp.h>
#include <string.h>
#include <strings.h>

#include "../../base/alloc.h"
#include "../../base/json.h"
#include "../../base/scan.h"
#include "../../base/url.h"
#include "chatabi.h"
#include "reply.h"

/* The form: a subject token and a credential file of 1 MiB each, every byte percent-encoded, and some more. */
enum { MAX_FORM = 8 * 1024 * 1024, MAX_BASIC = 2 * 1024 * 1024, SHORT_LIFE_S = 600, MAX_LIFE_S = 7 * 24 * 3600 };

static const char grant_type[] = "urn:ietf:params:oauth:grant-type:token-exchange";
static const char access_token_type[] = "urn:ietf:params:oauth:token-type:access_token";

/* Appends "Basic " and the text in base64. Returns out->error. */
static int write_basic(cai_buf *out, const cai_buf *text) {
  size_t size = (text->len + 2) / 3 * 4 + 1;
  unsigned char *encoded = cai_malloc(size);
  if (!encoded) return CHATABI_E_NOMEM;
  int len = EVP_EncodeBlock(encoded, (const unsigned char *)cai_buf_view(text), (int)text->len);
  cai_buf_text(out, "Basic ");
  cai_buf_append(out, encoded, (size_t)len);
  cai_cleanse(encoded, size);
  cai_free(encoded);
  return out->error;
}

int cai_basic_set(cai_http_request *request, const char *id, const char *secret) {
  cai_buf text, value;
  cai_buf_init_secret(&text, MAX_BASIC);
  cai_buf_init_secret(&value, 2 * (size_t)MAX_BASIC);
  cai_buf_text(&text, id);
  cai_buf_byte(&text, ':');
  int error = cai_buf_text(&text, secret ? secret : "");
  if (!error) error = write_basic(&value, &text);
  if (!error) error = cai_headers_set(&request->headers, "Authorization", cai_buf_view(&value));
  cai_buf_fini(&text);
  cai_buf_fini(&value);
  return error ? CHATABI_E_NOMEM : 0;
}

static int write_options(cai_buf *form, const char *user_project) {
  cai_buf options;
  cai_buf_init(&options, MAX_BASIC);
  cai_buf_text(&options, "{\"userProject\":");
  cai_scan_quote(&options, user_project, strlen(user_project));
  int error = cai_buf_byte(&options, '}');
  if (!error) error = cai_url_form(form, "options", cai_buf_view(&options));
  cai_buf_fini(&options);
  return error;
}

static int write_form(cai_buf *form, const cai_sts *sts) {
  form->max = MAX_FORM;
  cai_url_form(form, "grant_type", grant_type);
  cai_url_form(form, "audience", sts->audience);
  if (sts->scope && *sts->scope) cai_url_form(form, "scope", sts->scope);
  cai_url_form(form, "requested_token_type", access_token_type);
  cai_url_form(form, "subject_token_type", sts->subject_token_type);
  cai_url_form(form, "subject_token", sts->subject_token);
  if (form->error || sts->client_id || !sts->user_project) return form->error;
  return write_options(form, sts->user_project);
}

int cai_sts_ask(cai_http_request *request, const cai_sts *sts) {
  if (cai_grant_ask(request, sts->url) || write_form(&request->body, sts)) return CHATABI_E_NOMEM;
  if (sts->client_id && cai_basic_set(request, sts->client_id, sts->client_secret)) return CHATABI_E_NOMEM;
  if (sts->metrics && cai_headers_set(&request->headers, "x-goog-api-client", sts->metrics)) return CHATABI_E_NOMEM;
  return 0;
}

/* What is there must be right; test servers and proxies leave some of it out. */
static const char *complaint(const cJSON *tree) {
  const char *issued = cai_json_string(tree, "issued_token_type"), *type = cai_json_string(tree, "token_type");
  const cJSON *life = cJSON_GetObjectItemCaseSensitive(tree, "expires_in");
  if (issued && strcmp(issued, access_token_type) != 0) return "has an \"issued_token_type\" that is no access token's";
  if (type && strcasecmp(type, "Bearer") != 0) return "has another \"token_type\" than Bearer";
  if (life && !cJSON_IsNull(life) && cai_json_int(tree, "expires_in", 0) <= 0)
    return "has an \"expires_in\" that is no time";
  return NULL;
}

int cai_sts_read(cai_grant *grant, const cai_exchange *exchange, cai_now now, const cai_http_reply *reply,
                 cai_setback *setback) {
  cJSON *tree = cai_reply_open(exchange, now, reply, setback);
  if (!tree) return setback->err.code;
  const char *why = complaint(tree);
  int error =
      why ? cai_reply_distrust(setback, exchange, why) : cai_reply_keep(grant, tree, "access_token", exchange, setback);
  int64_t life_s = cai_json_int(tree, "expires_in", SHORT_LIFE_S);
  if (!error) grant->life_ms = (life_s > MAX_LIFE_S ? MAX_LIFE_S : life_s) * 1000;
  cai_json_free_secret(tree);
  return error;
}
