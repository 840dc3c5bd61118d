/* SPDX-License-Identifier: MIT */
#include "impersonation.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../../base/alloc.h"
#include "../../base/json.h"
#include "../../base/scan.h"
#include "../../base/timestamp.h"
#include "../../base/url.h"
#include "chatabi.h"
#include "reply.h"

enum { MAX_URL = 512, MAX_DELEGATES = 64, DEFAULT_S = 3600, MIN_S = 600, MAX_S = 43200, MAX_TOKEN = 1024 * 1024 };

static const char path_begin[] = "/v1/projects/-/serviceAccounts/";
static const char path_end[] = ":generateAccessToken";
static const char delegate_prefix[] = "projects/-/serviceAccounts/";

static bool is_email(const char *text, size_t len) {
  static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.@";
  return len && strspn(text, allowed) == len;
}

/* The email within the URL's path, which the text must have as it is: nothing after it, nothing resolved in it. */
static char *find_email(const char *url, const char *path, bool *nomem) {
  size_t len = strlen(path), around = sizeof path_begin - 1 + sizeof path_end - 1;
  const char *host = strstr(url, "://"), *own = host ? strchr(host + 3, '/') : NULL;
  if (!own || strcmp(own, path) != 0 || len <= around) return NULL;
  if (strncmp(path, path_begin, sizeof path_begin - 1) != 0) return NULL;
  if (strcmp(path + len - (sizeof path_end - 1), path_end) != 0) return NULL;
  const char *email = path + sizeof path_begin - 1;
  if (!is_email(email, len - around)) return NULL;
  char *copy = cai_strndup(email, len - around);
  *nomem = !copy;
  return copy;
}

static int read_url(cai_impersonation *impersonation, const cai_document *document, const char *member, cai_err *err) {
  const char *url = cai_document_need(document, member, err);
  if (!url) return err->code;
  if (strlen(url) > MAX_URL)
    return cai_err_set(err, CHATABI_E_AUTH_SOURCE, "\"%s\" in %s is too long for the address of a service account.",
                       member, document->origin);
  if (cai_guard_check_exchange(document->guard, CAI_GUARD_IAM, url, member, document->origin, err)) return err->code;
  cai_url parts;
  bool nomem = false, parsed = cai_url_parse(url, &parts);
  impersonation->email = parsed ? find_email(url, parts.path, &nomem) : NULL;
  cai_url_fini(&parts);
  if (nomem) return cai_err_nomem(err);
  if (!impersonation->email)
    return cai_err_set(err, CHATABI_E_AUTH_SOURCE,
                       "\"%s\" in %s is no address of IAM's generateAccessToken: it must end with %sEMAIL%s.", member,
                       document->origin, path_begin, path_end);
  return cai_strset(&impersonation->url, url) ? cai_err_nomem(err) : 0;
}

static bool is_delegate(const char *text) {
  size_t skip = strchr(text, '/') ? sizeof delegate_prefix - 1 : 0;
  return strncmp(text, delegate_prefix, skip) == 0 && is_email(text + skip, strlen(text + skip));
}

/* A bare email in the form that IAM wants. NULL when out of memory. */
static char *full_delegate(const char *text) {
  cai_buf out;
  cai_buf_init(&out, MAX_TOKEN);
  if (!strchr(text, '/')) cai_buf_text(&out, delegate_prefix);
  cai_buf_text(&out, text);
  char *name = cai_buf_take(&out);
  cai_buf_fini(&out);
  return name;
}

static int copy_delegates(cai_impersonation *impersonation, const cJSON *list, const char *origin, cai_err *err) {
  size_t n = 0;
  const cJSON *item;
  cJSON_ArrayForEach(item, list) {
    const char *text = cJSON_GetStringValue(item);
    if (!text || !is_delegate(text))
      return cai_err_set(err, CHATABI_E_AUTH_SOURCE,
                         "Entry %zu of \"delegates\" in %s is no service account: each is an email, or %sEMAIL.", n + 1,
                         origin, delegate_prefix);
    impersonation->delegates[n] = full_delegate(text);
    if (!impersonation->delegates[n++]) return cai_err_nomem(err);
  }
  return 0;
}

static int read_delegates(cai_impersonation *impersonation, const cai_document *document, cai_err *err) {
  const cJSON *list = cJSON_GetObjectItemCaseSensitive(document->root, "delegates");
  if (!list || cJSON_IsNull(list)) return 0;
  if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) > MAX_DELEGATES)
    return cai_err_set(err, CHATABI_E_AUTH_SOURCE, "\"delegates\" in %s must be a list of at most %d service accounts.",
                       document->origin, MAX_DELEGATES);
  size_t count = (size_t)cJSON_GetArraySize(list);
  if (!count) return 0;
  impersonation->delegates = cai_calloc(count + 1, sizeof *impersonation->delegates);
  if (!impersonation->delegates) return cai_err_nomem(err);
  return copy_delegates(impersonation, list, document->origin, err);
}

/* "3600s", "3600" or a number; -1 for anything else. */
static int64_t seconds_of(const cJSON *object, const char *member) {
  const char *text = cai_json_string(object, member);
  if (!text) return cai_json_int(object, member, -1);
  size_t digits = strspn(text, "0123456789");
  if (digits < 1 || digits > 9 || (strcmp(text + digits, "s") != 0 && text[digits])) return -1;
  return strtol(text, NULL, 10);
}

