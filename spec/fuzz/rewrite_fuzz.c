/* SPDX-License-Identifier: MIT
 * Whatever the body is, in any dialect: what comes out of it is JSON, and rewriting that again changes nothing. The
 * first byte chooses the dialect. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "chat/request/body.h"
#include "chat/request/rewrite.h"

/* "stream_options": null is taken out and says "none": the second time nobody says it any more. */
static bool says_none(cai_span body) {
  cai_span key, value;
  cai_scan scan = cai_scan_members(body);
  while (cai_scan_member(&scan, &key, &value))
    if (cai_scan_key_is(key, "stream_options")) return true;
  return memmem(body.at, body.len, "extra_body", 10) || memchr(body.at, '\\', body.len);
}

static void again(cai_dialect dialect, const cai_buf *body, bool may_add_usage) {
  cai_rewrite second;
  cai_err err;
  cai_err_clear(&err);
  cai_rewrite_init(&second);
  cai_span span = {body->data, body->len};
  if (cai_rewrite_run(&second, dialect, NULL, span, "gemini-3-x", false, &err)) abort();
  bool same = second.body.len == body->len && memcmp(second.body.data, body->data, body->len) == 0;
  if (!same && !may_add_usage) abort();
  if (!same) again(dialect, &second.body, false);
  cai_rewrite_fini(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  cai_err err;
  cai_rewrite rewrite;
  cai_body_facts facts = {0};
  cai_span value, body = {(const char *)data + 1, size - 1};
  if (!size) return 0;
  cai_dialect dialect = (cai_dialect)(data[0] % CAI_DIALECT_COUNT);
  cai_err_clear(&err);
  if (cai_body_check(body.at, body.len, &facts, &err) == 0) {
    cai_rewrite_init(&rewrite);
    if (cai_rewrite_run(&rewrite, dialect, NULL, body, "gemini-3-x", false, &err) == 0) {
      if (!cai_scan_value(rewrite.body.data, rewrite.body.len, &value) || !cai_scan_is_object(value)) abort();
      cai_scan_value(body.at, body.len, &value);
      again(dialect, &rewrite.body, says_none(value));
    } else if (!err.code || !*err.message) {
      abort();
    }
    cai_rewrite_fini(&rewrite);
  }
  cai_free(facts.model);
  return 0;
}
