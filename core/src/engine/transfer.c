/* SPDX-License-Identifier: MIT
 *
 * What libcurl is told, and why where it is not obvious:
 * - QUICK_EXIT: cleaning up must not wait for a name that a resolver thread still looks up (measured: 4.8 s).
 * - No redirects: a credential goes to the host that it was meant for, and an API that redirects is a wrong base_url.
 * - Accept-Encoding: identity, which also makes libcurl decode a body that a proxy compressed all the same.
 * - PIPEWAIT: a burst of requests waits for the first connection to say whether it speaks HTTP/2, and then shares it.
 *   Only where TLS can say so before any request: else the second waits for the first one's answer, the third for ever
 *   (libcurl lets one go on at a time, when another request ends).
 * - No Expect header: libcurl would hold back a body over 1 MB for up to a second.
 * - No verbose output, no debug function: nothing of libcurl's sees the light that could contain a credential. */
#include "transfer.h"

#include <string.h>
#include <strings.h>

#include "../base/alloc.h"
#include "../base/file.h"
#include "../base/url.h"
#include "chatabi.h"
#include "curl_error.h"
#include "playback.h"

enum { MAX_HEADER = 1 << 20, MAX_TLS_FILE = 1 << 20 };

struct cai_transfer {
  cai_playback *playback; /* instead of all below; NULL: it goes over the network */
  CURLM *multi;
  CURL *easy;
  struct curl_slist *lines; /* request headers as libcurl wants them */
  const cai_transfer_ops *ops;
  void *owner;
  cai_headers headers; /* of the response */
  char *url;
  cai_advice advice;
  bool head_told;
  bool stopped; /* ops->body said so: the end is not an error of the network */
  char detail[CURL_ERROR_SIZE];
};

static void tell_head(cai_transfer *transfer) {
  if (transfer->head_told) return;
  transfer->head_told = true;
  if (transfer->ops->head) transfer->ops->head(transfer->owner);
}

static size_t on_body(char *bytes, size_t size, size_t count, void *arg) {
  cai_transfer *transfer = arg;
  tell_head(transfer);
  switch (transfer->ops->body(transfer->owner, bytes, size * count)) {
    case CAI_FLOW_ON: return size * count;
    case CAI_FLOW_PAUSE: return CURL_WRITEFUNC_PAUSE;
    default: transfer->stopped = true; return 0; /* less than it had: libcurl ends the transfer */
  }
}

static const char *skip_blank(const char *at, const char *end) {
  while (at < end && (*at == ' ' || *at == '\t')) at++;
  return at;
}

/* "name: value\r\n", not NUL-terminated. Lines that are no header are none of our business. */
static int keep_header(cai_headers *headers, const char *line, size_t len) {
  const char *colon = memchr(line, ':', len);
  if (!colon) return 0;
  const char *at = skip_blank(colon + 1, line + len), *end = line + len;
  while (end > at && strchr(" \t\r\n", end[-1])) end--;
  char *name = cai_strndup(line, (size_t)(colon - line));
  char *value = cai_strndup(at, (size_t)(end - at));
  int error = name && value ? cai_headers_set(headers, name, value) : CHATABI_E_NOMEM;
  cai_free(name);
  cai_free_secret(value);
  return error == CHATABI_E_ARG ? 0 : error;
}

/* Each response begins with its status line, so what came before it was an interim one. Trailers come after the body.
 */
static size_t on_header(char *line, size_t size, size_t count, void *arg) {
  cai_transfer *transfer = arg;
  size_t len = size * count;
  if (transfer->head_told) return len;
  if (len >= 5 && strncasecmp(line, "HTTP/", 5) == 0) {
    cai_headers_fini(&transfer->headers);
    return len;
  }
  if (len == 2 && cai_transfer_status(transfer) >= 200) tell_head(transfer);
  return keep_header(&transfer->headers, line, len) ? 0 : len;
}

