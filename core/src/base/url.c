/* SPDX-License-Identifier: MIT */
#include "url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <curl/curl.h>
#include <string.h>

#include "alloc.h"

static void lower(char *text) {
  for (; *text; text++) *text = (char)tolower((unsigned char)*text);
}

/* A part as our own text; NULL when absent or on failure. */
static char *part_of(CURLU *handle, CURLUPart part, unsigned flags) {
  char *text = NULL;
  if (curl_url_get(handle, part, &text, flags) != CURLUE_OK) return NULL;
  char *copy = cai_strdup(text);
  curl_free(text);
  return copy;
}

static bool has_part(CURLU *handle, CURLUPart part) {
  char *text = NULL;
  bool has = curl_url_get(handle, part, &text, 0) == CURLUE_OK;
  curl_free(text);
  return has;
}

static bool take_apart(CURLU *handle, cai_url *url) {
  if (has_part(handle, CURLUPART_USER) || has_part(handle, CURLUPART_PASSWORD)) return false;
  url->scheme = part_of(handle, CURLUPART_SCHEME, 0);
  url->host = part_of(handle, CURLUPART_HOST, 0);
  url->port = part_of(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  url->path = part_of(handle, CURLUPART_PATH, 0);
  url->query = part_of(handle, CURLUPART_QUERY, 0);
  if (!url->scheme || !url->host || !url->port || !url->path) return false;
  lower(url->scheme);
  lower(url->host);
  return *url->host && (strcmp(url->scheme, "https") == 0 || strcmp(url->scheme, "http") == 0);
}

bool cai_url_parse(const char *text, cai_url *url) {
  memset(url, 0, sizeof *url);
  CURLU *handle = curl_url();
  if (!handle) return false;
  bool ok = curl_url_set(handle, CURLUPART_URL, text, 0) == CURLUE_OK && take_apart(handle, url);
  curl_url_cleanup(handle);
  if (!ok) cai_url_fini(url);
  return ok;
}

void cai_url_fini(cai_url *url) {
  cai_free(url->scheme);
  cai_free(url->host);
  cai_free(url->port);
  cai_free(url->path);
  cai_free(url->query);
  memset(url, 0, sizeof *url);
}

bool cai_url_is_loopback(const cai_url *url) {
  struct in_addr address;
  if (strcmp(url->host, "localhost") == 0 || strcmp(url->host, "[::1]") == 0) return true;
  return inet_pton(AF_INET, url->host, &address) == 1 && (ntohl(address.s_addr) >> 24) == 127;
}

int cai_url_shown(const char *url) { return (int)strcspn(url, "?#"); }

bool cai_url_same_origin(const char *one, const char *other) {
  cai_url a, b;
  if (!cai_url_parse(one, &a)) return false;
  bool same = cai_url_parse(other, &b);
  if (same) same = strcmp(a.scheme, b.scheme) == 0 && strcmp(a.host, b.host) == 0 && strcmp(a.port, b.port) == 0;
  cai_url_fini(&a);
  cai_url_fini(&b);
  return same;
}

bool cai_url_host_within(const char *host, const char *domain) {
  size_t host_len = strlen(host), domain_len = strlen(domain);
  if (host_len < domain_len || strcmp(host + host_len - domain_len, domain) != 0) return false;
  return host_len == domain_len || host[host_len - domain_len - 1] == '.';
}

int cai_url_escape(cai_buf *out, const char *text) {
  for (; *text; text++) {
    unsigned char byte = (unsigned char)*text;
    if (byte < 0x80 && (isalnum(byte) || strchr("-._~", byte)))
      cai_buf_byte(out, *text);
    else
      cai_buf_format(out, "%%%02X", byte);
  }
  return out->error;
}

int cai_url_form(cai_buf *out, const char *name, const char *value) {
  if (out->len) cai_buf_byte(out, '&');
  cai_url_escape(out, name);
  cai_buf_byte(out, '=');
  return cai_url_escape(out, value);
}
