/* SPDX-License-Identifier: MIT
 * One HTTP exchange, over libcurl or from a recording: the only file that sets options of an easy handle. I/O thread
 * only. */
#ifndef CAI_TRANSFER_H
#define CAI_TRANSFER_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/err.h"
#include "../base/http.h"
#include "curl_error.h"
#include "settings.h"

typedef struct cai_transfer cai_transfer;
struct cai_playback;

typedef enum cai_flow { CAI_FLOW_ON, CAI_FLOW_PAUSE, CAI_FLOW_STOP } cai_flow;

typedef struct cai_transfer_ops {
  void (*connected)(void *owner);                               /* the request goes out; may be NULL */
  void (*head)(void *owner);                                    /* status and headers are in; may be NULL */
  cai_flow (*body)(void *owner, const char *bytes, size_t len); /* PAUSE: the same bytes come again after resume */
  void (*done)(void *owner, const cai_err *err); /* the end; err->code 0 when the response is whole. The transfer may be
                                                    freed here */
} cai_transfer_ops;

typedef struct cai_transfer_plan {
  const char *method;
  const char *url;
  const cai_headers *headers; /* read during cai_transfer_start only */
  const char *body;           /* must stay until the transfer is freed */
  size_t body_len;
  bool has_body;
  bool no_proxy;
  cai_advice advice;          /* what failures of the transport advise */
  const char *client_cert;    /* with client_key instead of the settings'; NULL: those of the settings */
  const char *client_key;     /* NULL with a client_cert: the key is in the same file */
  const char *ca_file;        /* instead of the settings'; NULL: that of the settings */
  bool waits_to_share;        /* for a connection that is being made, because it may carry several requests */
  int64_t connect_timeout_ms; /* 0: none */
  int64_t total_timeout_ms;   /* 0: none */
} cai_transfer_plan;

/* Starts it on `multi`. NULL and `err` on failure; ops are called later, never from here. `settings` must outlive it.
 */
cai_transfer *cai_transfer_start(CURLM *multi, const cai_settings *settings, const cai_transfer_plan *plan,
                                 const cai_transfer_ops *ops, void *owner, cai_err *err);

/* The same of a recorded exchange, taken over also on failure. NULL when out of memory. */
cai_transfer *cai_transfer_play(struct cai_playback *playback);

/* Ends it at once, its connection with it if the response is not whole; ops are not called. NULL is allowed. */
void cai_transfer_free(cai_transfer *transfer);

/* libcurl says that this easy handle is done: calls ops->done. */
void cai_transfer_finish(CURL *easy, CURLcode result);

/* After ops->body said PAUSE. May call ops->body and ops->done. */
void cai_transfer_resume(cai_transfer *transfer);

int cai_transfer_status(const cai_transfer *transfer);
int cai_transfer_http_version(const cai_transfer *transfer); /* 10, 11, 20, 30; 0 unknown */
long cai_transfer_new_connections(const cai_transfer *transfer);
/* Of the last response (not of a proxy's answer to CONNECT, nor of 1xx); borrowed until the transfer is freed. */
const cai_headers *cai_transfer_headers(const cai_transfer *transfer);

#endif
