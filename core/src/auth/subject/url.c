/* SPDX-License-Identifier: MIT */
#include "url.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "../../base/alloc.h"
#include "../../base/json.h"
#include "../../base/url.h"
#include "chatabi.h"
#include "format.h"

enum { MAX_HEADERS = 64, WHAT = 300 };

typedef struct url_source {
  cai_subject base;
  char *url;
  cai_headers headers;
  cai_format format;
  bool no_proxy; /* it is for this machine only: a proxy would ask another */
} url_source;

static url_source *of(cai_subject *subject) { return (url_source *)subject; }

static void begin(cai_subject *subject) { (void)subject; }

static cai_step ask(cai_subject *subject, cai_now now, cai_errand *errand, cai_subject_outcome *outcome) {
  const url_source *source = of(subject);
  cai_http_request *request = &errand->http;
  (void)now;
  request->method = "GET";
  request->no_proxy = source->no_proxy;
  request->max_reply = CAI_FORMAT_MAX;
  if (cai_strset(&request->url, source->url) || cai_headers_copy(&request->headers, &source->headers))
    return cai_subject_nomem(outcome);
  return CAI_STEP_ASK;
}

/* Headers and query may have a key in them. */
static cai_step refuse(const url_source *source, cai_now now, const cai_http_reply *reply,
                       cai_subject_outcome *outcome) {
  char server[WHAT];
  const char *secrets[MAX_HEADERS + 2], *query = strchr(source->url, '?');
  size_t n = 0;
  for (; n < source->headers.count; n++) secrets[n] = source->headers.items[n].value;
  if (query) secrets[n++] = query + 1;
  secrets[n] = NULL;
  snprintf(server, sizeof server, "the subject token's URL %.*s", cai_url_shown(source->url), source->url);
  const cai_exchange exchange = {.stage = CAI_STAGE_SUBJECT_TOKEN,
                                 .server = server,
                                 .origin = source->base.origin,
                                 .advice = "",
                                 .secrets = secrets};
  cai_setback_read(&outcome->setback, &exchange, now, reply);
  outcome->setback.stage = CAI_STAGE_SUBJECT_TOKEN;
  return CAI_STEP_FAILED;
}

static cai_step feed(cai_subject *subject, cai_now now, const cai_http_reply *reply, cai_subject_outcome *outcome) {
  const url_source *source = of(subject);
  char what[WHAT];
  if (reply->status != 200) return refuse(source, now, reply, outcome);
  snprintf(what, sizeof what, "The reply of %.*s", cai_url_shown(source->url), source->url);
  return cai_format_read(&source->format, what, subject->origin, cai_buf_view(&reply->body), reply->body.len, outcome);
}

static void release(cai_subject *subject) {
  url_source *source = of(subject);
  cai_free_secret(source->url);
  cai_headers_fini(&source->headers);
  cai_format_fini(&source->format);
  cai_subject_fini(subject);
  cai_free(source);
}

static const cai_subject_ops ops = {"url", begin, ask, feed, release};

/* What frames the message and names the server is the HTTP client's business: another value there makes one request
 * look like two, or go to another host behind the same address. */
static bool is_reserved(const char *name) {
  static const char *const names[] = {
      "Host",    "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive",
      "Upgrade", "Expect",         "Trailer",           "TE",         "Accept-Encoding"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcasecmp(name, names[i]) == 0) return true;
  return strncasecmp(name, "Proxy-", 6) == 0;
}

static int read_header(cai_headers *headers, const cai_document *nested, const cJSON *item, cai_err *err) {
  const char *name = item->string ? item->string : "", *value = cJSON_GetStringValue(item), *origin = nested->origin;
  if (is_reserved(name))
    return cai_err_set(err, CHATABI_E_AUTH_SOURCE, "\"headers\" in %s may not set %.64s.", origin, name);
  int error = value && headers->count < MAX_HEADERS ? 0 : CHATABI_E_ARG;
  for (const char *at = value; !error && *at; at++)
    if (((unsigned char)*at < 0x20 && *at != '\t') || *at == 0x7f) error = CHATABI_E_ARG;
  if (!error) error = cai_headers_set(headers, name, value);
  if (error == CHATABI_E_NOMEM) return cai_err_nomem(err);
  if (!error) return 0;
  return cai_err_set(err, CHATABI_E_AUTH_SOURCE,
                     "\"headers\" in %s must have at most %d members, each a header's name with its value as text on "
                     "one line. This one does not fit: \"%.64s\".",
                     origin, MAX_HEADERS, name);
}

static int read_headers(url_source *source, const cai_document *nested, cai_err *err) {
  const cJSON *list = cJSON_GetObjectItemCaseSensitive(nested->root, "headers"), *item;
  if (!list || cJSON_IsNull(list)) return 0;
  if (!cJSON_IsObject(list))
    return cai_err_set(err, CHATABI_E_AUTH_SOURCE, "\"headers\" of \"credential_source\" in %s is no object.",
                       nested->origin);
  cJSON_ArrayForEach(item, list) {
    int error = read_header(&source->headers, nested, item, err);
    if (error) return error;
  }
  return 0;
}

/* 169.254.0.0/16 and fe80::/10. */
static bool is_link_local(const char *host) {
  struct in_addr four;
  struct in6_addr six;
  char bare[INET6_ADDRSTRLEN];
  if (inet_pton(AF_INET, host, &four) == 1) return ntohl(four.s_addr) >> 16 == 0xa9fe;
  size_t len = strlen(host);
  if (host[0] != '[' || len < 3 || len - 2 >= sizeof bare) return false;
  memcpy(bare, host + 1, len - 2);
  bare[len - 2] = '\0';
  return inet_pton(AF_INET6, bare, &six) == 1 && six.s6_addr[0] == 0xfe && (six.s6_addr[1] & 0xc0) == 0x80;
}

static int read_url(url_source *source, const cai_document *nested, cai_err *err) {
  cai_url parts;
  const char *url = cai_document_need(nested, "url", err);
  if (!url) return err->code;
  if (cai_guard_check_exchange(nested->guard, CAI_GUARD_SUBJECT, url, "url", nested->origin, err)) return err->code;
  if (!cai_url_parse(url, &parts)) return cai_err_nomem(err); /* the guard could parse it */
  source->no_proxy = cai_url_is_loopback(&parts) || is_link_local(parts.host);
  cai_url_fini(&parts);
  return cai_strset(&source->url, url) ? cai_err_nomem(err) : 0;
}

static int read_source(url_source *source, const cai_subject_plan *plan, cai_err *err) {
  cai_document nested = *plan->document;
  nested.root = plan->source;
  cai_headers_init(&source->headers);
  if (cai_subject_init(&source->base, &ops, plan)) return cai_err_nomem(err);
  int error = read_url(source, &nested, err);
  if (!error) error = read_headers(source, &nested, err);
  return error ? error : cai_format_init(&source->format, plan, err);
}

cai_subject *cai_subject_url_new(const cai_subject_plan *plan, cai_err *err) {
  url_source *source = cai_calloc(1, sizeof *source);
  if (!source) {
    cai_err_nomem(err);
    return NULL;
  }
  if (read_source(source, plan, err)) {
    release(&source->base);
    return NULL;
  }
  return &source->base;
}
