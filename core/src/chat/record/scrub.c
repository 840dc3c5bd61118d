/* SPDX-License-Identifier: MIT */
#include "scrub.h"

#include <string.h>
#include <strings.h>

static bool contains(const char *name, size_t len, const char *word) {
  size_t word_len = strlen(word);
  for (size_t i = 0; i + word_len <= len; i++)
    if (strncasecmp(name + i, word, word_len) == 0) return true;
  return false;
}

static bool is_secret(const char *name, size_t len) {
  static const char *const words[] = {"auth",     "key",        "token",     "secret", "cookie",
                                      "password", "credential", "signature", "session"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (contains(name, len, words[i])) return true;
  return len == 3 && strncasecmp(name, "sig", len) == 0;
}

bool cai_scrub_is_secret(const char *name) { return is_secret(name, strlen(name)); }

bool cai_scrub_shows_sent(const char *name) {
  static const char vertex[] = "x-vertex-ai-";
  static const char *const shown[] = {"content-type",        "accept",           "user-agent",
                                      "x-goog-user-project", "x-server-timeout", "openai-beta"};
  for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
    if (strcasecmp(name, shown[i]) == 0) return true;
  return strncasecmp(name, vertex, sizeof vertex - 1) == 0 && !cai_scrub_is_secret(name);
}

/* "x-ratelimit-remaining-tokens" counts another kind of token. */
bool cai_scrub_shows_received(const char *name) {
  return !cai_scrub_is_secret(name) || contains(name, strlen(name), "ratelimit");
}

static void add_parameter(cai_buf *out, const char *at, size_t len) {
  const char *equals = memchr(at, '=', len);
  size_t name_len = equals ? (size_t)(equals - at) : len;
  if (equals && is_secret(at, name_len))
    cai_buf_format(out, "%.*s=" CAI_SCRUBBED, (int)name_len, at);
  else
    cai_buf_append(out, at, len);
}

/* Behind "scheme://user:password@". */
static const char *skip_user(cai_buf *out, const char *url) {
  const char *host = strstr(url, "://");
  if (!host || (size_t)(host - url) > strcspn(url, "/?#")) return url;
  host += 3;
  cai_buf_append(out, url, (size_t)(host - url));
  const char *end = host + strcspn(host, "/?#");
  for (const char *at = host; at < end; at++)
    if (*at == '@') host = at + 1;
  return host;
}

int cai_scrub_url(cai_buf *out, const char *url) {
  const char *at = skip_user(out, url);
  size_t len = strcspn(at, "?#");
  cai_buf_append(out, at, len);
  at += len;
  while (*at) {
    cai_buf_byte(out, *at++);
    len = strcspn(at, "&;?#");
    add_parameter(out, at, len);
    at += len;
  }
  return out->error;
}