static int refuse_lifetime(const char *member, const char *origin, cai_err *err) {
  return cai_err_set(err, CHATABI_E_AUTH_SOURCE, "\"%s\" in %s must be a number of seconds from %d to %d.", member,
                     origin, MIN_S, MAX_S);
}

/* An impersonated account has a lifetime, an external one a section with it. */
static int read_lifetime(cai_impersonation *impersonation, const cai_document *document, cai_err *err) {
  static const char section_name[] = "service_account_impersonation";
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(document->root, "lifetime"), *object = document->root;
  const cJSON *section = cJSON_GetObjectItemCaseSensitive(document->root, section_name);
  const char *member = "lifetime";
  if (!item && section && !cJSON_IsNull(section)) {
    if (!cJSON_IsObject(section))
      return cai_err_set(err, CHATABI_E_AUTH_SOURCE, "\"%s\" in %s is no object.", section_name, document->origin);
    member = "token_lifetime_seconds";
    object = section;
    item = cJSON_GetObjectItemCaseSensitive(section, member);
  }
  impersonation->lifetime_s = item && !cJSON_IsNull(item) ? seconds_of(object, member) : DEFAULT_S;
  if (impersonation->lifetime_s >= MIN_S && impersonation->lifetime_s <= MAX_S) return 0;
  return refuse_lifetime(member, document->origin, err);
}

int cai_impersonation_init(cai_impersonation *impersonation, const cai_document *document, const char *url_member,
                           cai_err *err) {
  memset(impersonation, 0, sizeof *impersonation);
  int error = read_url(impersonation, document, url_member, err);
  if (!error) error = read_delegates(impersonation, document, err);
  if (!error) error = read_lifetime(impersonation, document, err);
  return error;
}

void cai_impersonation_fini(cai_impersonation *impersonation) {
  for (char **at = impersonation->delegates; at && *at; at++) cai_free(*at);
  cai_free(impersonation->delegates);
  cai_free(impersonation->url);
  cai_free(impersonation->email);
  memset(impersonation, 0, sizeof *impersonation);
}

static int write_body(const cai_impersonation *impersonation, cai_buf *body) {
  cai_buf_text(body, "{");
  for (char **at = impersonation->delegates; at && *at; at++) {
    cai_buf_text(body, at == impersonation->delegates ? "\"delegates\":[" : ",");
    cai_scan_quote(body, *at, strlen(*at));
    if (!at[1]) cai_buf_text(body, "],");
  }
  return cai_buf_format(body, "\"scope\":[\"%s\"],\"lifetime\":\"%llds\"}", CAI_GRANT_SCOPE,
                        (long long)impersonation->lifetime_s);
}

static int set_bearer(cai_http_request *request, const char *access_token) {
  cai_buf value;
  cai_buf_init_secret(&value, MAX_TOKEN);
  cai_buf_text(&value, "Bearer ");
  int error = cai_buf_text(&value, access_token);
  if (!error) error = cai_headers_set(&request->headers, "Authorization", cai_buf_view(&value));
  cai_buf_fini(&value);
  return error;
}

int cai_impersonation_ask(const cai_impersonation *impersonation, cai_http_request *request, const char *access_token,
                          const char *quota_project) {
  request->method = "POST";
  if (cai_strset(&request->url, impersonation->url) ||
      cai_headers_set(&request->headers, "Accept", "application/json") ||
      cai_headers_set(&request->headers, "Content-Type", "application/json") || set_bearer(request, access_token) ||
      (quota_project && cai_headers_set(&request->headers, "x-goog-user-project", quota_project)) ||
      write_body(impersonation, &request->body))
    return CHATABI_E_NOMEM;
  return 0;
}

static int64_t server_ms(cai_now now, const cai_http_reply *reply) {
  int64_t date_ms = cai_timestamp_http(cai_headers_get(&reply->headers, "Date"));
  return date_ms < 0 ? now.wall_ms : date_ms;
}

int cai_impersonation_read(cai_grant *grant, const cai_exchange *exchange, cai_now now, const cai_http_reply *reply,
                           cai_setback *setback) {
  cJSON *tree = cai_reply_open(exchange, now, reply, setback);
  if (!tree) return setback->err.code;
  int64_t end_ms = cai_timestamp_parse(cai_json_string(tree, "expireTime"));
  int64_t life_ms = end_ms - server_ms(now, reply);
  int error;
  if (end_ms < 0)
    error = cai_reply_distrust(setback, exchange, "has no \"expireTime\" that can be read");
  else if (life_ms <= 0)
    error = cai_reply_distrust(setback, exchange,
                               "has an \"expireTime\" that has passed already. Check this machine's clock");
  else
    error = cai_reply_keep(grant, tree, "accessToken", exchange, setback);
  /* IAM gives no longer ones; a Date that is far off must not make them look so. */
  if (!error) grant->life_ms = life_ms > (int64_t)MAX_S * 1000 ? (int64_t)MAX_S * 1000 : life_ms;
  cai_json_free_secret(tree);
  return error;
}
