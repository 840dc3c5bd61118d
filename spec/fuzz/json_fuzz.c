/* SPDX-License-Identifier: MIT
 * The scanner against cJSON: what we accept, it must parse, and both must see the same values. (The other way round
 * does not hold: cJSON accepts more than RFC 8259 does.) */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/scan.h"
#include "base/utf8.h"

static void compare(cai_span value, const cJSON *tree);

static void compare_string(cai_span value, const cJSON *tree) {
  cai_buf text;
  cai_buf_init(&text, value.len);
  if (cai_scan_string(value, &text)) abort();
  /* cJSON cannot hold a NUL. */
  if (!memchr(cai_buf_view(&text), 0, text.len) && strcmp(cai_buf_view(&text), tree->valuestring) != 0) abort();
  cai_buf_fini(&text);
}

static void compare_members(cai_span value, const cJSON *tree) {
  cai_span key, member;
  cai_scan scan = cai_scan_members(value);
  const cJSON *item = tree->child;
  for (; cai_scan_member(&scan, &key, &member); item = item->next) {
    if (!item) abort();
    compare(member, item);
  }
  if (item) abort();
}

static void compare_elements(cai_span value, const cJSON *tree) {
  cai_span element;
  cai_scan scan = cai_scan_elements(value);
  const cJSON *item = tree->child;
  for (; cai_scan_element(&scan, &element); item = item->next) {
    if (!item) abort();
    compare(element, item);
  }
  if (item) abort();
}

static void compare(cai_span value, const cJSON *tree) {
  int64_t number;
  if (cai_scan_is_string(value) != (cJSON_IsString(tree) != 0)) abort();
  if (cai_scan_is_object(value) != (cJSON_IsObject(tree) != 0)) abort();
  if (cai_scan_is_array(value) != (cJSON_IsArray(tree) != 0)) abort();
  if (cai_scan_is_null(value) != (cJSON_IsNull(tree) != 0)) abort();
  if (cai_scan_is_string(value)) compare_string(value, tree);
  if (cai_scan_is_object(value)) compare_members(value, tree);
  if (cai_scan_is_array(value)) compare_elements(value, tree);
  if (cai_scan_int(value, &number) && fabs((double)number - tree->valuedouble) > fabs(tree->valuedouble) * 1e-9)
    abort();
}

/* A lone surrogate is an error to cJSON and U+FFFD to us. */
static int may_have_surrogate(const uint8_t *data, size_t size) {
  for (size_t i = 0; i + 3 < size; i++)
    if (data[i] == '\\' && data[i + 1] == 'u' && (data[i + 2] == 'd' || data[i + 2] == 'D')) return 1;
  return 0;
}

static void check_quote(const uint8_t *data, size_t size) {
  cai_buf quoted, plain;
  cai_buf_init(&quoted, size * 8 + 16);
  cai_buf_init(&plain, size * 8 + 16);
  if (cai_scan_quote(&quoted, (const char *)data, size)) abort();
  if (cai_scan_check(quoted.data, quoted.len, NULL, NULL)) abort();
  if (cai_scan_string((cai_span){quoted.data, quoted.len}, &plain)) abort();
  if (cai_utf8_valid((const char *)data, size) && (plain.len != size || memcmp(cai_buf_view(&plain), data, size) != 0))
    abort();
  cai_buf_fini(&quoted);
  cai_buf_fini(&plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *text = malloc(size ? size : 1);
  memcpy(text, data, size);
  cai_span value;
  check_quote(data, size);
  if (cai_scan_value(text, size, &value) && !memchr(text, 0, size) && !may_have_surrogate(data, size)) {
    cJSON *tree = cJSON_ParseWithLength(value.at, value.len);
    if (!tree) abort();
    compare(value, tree);
    cJSON_Delete(tree);
  } else {
    /* Not well-formed: walking may stop early, never leave the text. */
    cai_span key, member;
    cai_scan scan = cai_scan_members((cai_span){text, size});
    while (cai_scan_member(&scan, &key, &member)) {
    }
    scan = cai_scan_elements((cai_span){text, size});
    while (cai_scan_element(&scan, &member)) {
    }
  }
  free(text);
  return 0;
}
