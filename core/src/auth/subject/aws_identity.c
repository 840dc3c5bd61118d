/* SPDX-License-Identifier: MIT */
#include "aws_identity.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#include "../../base/alloc.h"
#include "../../base/scan.h"
#include "../../base/url.h"
#include "aws_signature.h"
#include "chatabi.h"

enum { MAX_URL = 2048, MAX_REGION = 32, MAX_TOKEN = 256 * 1024, TIME = sizeof "20110909T233600Z" };

const char cai_aws_identity_default_url[] =
    "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15";

static const char placeholder[] = "{region}";
static const char some_region[] = "us-east-1";
static const char global_region[] = "us-east-1"; /* of the hosts without one in their name */

/* ---- where to ---- */

typedef struct aws_target {
  char *url;
  char *host;
  char *query;
  char region[MAX_REGION + 1]; /* for the signature: the host's */
} aws_target;

static void target_fini(aws_target *target) {
  cai_free(target->url);
  cai_free(target->host);
  cai_free(target->query);
}

bool cai_aws_identity_needs_region(const char *url) { return strstr(url, placeholder) != NULL; }

bool cai_aws_identity_is_region(const char *text, size_t len) {
  static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
  if (!len || len > MAX_REGION || strspn(text, allowed) < len) return false;
  return isalpha((unsigned char)text[0]) && text[len - 1] != '-';
}

static char *fill_in(const char *url, const char *region) {
  cai_buf out;
  cai_buf_init(&out, MAX_URL);
  for (const char *at; (at = strstr(url, placeholder)) != NULL; url = at + sizeof placeholder - 1) {
    cai_buf_append(&out, url, (size_t)(at - url));
    cai_buf_text(&out, region ? region : "");
  }
  cai_buf_text(&out, url);
  char *text = cai_buf_take(&out);
  cai_buf_fini(&out);
  return text;
}

/* sts.amazonaws.com, sts.REGION.amazonaws.com, and so in AWS's other partitions; sts-fips too. Writes the region. */
static bool read_host(const char *host, char *region) {
  static const char *const suffixes[] = {"amazonaws.com", "amazonaws.com.cn", "amazonaws.eu", "api.aws"};
  size_t skip = strncmp(host, "sts.", 4) == 0 ? 4 : strncmp(host, "sts-fips.", 9) == 0 ? 9 : 0;
  if (!skip) return false;
  for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
    const char *rest = host + skip;
    size_t len = strlen(rest), suffix_len = strlen(suffixes[i]);
    if (strcmp(rest, suffixes[i]) == 0) {
      memcpy(region, global_region, sizeof global_region);
      return true;
    }
    if (!cai_url_host_within(rest, suffixes[i])) continue;
    size_t region_len = len - suffix_len - 1;
    if (!cai_aws_identity_is_region(rest, region_len)) continue;
    memcpy(region, rest, region_len);
    region[region_len] = '\0';
    return true;
  }
  return false;
}

/* Action and version, each once, nothing else. */
static bool is_get_caller_identity(const char *query) {
  static const char action[] = "Action=GetCallerIdentity", version[] = "Version=";
  int actions = 0, versions = 0;
  for (const char *at = query ? query : ""; *at;) {
    size_t len = strcspn(at, "&");
    bool is_version = strncmp(at, version, sizeof version - 1) == 0;
    if (len == sizeof action - 1 && strncmp(at, action, len) == 0)
      actions++;
    else if (is_version && strspn(at + sizeof version - 1, "0123456789-") == len - (sizeof version - 1))
      versions++;
    else
      return false;
    at += len + (at[len] == '&');
  }
  return actions == 1 && versions == 1;
}

/* Put together anew from its parts, so that nobody can read it in another way than we did. */
static int keep_target(aws_target *target, const cai_url *parts) {
  cai_buf url;
  cai_buf_init(&url, MAX_URL);
  int error = cai_buf_format(&url, "https://%s?%s", parts->host, parts->query);
  target->url = cai_buf_take(&url);
  cai_buf_fini(&url);
  if (error || !target->url || cai_strset(&target->host, parts->host) || cai_strset(&target->query, parts->query))
    return CHATABI_E_NOMEM;
  return 0;
}

static bool is_allowed(aws_target *target, const cai_url *parts) {
  return strcmp(parts->scheme, "https") == 0 && strcmp(parts->port, "443") == 0 && strcmp(parts->path, "/") == 0 &&
         read_host(parts->host, target->region) && is_get_caller_identity(parts->query);
}

