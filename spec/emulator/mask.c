/* SPDX-License-Identifier: MIT */
#include "mask.h"

#include <string.h>

#include "base/json.h"
#include "base/scan.h"

static const char *const secrets[] = {"subject_token", "assertion", "refresh_token", "client_secret", "actor_token"};

static bool is_secret(const char *name, size_t len) {
  for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
    if (strlen(secrets[i]) == len && memcmp(secrets[i], name, len) == 0) return true;
  return false;
}

static bool is_token_service(const char *path) {
  static const char *const paths[] = {"/token", "/v1/token", "/v1/oauthtoken", "/gdch/token"};
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
    if (strcmp(path, paths[i]) == 0) return true;
  return false;
}

static void mask_form(const char *at, cai_buf *out) {
  while (*at) {
    size_t len = strcspn(at, "&"), name = strcspn(at, "=&");
    bool hides = is_secret(at, name);
    cai_buf_append(out, at, hides ? name : len);
    if (hides) cai_buf_text(out, "=#");
    at += len;
    if (*at) cai_buf_byte(out, *at++);
  }
}

/* What is neither a form nor an object cannot be told apart, and is left out. */
static void mask_json(const char *body, size_t len, cai_buf *out) {
  cai_span object;
  if (!cai_scan_value(body, len, &object) || !cai_scan_is_object(object)) return;
  cai_scan scan = cai_scan_members(object);
  cai_span key, value;
  const char *before = "{";
  while (cai_scan_member(&scan, &key, &value)) {
    cai_buf_format(out, "%s\"%.*s\":", before, (int)key.len, key.at);
    if (is_secret(key.at, key.len))
      cai_buf_text(out, "\"#\"");
    else
      cai_buf_append(out, value.at, value.len);
    before = ",";
  }
  cai_buf_byte(out, '}');
}

void emu_mask_write(const char *path, const char *body, size_t len, cai_buf *out) {
  if (!is_token_service(path)) {
    cai_scan_quote(out, body, len);
    return;
  }
  cai_buf masked;
  cai_buf_init_secret(&masked, 1 << 20);
  if (*body == '{')
    mask_json(body, len, &masked);
  else
    mask_form(body, &masked);
  cai_scan_quote(out, cai_buf_view(&masked), masked.len);
  cai_buf_fini(&masked);
}
