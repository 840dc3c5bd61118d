/* SPDX-License-Identifier: MIT */
#include "guard.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "../../base/alloc.h"
#include "../../base/url.h"
#include "chatabi.h"

static const char default_universe[] = "googleapis.com";

int cai_guard_init(cai_guard *guard, const char *universe_domain, const char *base_url, const char *allow_hosts) {
  memset(guard, 0, sizeof *guard);
  guard->external = true;
  if (!universe_domain || !*universe_domain) universe_domain = default_universe;
  if (cai_strset(&guard->universe_domain, universe_domain) || cai_strset(&guard->base_url, base_url) ||
      cai_strset(&guard->allow_hosts, allow_hosts)) {
    cai_guard_fini(guard);
    return CHATABI_E_NOMEM;
  }
  return 0;
}

void cai_guard_fini(cai_guard *guard) {
  cai_free(guard->universe_domain);
  cai_free(guard->base_url);
  cai_free(guard->allow_hosts);
  cai_free_secret(guard->other_urls); /* a key may be in a query */
  memset(guard, 0, sizeof *guard);
}

/* One entry of the list: "host", "host:port", "[::1]", "[::1]:8080". */
static bool entry_matches(const char *entry, size_t len, const cai_url *url) {
  size_t host_len = strlen(url->host);
  if (len < host_len || strncasecmp(entry, url->host, host_len) != 0) return false;
  if (len == host_len) return true;
  return entry[host_len] == ':' && len - host_len - 1 == strlen(url->port) &&
         strncmp(entry + host_len + 1, url->port, strlen(url->port)) == 0;
}

static bool is_listed(const cai_guard *guard, const cai_url *url) {
  const char *at = guard->allow_hosts;
  while (at && *at) {
    at += strspn(at, ", \t");
    size_t len = strcspn(at, ", \t");
    if (len && entry_matches(at, len, url)) return true;
    at += len;
  }
  return false;
}

static bool is_https(const cai_url *url) { return strcmp(url->scheme, "https") == 0; }

static bool is_google(const cai_guard *guard, const cai_url *url) {
  return cai_url_host_within(url->host, default_universe) || cai_url_host_within(url->host, guard->universe_domain);
}

static bool is_other(const cai_guard *guard, const char *url) {
  const char *at = guard->chosen ? guard->other_urls : NULL;
  bool found = false;
  while (at && *at && !found) {
    size_t len = strcspn(at, " ");
    char *trusted = cai_strndup(at, len);
    found = trusted && cai_url_same_origin(trusted, url);
    cai_free_secret(trusted);
    at += len + (at[len] == ' ');
  }
  return found;
}

static bool is_base(const cai_guard *guard, const char *url) {
  return (guard->base_url && cai_url_same_origin(guard->base_url, url)) || is_other(guard, url);
}

static int refuse_url(cai_err *err) {
  return cai_err_set(err, CHATABI_E_AUTH_HOST,
                     "The credential was not sent: the address is no http or https URL, or holds a user name.");
}

static int refuse_plain(const cai_url *url, const char *remedy, cai_err *err) {
  return cai_err_set(err, CHATABI_E_AUTH_HOST,
                     "The credential was not sent to %s: over plain http it could be read on the way. Use https%s.",
                     url->host, remedy);
}

static int refuse_google(const cai_guard *guard, bool base, const cai_url *url, cai_err *err) {
  if (base)
    return cai_err_set(err, CHATABI_E_AUTH_HOST,
                       "The Google credential that was found on this machine was not sent to %s, which base_url names: "
                       "choose auth \"adc\" explicitly if you trust this host.",
                       url->host);
  return cai_err_set(
      err, CHATABI_E_AUTH_HOST,
      "A Google credential does not belong to %s: it is sent to hosts of %s only. For a server of your own set the "
      "option base_url to it, or choose another credential with chatabi_client_set_auth.",
      url->host, guard->universe_domain);
}

static int google_verdict(const cai_guard *guard, const char *text, const cai_url *url, cai_err *err) {
  bool base = is_base(guard, text);
  bool ours = base && (guard->chosen || (is_https(url) && cai_url_is_loopback(url)));
  if (ours && (is_https(url) || cai_url_is_loopback(url))) return 0;
  bool google = is_google(guard, url) || cai_url_host_within(url->host, "prediction.vertexai.goog");
  if (google && is_https(url)) return 0;
  if (ours || google) return refuse_plain(url, "", err);
  return refuse_google(guard, base, url, err);
}

