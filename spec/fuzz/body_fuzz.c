/* SPDX-License-Identifier: MIT
 * Whatever the user's body is: what is sent is one JSON object that has a model. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/scan.h"
#include "chat/request/body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  cai_buf out;
  cai_err err;
  cai_body_facts facts = {0};
  cai_buf_init(&out, size + 1024);
  cai_err_clear(&err);
  int error = cai_body_build((const char *)data, size, "model-x", &out, &facts, &err);
  if (!error) {
    cai_span value;
    if (!cai_scan_value(out.data, out.len, &value) || !cai_scan_is_object(value)) abort();
    if (cai_scan_is_null(cai_scan_get(value, "model"))) abort();
  } else if (!err.code || !*err.message) {
    abort();
  }
  cai_free(facts.model);
  cai_buf_fini(&out);
  return 0;
}