/* To be finished in any case. */
static int target_init(aws_target *target, const char *template, const char *region) {
  cai_url parts;
  memset(target, 0, sizeof *target);
  char *url = fill_in(template, region);
  if (!url) return strlen(template) < MAX_URL / 2 ? CHATABI_E_NOMEM : CHATABI_E_AUTH_HOST;
  int error = CHATABI_E_AUTH_HOST;
  if (!strchr(url, '#') && cai_url_parse(url, &parts)) {
    if (is_allowed(target, &parts)) error = keep_target(target, &parts);
    cai_url_fini(&parts);
  }
  cai_free(url);
  return error;
}

int cai_aws_identity_check(const char *url, const char *origin, cai_err *err) {
  aws_target target;
  int error = target_init(&target, url, some_region);
  target_fini(&target);
  if (error == CHATABI_E_NOMEM) return cai_err_nomem(err);
  if (!error) return 0;
  return cai_err_set(err, error,
                     "\"regional_cred_verification_url\" in %s is not signed: only %s is, or the same of another host "
                     "of AWS's STS. Remove the member.",
                     origin, cai_aws_identity_default_url);
}

/* ---- the token ---- */

static int write_time(char *text, int64_t wall_ms) {
  time_t seconds = (time_t)(wall_ms / 1000);
  struct tm utc;
  if (!gmtime_r(&seconds, &utc)) return CHATABI_E_INTERNAL;
  return strftime(text, TIME, "%Y%m%dT%H%M%SZ", &utc) == TIME - 1 ? 0 : CHATABI_E_INTERNAL;
}

static int set_headers(cai_headers *headers, const cai_aws_identity *identity, const char *host, const char *time) {
  const char *token = identity->keys->session_token;
  int error = cai_headers_set(headers, "host", host);
  if (!error) error = cai_headers_set(headers, "x-amz-date", time);
  if (!error && token) error = cai_headers_set(headers, "x-amz-security-token", token);
  if (!error) error = cai_headers_set(headers, "x-goog-cloud-target-resource", identity->audience);
  return error;
}

static int sign(const cai_aws_identity *identity, const aws_target *target, const char *time, cai_headers *headers) {
  cai_buf value;
  cai_buf_init_secret(&value, MAX_TOKEN);
  const cai_aws_request request = {.method = "POST",
                                   .path = "/",
                                   .query = target->query,
                                   .headers = headers,
                                   .region = target->region,
                                   .service = "sts",
                                   .time = time};
  int error =
      cai_aws_signature_sign(&request, identity->keys->access_key_id, identity->keys->secret_access_key, &value);
  if (!error) error = cai_headers_set(headers, "Authorization", value.data);
  cai_buf_fini(&value);
  return error;
}

static void quote(const char *before, const char *text, cai_buf *out) {
  cai_buf_text(out, before);
  cai_scan_quote(out, text, strlen(text));
}

static int write_json(const char *url, const cai_headers *headers, cai_buf *out) {
  quote("{\"url\":", url, out);
  cai_buf_text(out, ",\"method\":\"POST\",\"headers\":[");
  for (size_t i = 0; i < headers->count; i++) {
    quote(i ? ",{\"key\":" : "{\"key\":", headers->items[i].name, out);
    quote(",\"value\":", headers->items[i].value, out);
    cai_buf_byte(out, '}');
  }
  return cai_buf_text(out, "]}");
}

static int write_token(const char *url, const cai_headers *headers, cai_buf *out) {
  cai_buf json;
  cai_buf_init_secret(&json, MAX_TOKEN);
  int error = write_json(url, headers, &json);
  if (!error) error = cai_url_escape(out, json.data);
  cai_buf_fini(&json);
  return error;
}

int cai_aws_identity_write(const cai_aws_identity *identity, cai_buf *out) {
  aws_target target;
  cai_headers headers;
  char time[TIME];
  cai_headers_init(&headers);
  int error = target_init(&target, identity->url, identity->region);
  /* The URL was good when the file was read: now only memory can be missing. */
  if (error == CHATABI_E_AUTH_HOST) error = CHATABI_E_NOMEM;
  if (!error) error = write_time(time, identity->wall_ms);
  if (!error) error = set_headers(&headers, identity, target.host, time);
  if (!error) error = sign(identity, &target, time, &headers);
  if (!error) error = write_token(target.url, &headers, out);
  cai_headers_fini(&headers);
  target_fini(&target);
  return error;
}