static int on_connected(void *arg, char *peer_ip, char *own_ip, int peer_port, int own_port) {
  cai_transfer *transfer = arg;
  (void)peer_ip, (void)own_ip, (void)peer_port, (void)own_port;
  if (transfer->ops->connected) transfer->ops->connected(transfer->owner);
  return CURL_PREREQFUNC_OK;
}

static bool add_line(cai_transfer *transfer, const char *line) {
  struct curl_slist *lines = curl_slist_append(transfer->lines, line);
  if (!lines) return false;
  transfer->lines = lines;
  return true;
}

static bool add_header(cai_transfer *transfer, const cai_header *header) {
  cai_buf line;
  cai_buf_init_secret(&line, MAX_HEADER);
  /* libcurl drops "Name:" and sends an empty header for "Name;". */
  int error = *header->value ? cai_buf_format(&line, "%s: %s", header->name, header->value)
                             : cai_buf_format(&line, "%s;", header->name);
  bool ok = !error && add_line(transfer, cai_buf_view(&line));
  cai_buf_fini(&line);
  return ok;
}

static bool add_headers(cai_transfer *transfer, const cai_headers *headers) {
  for (size_t i = 0; i < headers->count; i++)
    if (!add_header(transfer, &headers->items[i])) return false;
  return add_line(transfer, "Expect:");
}

/* Lines carry the credential: libcurl's own copies are overwritten before it frees them. */
static void free_lines(struct curl_slist *lines) {
  for (struct curl_slist *line = lines; line; line = line->next) cai_cleanse(line->data, strlen(line->data));
  curl_slist_free_all(lines);
}

#define SET(option, value) ok = ok && curl_easy_setopt(easy, option, value) == CURLE_OK

static bool set_callbacks(cai_transfer *transfer) {
  CURL *easy = transfer->easy;
  bool ok = true;
  SET(CURLOPT_PRIVATE, (void *)transfer);
  SET(CURLOPT_ERRORBUFFER, transfer->detail);
  SET(CURLOPT_WRITEFUNCTION, on_body);
  SET(CURLOPT_WRITEDATA, (void *)transfer);
  SET(CURLOPT_HEADERFUNCTION, on_header);
  SET(CURLOPT_HEADERDATA, (void *)transfer);
  SET(CURLOPT_PREREQFUNCTION, on_connected);
  SET(CURLOPT_PREREQDATA, (void *)transfer);
  SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  return ok;
}

static bool set_request(cai_transfer *transfer, const cai_transfer_plan *plan) {
  CURL *easy = transfer->easy;
  bool ok = true;
  SET(CURLOPT_URL, plan->url);
  SET(CURLOPT_PROTOCOLS_STR, "http,https");
  SET(CURLOPT_FOLLOWLOCATION, 0L);
  SET(CURLOPT_ACCEPT_ENCODING, "identity");
  SET(CURLOPT_HTTPHEADER, transfer->lines);
  if (plan->has_body) {
    SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)plan->body_len);
    SET(CURLOPT_POSTFIELDS, plan->body);
  }
  if (strcmp(plan->method, "HEAD") == 0) SET(CURLOPT_NOBODY, 1L);
  SET(CURLOPT_CUSTOMREQUEST, plan->method);
  return ok;
}

static bool set_limits(CURL *easy, const cai_transfer_plan *plan) {
  bool ok = true;
  SET(CURLOPT_NOSIGNAL, 1L);
  SET(CURLOPT_QUICK_EXIT, 1L);
  /* libcurl reads 0 as its own default of 300 s. */
  SET(CURLOPT_CONNECTTIMEOUT_MS, (long)(plan->connect_timeout_ms > 0 ? plan->connect_timeout_ms : INT32_MAX));
  SET(CURLOPT_TIMEOUT_MS, (long)plan->total_timeout_ms);
  return ok;
}

static bool is_https(const cai_transfer_plan *plan) { return strncasecmp(plan->url, "https:", 6) == 0; }

/* What may go unencrypted to this machine because it never leaves it must not leave it through a proxy. */
static bool stays_here(const cai_transfer_plan *plan) {
  cai_url url;
  if (is_https(plan) || !cai_url_parse(plan->url, &url)) return false;
  bool loopback = cai_url_is_loopback(&url);
  cai_url_fini(&url);
  return loopback;
}

