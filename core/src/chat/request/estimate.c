/* SPDX-License-Identifier: MIT */
#include "estimate.h"

#include <string.h>

static bool is_file(cai_span key) {
  return cai_scan_key_is(key, "data") || cai_scan_key_is(key, "file_data") || cai_scan_key_is(key, "url");
}

static int64_t text_bytes(cai_span value) {
  cai_span key, inner;
  int64_t bytes = 0;
  if (cai_scan_is_string(value)) return (int64_t)value.len - 2;
  cai_scan scan = cai_scan_members(value);
  while (cai_scan_member(&scan, &key, &inner))
    if (!is_file(key)) bytes += text_bytes(inner);
  scan = cai_scan_elements(value);
  while (cai_scan_element(&scan, &inner)) bytes += text_bytes(inner);
  return bytes;
}

int64_t cai_estimate_prompt(cai_span body) {
  int64_t bytes = text_bytes(cai_scan_get(body, "messages")) + text_bytes(cai_scan_get(body, "tools")) +
                  text_bytes(cai_scan_get(body, "input")) + text_bytes(cai_scan_get(body, "prompt"));
  return (bytes + CAI_ESTIMATE_BYTES - 1) / CAI_ESTIMATE_BYTES;
}