int cai_guard_check_google(const cai_guard *guard, const char *url, cai_err *err) {
  cai_url parts;
  if (!cai_url_parse(url, &parts)) return refuse_url(err);
  int error = google_verdict(guard, url, &parts, err);
  cai_url_fini(&parts);
  return error;
}

/* Without the query: some put a key into it. */
static int refuse_foreign(const cai_guard *guard, const cai_url *url, cai_err *err) {
  cai_url base;
  if (!cai_url_parse(guard->base_url, &base))
    return cai_err_set(err, CHATABI_E_AUTH_HOST, "The API key was not sent to %s: it belongs to base_url.", url->host);
  cai_err_set(
      err, CHATABI_E_AUTH_HOST,
      "The API key was not sent to %s: it belongs to base_url (%s://%s:%s%s). For a fallback too, name the key's "
      "source with chatabi_client_set_auth.",
      url->host, base.scheme, base.host, base.port, base.path);
  cai_url_fini(&base);
  return CHATABI_E_AUTH_HOST;
}

static int key_verdict(const cai_guard *guard, const char *text, const cai_url *url, cai_err *err) {
  if (guard->base_url && !is_base(guard, text)) return refuse_foreign(guard, url, err);
  if (is_https(url) || cai_url_is_loopback(url) || is_listed(guard, url)) return 0;
  return refuse_plain(url, ", or, where the network is trusted, list the host in the option auth_allow_hosts", err);
}

int cai_guard_check_key(const cai_guard *guard, const char *url, cai_err *err) {
  cai_url parts;
  if (!cai_url_parse(url, &parts)) return refuse_url(err);
  int error = key_verdict(guard, url, &parts, err);
  cai_url_fini(&parts);
  return error;
}

/* ---- what credential files may name ---- */

/* Is `host` one label, then `rest`? */
static bool is_label_before(const char *host, const char *rest) {
  const char *dot = strchr(host, '.');
  return dot && dot > host && strcmp(dot + 1, rest) == 0;
}

/* Is `host` a location, a dash, then `rest`? */
static bool is_joined_before(const char *host, const char *rest) {
  size_t len = strlen(host), rest_len = strlen(rest);
  if (len < rest_len + 2 || strcmp(host + len - rest_len, rest) != 0) return false;
  size_t dash = len - rest_len - 1;
  return host[dash] == '-' && strcspn(host, ".") > dash;
}

/* The forms in which Google's libraries once accepted hosts of a service: "sts" with or without a location before it,
 * after it, or joined to it, and private endpoints; each with ".mtls" or without. And today's regional endpoints. */
static bool is_service(const char *host, const char *service, const char *domain) {
  static const char *const middles[] = {"", ".mtls"};
  char plain[320], private_rest[320], regional_rest[320];
  size_t len = strlen(service);
  snprintf(regional_rest, sizeof regional_rest, "rep.%s", domain);
  if (strncmp(host, service, len) == 0 && host[len] == '.' && is_label_before(host + len + 1, regional_rest))
    return true;
  for (size_t i = 0; i < sizeof middles / sizeof *middles; i++) {
    snprintf(plain, sizeof plain, "%s%s.%s", service, middles[i], domain);
    snprintf(private_rest, sizeof private_rest, "p%s.%s", middles[i], domain);
    if (strcmp(host, plain) == 0 || is_label_before(host, plain)) return true;
    if (is_joined_before(host, plain)) return true;
    if (strncmp(host, service, len) != 0) continue;
    if (host[len] == '-' && is_label_before(host + len + 1, private_rest)) return true;
    if (host[len] == '.' && is_label_before(host + len + 1, plain + len + 1)) return true;
  }
  return false;
}

static bool is_service_of(const cai_guard *guard, const cai_url *url, const char *service) {
  return is_https(url) && strcmp(url->port, "443") == 0 &&
         (is_service(url->host, service, default_universe) || is_service(url->host, service, guard->universe_domain));
}

