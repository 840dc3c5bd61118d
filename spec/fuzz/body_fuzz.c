/* SPDX-License-Identifier: MIT
 * Whatever the user's body is: what passes the check is one JSON object, and with a model filled in it still is one. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "chat/request/body.h"
#include "chat/request/rewrite.h"

static void complete(cai_span body, cai_err *err) {
  cai_rewrite rewrite;
  cai_span value;
  cai_rewrite_init(&rewrite);
  if (cai_rewrite_run(&rewrite, CAI_DIALECT_OFF, NULL, body, "model-x", false, err)) abort();
  if (!cai_scan_value(rewrite.body.data, rewrite.body.len, &value) || !cai_scan_is_object(value)) abort();
  if (cai_scan_is_null(cai_scan_get(value, "model"))) abort();
  cai_rewrite_fini(&rewrite);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  cai_err err;
  cai_body_facts facts = {0};
  cai_err_clear(&err);
  int error = cai_body_check((const char *)data, size, &facts, &err);
  if (!error)
    complete((cai_span){(const char *)data, size}, &err);
  else if (!err.code || !*err.message)
    abort();
  cai_free(facts.model);
  return 0;
}
