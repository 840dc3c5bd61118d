/* SPDX-License-Identifier: MIT
 * A credential file from a stranger, and replies from a strange token server: the input up to the first NUL is the
 * file, the rest replies. Nothing may be asked of a host that is not Google's. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auth/token.h"
#include "base/url.h"
#include "chatabi.h"

static void check_target(const cai_http_request *request) {
  cai_url url;
  if (!cai_url_parse(request->url, &url)) abort();
  bool metadata = strcmp(url.host, "169.254.169.254") == 0;
  bool google = strcmp(url.scheme, "https") == 0 &&
                (cai_url_host_within(url.host, "googleapis.com") || cai_url_host_within(url.host, "google.com"));
  if (!metadata && !google) abort();
  cai_url_fini(&url);
}

static void answer(cai_token *token, cai_now *now, const char *reply, size_t len) {
  cai_errand errand;
  cai_http_reply fed;
  cai_errand_init(&errand);
  if (cai_token_want(token, *now, &errand)) {
    check_target(&errand.http);
    cai_http_reply_init(&fed, 1 << 20);
    fed.status = len && (reply[0] & 1) ? 400 : 200;
    cai_buf_append(&fed.body, reply, len);
    cai_token_reply(token, *now, &fed);
    cai_http_reply_fini(&fed);
  }
  cai_errand_fini(&errand);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *text = malloc(size + 1);
  memcpy(text, data, size);
  text[size] = '\0';
  size_t file_len = strlen(text);
  const char *reply = file_len < size ? text + file_len + 1 : text;
  size_t reply_len = file_len < size ? size - file_len - 1 : size;
  cai_places places = {0};
  cai_auth auth = {.source = CAI_SOURCE_JSON, .value = text};
  cai_token *token = cai_token_new(&auth, &places, NULL);
  if (!token) abort();
  cai_now now = {.boot_ms = 1000000, .wall_ms = 1780000000000};
  for (int i = 0; i < 4; i++) {
    cai_lease lease = {0};
    cai_err err;
    cai_err_clear(&err);
    cai_lease_state state = cai_token_lease(token, now, "https://aiplatform.googleapis.com/v1", &lease, &err);
    if (state == CAI_LEASE_FAILED && (!err.code || !*err.message)) abort();
    if (state == CAI_LEASE_READY && strpbrk(lease.value, "\r\n")) abort();
    answer(token, &now, reply, reply_len);
    now.boot_ms += 20000;
    now.wall_ms += 20000;
  }
  cJSON *status = cJSON_CreateObject();
  if (!cai_token_status(token, now, status)) abort();
  cJSON_Delete(status);
  cai_token_free(token);
  free(text);
  return 0;
}