/* accounts.google.com and www.googleapis.com: token_uri of keys made years ago. */
static bool is_oauth(const cai_guard *guard, const cai_url *url) {
  if (is_service_of(guard, url, "oauth2")) return true;
  if (!is_https(url) || strcmp(url->port, "443") != 0) return false;
  return (strcmp(url->host, "accounts.google.com") == 0 || strcmp(url->host, "www.googleapis.com") == 0) &&
         (strncmp(url->path, "/o/oauth2/", 10) == 0 || strncmp(url->path, "/oauth2/", 8) == 0);
}

static bool is_one_of(const char *text, const char *const *list) {
  for (; *list; list++)
    if (strcmp(text, *list) == 0) return true;
  return false;
}

static bool is_http_at(const cai_url *url, const char *const *hosts) {
  return strcmp(url->scheme, "http") == 0 && strcmp(url->port, "80") == 0 && is_one_of(url->host, hosts);
}

static const char *const aws_metadata[] = {"169.254.169.254", "[fd00:ec2::254]", NULL};
static const char *const aws_container[] = {"169.254.170.2", "169.254.170.23", "[fd00:ec2::23]", NULL};
static const char *const platform_metadata[] = {"169.254.169.254", NULL};

static bool is_subject_source(const cai_guard *guard, const cai_url *url) {
  if (cai_url_is_loopback(url) || is_http_at(url, platform_metadata)) return true;
  return is_https(url) && (is_google(guard, url) || cai_url_host_within(url->host, "actions.githubusercontent.com"));
}

static bool may_exchange(const cai_guard *guard, cai_guard_kind kind, const cai_url *url) {
  if (is_listed(guard, url)) return is_https(url) || cai_url_is_loopback(url);
  switch (kind) {
    case CAI_GUARD_OAUTH: return is_oauth(guard, url);
    case CAI_GUARD_STS: return is_service_of(guard, url, "sts");
    case CAI_GUARD_IAM: return is_service_of(guard, url, "iamcredentials");
    case CAI_GUARD_SUBJECT: return is_subject_source(guard, url);
    case CAI_GUARD_AWS_METADATA: return is_http_at(url, aws_metadata);
    case CAI_GUARD_AWS_CONTAINER: return is_https(url) || cai_url_is_loopback(url) || is_http_at(url, aws_container);
    case CAI_GUARD_HTTPS: return is_https(url);
  }
  return false;
}

static void write_expected(const cai_guard *guard, cai_guard_kind kind, char *text, size_t size) {
  switch (kind) {
    case CAI_GUARD_OAUTH: snprintf(text, size, "not Google's (https://oauth2.%.200s)", guard->universe_domain); break;
    case CAI_GUARD_STS: snprintf(text, size, "not Google's (https://sts.%.200s)", guard->universe_domain); break;
    case CAI_GUARD_IAM:
      snprintf(text, size, "not Google's (https://iamcredentials.%.200s)", guard->universe_domain);
      break;
    case CAI_GUARD_SUBJECT: snprintf(text, size, "neither this machine nor a platform that is known"); break;
    case CAI_GUARD_AWS_METADATA: snprintf(text, size, "not AWS's (http://169.254.169.254)"); break;
    case CAI_GUARD_AWS_CONTAINER: snprintf(text, size, "neither https nor an address of AWS's"); break;
    default: snprintf(text, size, "not https");
  }
}

static int refuse_exchange(const cai_guard *guard, cai_guard_kind kind, const cai_url *url, const char *member,
                           const char *where, cai_err *err) {
  char expected[256];
  write_expected(guard, kind, expected, sizeof expected);
  return cai_err_set(err, CHATABI_E_AUTH_HOST,
                     "\"%s\" in %s names %s://%.200s:%s, which is %s. If you trust it with this credential, add "
                     "%.200s:%s to the option auth_allow_hosts%s.",
                     member, where, url->scheme, url->host, url->port, expected, url->host, url->port,
                     is_https(url) || cai_url_is_loopback(url) ? "" : " and use https");
}

int cai_guard_check_exchange(const cai_guard *guard, cai_guard_kind kind, const char *url, const char *member,
                             const char *where, cai_err *err) {
  cai_url parts;
  if (!cai_url_parse(url, &parts))
    return cai_err_set(err, CHATABI_E_AUTH_HOST, "\"%s\" in %s is no http or https URL without a user name.", member,
                       where);
  int error = may_exchange(guard, kind, &parts) ? 0 : refuse_exchange(guard, kind, &parts, member, where, err);
  cai_url_fini(&parts);
  return error;
}
