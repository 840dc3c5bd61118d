/* SPDX-License-Identifier: MIT */
#include "http.h"

#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "chatabi.h"

enum { MAX_HEADERS = 256, REPLY_MAX = 1024 * 1024 };

void cai_headers_init(cai_headers *headers) { memset(headers, 0, sizeof *headers); }

static void free_header(cai_header *header) {
  cai_free(header->name);
  cai_free_secret(header->value);
}

void cai_headers_fini(cai_headers *headers) {
  for (size_t i = 0; i < headers->count; i++) free_header(&headers->items[i]);
  cai_free(headers->items);
  cai_headers_init(headers);
}

static cai_header *find(const cai_headers *headers, const char *name) {
  for (size_t i = 0; i < headers->count; i++)
    if (strcasecmp(headers->items[i].name, name) == 0) return &headers->items[i];
  return NULL;
}

/* RFC 9110, 5.6.2: the characters of a token. */
static bool is_token(const char *text) {
  static const char allowed[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  return *text && strspn(text, allowed) == strlen(text);
}

static int append(cai_headers *headers, char *name, char *value) {
  if (headers->count == MAX_HEADERS) return CHATABI_E_TOO_LARGE;
  cai_header *items = cai_realloc(headers->items, (headers->count + 1) * sizeof *items);
  if (!items) return CHATABI_E_NOMEM;
  headers->items = items;
  items[headers->count++] = (cai_header){name, value};
  return 0;
}

int cai_headers_set(cai_headers *headers, const char *name, const char *value) {
  if (!is_token(name) || strpbrk(value, "\r\n")) return CHATABI_E_ARG;
  char *copy = cai_strdup(value);
  if (!copy) return CHATABI_E_NOMEM;
  cai_header *old = find(headers, name);
  if (old) {
    cai_free_secret(old->value);
    old->value = copy;
    return 0;
  }
  char *key = cai_strdup(name);
  int error = key ? append(headers, key, copy) : CHATABI_E_NOMEM;
  if (error) {
    cai_free(key);
    cai_free_secret(copy);
  }
  return error;
}

void cai_headers_remove(cai_headers *headers, const char *name) {
  cai_header *old = find(headers, name);
  if (!old) return;
  free_header(old);
  size_t at = (size_t)(old - headers->items);
  memmove(old, old + 1, (headers->count - at - 1) * sizeof *old);
  headers->count--;
}

const char *cai_headers_get(const cai_headers *headers, const char *name) {
  cai_header *found = find(headers, name);
  return found ? found->value : NULL;
}

int cai_headers_copy(cai_headers *to, const cai_headers *from) {
  for (size_t i = 0; i < from->count; i++) {
    int error = cai_headers_set(to, from->items[i].name, from->items[i].value);
    if (error) return error;
  }
  return 0;
}

bool cai_header_is_word(const char *text) {
  for (; *text; text++)
    if ((unsigned char)*text <= 0x20 || *text == 0x7f) return false;
  return true;
}

void cai_http_request_init(cai_http_request *request) {
  memset(request, 0, sizeof *request);
  request->method = "GET";
  request->max_reply = REPLY_MAX;
  cai_headers_init(&request->headers);
  cai_buf_init_secret(&request->body, REPLY_MAX);
}

void cai_http_request_fini(cai_http_request *request) {
  cai_free_secret(request->url);
  cai_free(request->client_cert);
  cai_free(request->client_key);
  cai_free(request->ca_file);
  cai_headers_fini(&request->headers);
  cai_buf_fini(&request->body);
  cai_http_request_init(request);
}

void cai_http_reply_init(cai_http_reply *reply, size_t max_body) {
  memset(reply, 0, sizeof *reply);
  cai_headers_init(&reply->headers);
  cai_buf_init_secret(&reply->body, max_body);
  cai_err_clear(&reply->err);
}

void cai_http_reply_fini(cai_http_reply *reply) {
  cai_headers_fini(&reply->headers);
  cai_buf_fini(&reply->body);
}