/* The empty text switches off libcurl's own look into the environment, which another thread of the host may be
 * changing. */
static bool set_proxy(CURL *easy, const cai_settings *settings, const cai_transfer_plan *plan) {
  bool direct = plan->no_proxy || stays_here(plan);
  const char *proxy = settings->proxy;
  if (!proxy) proxy = is_https(plan) ? settings->https_proxy : settings->http_proxy;
  if (!proxy || direct) proxy = "";
  bool ok = true;
  SET(CURLOPT_PROXY, proxy);
  SET(CURLOPT_NOPROXY, direct ? "*" : settings->no_proxy ? settings->no_proxy : "");
  if (settings->ca_file) SET(CURLOPT_PROXY_CAINFO, settings->ca_file);
  return ok;
}

/* The settings' files are the user's; libcurl reads them. */
static bool set_tls(CURL *easy, const cai_settings *settings, const cai_transfer_plan *plan) {
  bool ok = true;
  SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  if (settings->ca_file) SET(CURLOPT_CAINFO, settings->ca_file);
  if (settings->client_cert && !plan->client_cert) SET(CURLOPT_SSLCERT, settings->client_cert);
  if (settings->client_key && !plan->client_cert) SET(CURLOPT_SSLKEY, settings->client_key);
  return ok;
}

/* What a credential file names may be anything, and libcurl would wait for a FIFO. */
static bool set_file(CURL *easy, CURLoption option, const char *path, cai_err *err) {
  char reason[128];
  cai_buf text;
  if (!path) return true;
  cai_buf_init_secret(&text, MAX_TLS_FILE);
  int error = cai_file_read(path, &text);
  struct curl_blob blob = {.data = text.data, .len = text.len, .flags = CURL_BLOB_COPY};
  bool ok = !error && text.len && curl_easy_setopt(easy, option, &blob) == CURLE_OK;
  if (error || !text.len)
    cai_err_set(err, CHATABI_E_TLS, "The file %.300s cannot be read: %s.", path,
                error ? cai_file_reason(error, reason, sizeof reason) : "it is empty");
  cai_buf_fini(&text);
  return ok;
}

/* A key belongs to its certificate: the plan's replace the settings' together. */
static bool set_tls_files(CURL *easy, const cai_transfer_plan *plan, cai_err *err) {
  return set_file(easy, CURLOPT_CAINFO_BLOB, plan->ca_file, err) &&
         set_file(easy, CURLOPT_SSLCERT_BLOB, plan->client_cert, err) &&
         set_file(easy, CURLOPT_SSLKEY_BLOB, plan->client_cert ? plan->client_key : NULL, err);
}

static bool set_version(CURL *easy, const cai_settings *settings, const cai_transfer_plan *plan) {
  bool ok = true;
  long version = settings->http_version == 11   ? CURL_HTTP_VERSION_1_1
                 : settings->http_version == 20 ? CURL_HTTP_VERSION_2_0
                                                : CURL_HTTP_VERSION_2TLS;
  SET(CURLOPT_HTTP_VERSION, version);
  if (plan->waits_to_share && settings->http_version != 11 && is_https(plan)) SET(CURLOPT_PIPEWAIT, 1L);
  return ok;
}

#undef SET

static bool set_up(cai_transfer *transfer, const cai_settings *settings, const cai_transfer_plan *plan, cai_err *err) {
  transfer->easy = curl_easy_init();
  transfer->url = cai_strdup(plan->url);
  transfer->advice = plan->advice;
  return transfer->easy && transfer->url && add_headers(transfer, plan->headers) && set_callbacks(transfer) &&
         set_request(transfer, plan) && set_limits(transfer->easy, plan) && set_proxy(transfer->easy, settings, plan) &&
         set_tls(transfer->easy, settings, plan) && set_tls_files(transfer->easy, plan, err) &&
         set_version(transfer->easy, settings, plan);
}

