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

static bool is_base(const cai_guard *guard, const char *url) {
  return guard->base_url && cai_url_same_origin(guard->base_url, url);
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
  cai_err_set(err, CHATABI_E_AUTH_HOST, "The API key was not sent to %s: it belongs to base_url (%s://%s:%s%s).",
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

/* accounts.google.com: token_uri of service account keys made years ago. */
static bool may_exchange(const cai_guard *guard, const cai_url *url) {
  if (is_listed(guard, url)) return is_https(url) || cai_url_is_loopback(url);
  return is_https(url) && (is_google(guard, url) || strcmp(url->host, "accounts.google.com") == 0);
}

int cai_guard_check_exchange(const cai_guard *guard, const char *url, const char *member, const char *where,
                             cai_err *err) {
  cai_url parts;
  if (!cai_url_parse(url, &parts))
    return cai_err_set(err, CHATABI_E_AUTH_HOST, "\"%s\" in %s is no http or https URL.", member, where);
  int error = 0;
  if (!may_exchange(guard, &parts))
    error = cai_err_set(err, CHATABI_E_AUTH_HOST,
                        "\"%s\" in %s names %s://%s:%s, which is not Google's (https and *.%s). If you trust it with "
                        "this credential, add "
                        "%s:%s to the option auth_allow_hosts%s.",
                        member, where, parts.scheme, parts.host, parts.port, guard->universe_domain, parts.host,
                        parts.port, is_https(&parts) || cai_url_is_loopback(&parts) ? "" : " and use https");
  cai_url_fini(&parts);
  return error;
}
