/* SPDX-License-Identifier: MIT
 * An HTTP request and its reply as plain data: what auth and chat say they want, and what the engine feeds back to
 * them. */
#ifndef CAI_HTTP_H
#define CAI_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"

/* Ordered headers; names compare without case. Values are overwritten before they are freed: one may be a credential.
 */
typedef struct cai_header {
  char *name;
  char *value;
} cai_header;

typedef struct cai_headers {
  cai_header *items;
  size_t count;
} cai_headers;

void cai_headers_init(cai_headers *headers);
void cai_headers_fini(cai_headers *headers);
/* Replaces one of that name or appends. 0, CHATABI_E_NOMEM, or CHATABI_E_ARG for a name or value that could break out
 * of its line (CR, LF, NUL, or a name that is no token). */
int cai_headers_set(cai_headers *headers, const char *name, const char *value);
void cai_headers_remove(cai_headers *headers, const char *name);
/* NULL when absent; borrowed until the next change. */
const char *cai_headers_get(const cai_headers *headers, const char *name);
int cai_headers_copy(cai_headers *to, const cai_headers *from);

/* May this be a header's value, and one word of it: no blank, no control character? */
bool cai_header_is_word(const char *text);

typedef struct cai_http_request {
  const char *method; /* static text */
  char *url;
  cai_headers headers;
  cai_buf body;
  bool no_proxy;     /* never through a proxy (metadata server) */
  char *client_cert; /* PEM file to show in TLS instead of the client's; NULL: as configured */
  char *client_key;  /* PEM file of its key */
  char *ca_file;     /* PEM file of the authorities to trust for this request; NULL: as configured */
  int timeout_ms;    /* for the whole exchange; 0: the engine's default */
  size_t max_reply;  /* bytes of reply body that are accepted */
} cai_http_request;

void cai_http_request_init(cai_http_request *request);
void cai_http_request_fini(cai_http_request *request);

typedef struct cai_http_reply {
  int status; /* 0: none came, see `err` */
  cai_headers headers;
  cai_buf body;
  cai_err err; /* why the exchange failed below HTTP: DNS, CONNECT, TLS, TIMEOUT, DISCONNECT, TOO_LARGE ... */
} cai_http_reply;

void cai_http_reply_init(cai_http_reply *reply, size_t max_body);
void cai_http_reply_fini(cai_http_reply *reply);

#endif