cai_transfer *cai_transfer_start(CURLM *multi, const cai_settings *settings, const cai_transfer_plan *plan,
                                 const cai_transfer_ops *ops, void *owner, cai_err *err) {
  cai_transfer *transfer = cai_calloc(1, sizeof *transfer);
  if (!transfer) {
    cai_err_nomem(err);
    return NULL;
  }
  transfer->ops = ops;
  transfer->owner = owner;
  cai_headers_init(&transfer->headers);
  cai_err_clear(err);
  if (set_up(transfer, settings, plan, err) && curl_multi_add_handle(multi, transfer->easy) == CURLM_OK) {
    transfer->multi = multi;
    return transfer;
  }
  cai_transfer_free(transfer);
  if (!err->code) cai_err_nomem(err);
  return NULL;
}

cai_transfer *cai_transfer_play(cai_playback *playback) {
  cai_transfer *transfer = cai_calloc(1, sizeof *transfer);
  if (!transfer) {
    cai_playback_free(playback);
    return NULL;
  }
  transfer->playback = playback;
  return transfer;
}

void cai_transfer_free(cai_transfer *transfer) {
  if (!transfer) return;
  cai_playback_free(transfer->playback);
  if (transfer->multi) curl_multi_remove_handle(transfer->multi, transfer->easy);
  curl_easy_cleanup(transfer->easy);
  free_lines(transfer->lines);
  cai_headers_fini(&transfer->headers);
  cai_free_secret(transfer->url); /* a key may be in its query */
  cai_free(transfer);
}

static long long_info(const cai_transfer *transfer, CURLINFO info) {
  long value = 0;
  return curl_easy_getinfo(transfer->easy, info, &value) == CURLE_OK ? value : 0;
}

void cai_transfer_finish(CURL *easy, CURLcode result) {
  char *private = NULL;
  if (curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private) != CURLE_OK || !private) return;
  cai_transfer *transfer = (cai_transfer *)(void *)private;
  cai_err err;
  cai_err_clear(&err);
  if (result == CURLE_OK) tell_head(transfer);
  int connect_status = (int)long_info(transfer, CURLINFO_HTTP_CONNECTCODE);
  if (result != CURLE_OK && !transfer->head_told && connect_status >= 300)
    cai_curl_proxy_error(&err, connect_status, transfer->url);
  else if (result != CURLE_OK && !transfer->stopped)
    cai_curl_error(&err, result, transfer->detail, transfer->url, transfer->advice);
  transfer->ops->done(transfer->owner, &err);
}

/* libcurl hands out what it held back from inside the call, and reports a stop there by its return value only. */
void cai_transfer_resume(cai_transfer *transfer) {
  if (transfer->playback) {
    transfer->playback->paused = false;
    return;
  }
  CURLcode result = curl_easy_pause(transfer->easy, CURLPAUSE_CONT);
  if (result != CURLE_OK) cai_transfer_finish(transfer->easy, result);
}

int cai_transfer_status(const cai_transfer *transfer) {
  return transfer->playback ? transfer->playback->recorded->status : (int)long_info(transfer, CURLINFO_RESPONSE_CODE);
}

int cai_transfer_http_version(const cai_transfer *transfer) {
  if (transfer->playback) return transfer->playback->recorded->http_version;
  switch (long_info(transfer, CURLINFO_HTTP_VERSION)) {
    case CURL_HTTP_VERSION_1_0: return 10;
    case CURL_HTTP_VERSION_1_1: return 11;
    case CURL_HTTP_VERSION_2_0: return 20;
    case CURL_HTTP_VERSION_3: return 30;
    default: return 0;
  }
}

long cai_transfer_new_connections(const cai_transfer *transfer) {
  return transfer->playback ? 0 : long_info(transfer, CURLINFO_NUM_CONNECTS);
}

const cai_headers *cai_transfer_headers(const cai_transfer *transfer) {
  return transfer->playback ? &transfer->playback->headers : &transfer->headers;
}
