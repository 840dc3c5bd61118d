/* SPDX-License-Identifier: MIT */
#include "warmup.h"

#include "../base/url.h"
#include "../chat/request/endpoint.h"
#include "loop.h"

enum { TIMEOUT_MS = 10000 };

void cai_warmup_init(cai_warmup *warmup, struct cai_loop *loop) { *warmup = (cai_warmup){.loop = loop}; }

void cai_warmup_fini(cai_warmup *warmup) {
  cai_transfer_free(warmup->transfer);
  warmup->transfer = NULL;
}

static cai_flow on_body(void *owner, const char *bytes, size_t len) {
  (void)owner, (void)bytes, (void)len;
  return CAI_FLOW_ON;
}

static void on_done(void *owner, const cai_err *err) {
  cai_warmup *warmup = owner;
  cai_log_add(warmup->loop->log, CAI_LOG_DEBUG, "warm-up: %s", err->code ? err->message : "connection is open");
  cai_warmup_fini(warmup);
}

static const cai_transfer_ops ops = {.body = on_body, .done = on_done};

/* The origin needs no project, so any name that the URL accepts will do. */
static bool origin_url(const cai_settings *settings, cai_buf *url) {
  cai_endpoint endpoint = cai_settings_endpoint(settings, 0, "any", NULL);
  cai_buf full;
  cai_url parts;
  cai_buf_init(&full, 8192);
  bool ok = !cai_endpoint_url(&endpoint, "/", &full, NULL) && cai_url_parse(cai_buf_view(&full), &parts);
  if (ok) {
    ok = !cai_buf_format(url, "%s://%s:%s/", parts.scheme, parts.host, parts.port);
    cai_url_fini(&parts);
  }
  cai_buf_fini(&full);
  return ok;
}

void cai_warmup_run(cai_warmup *warmup) {
  cai_loop *loop = warmup->loop;
  cai_buf url;
  cai_headers none;
  if (warmup->transfer) return;
  cai_headers_init(&none);
  cai_buf_init(&url, 8192);
  if (origin_url(&loop->settings, &url)) {
    cai_transfer_plan plan = {.method = "HEAD",
                              .url = cai_buf_view(&url),
                              .headers = &none,
                              .connect_timeout_ms = TIMEOUT_MS,
                              .total_timeout_ms = TIMEOUT_MS};
    cai_err ignored;
    warmup->transfer = cai_transfer_start(loop->multi, &loop->settings, &plan, &ops, warmup, &ignored);
  }
  cai_buf_fini(&url);
}
