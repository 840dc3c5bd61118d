/* SPDX-License-Identifier: MIT
 * URLs, taken apart by the same parser that later connects (libcurl's): a check by another parser could be talked past.
 */
#ifndef CAI_URL_H
#define CAI_URL_H

#include <stdbool.h>

#include "buf.h"

typedef struct cai_url {
  char *scheme; /* lower case */
  char *host;   /* lower case, IPv6 in brackets */
  char *port;   /* decimal, the scheme's default when the URL names none */
  char *path;   /* begins with '/' */
  char *query;  /* without '?'; NULL when there is none */
} cai_url;

/* Only http and https URLs without user name and password. False for anything else and when memory is short. */
bool cai_url_parse(const char *text, cai_url *url);
void cai_url_fini(cai_url *url);

/* localhost, 127.0.0.0/8 and [::1]: what never leaves the machine. */
bool cai_url_is_loopback(const cai_url *url);

/* How many bytes of a URL may be shown in logs and messages: up to the query, which may hold a key. */
int cai_url_shown(const char *url);

/* Same scheme, host and port. */
bool cai_url_same_origin(const char *one, const char *other);

/* Is `host` this domain or one below it? */
bool cai_url_host_within(const char *host, const char *domain);

/* Appends text percent-encoded for a path segment or form value (RFC 3986 unreserved characters stay). Returns
 * buf->error. */
int cai_url_escape(cai_buf *out, const char *text);

/* Appends "name=value" of application/x-www-form-urlencoded, with '&' before it unless it is the first. */
int cai_url_form(cai_buf *out, const char *name, const char *value);

#endif
