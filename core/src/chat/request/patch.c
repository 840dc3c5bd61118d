/* SPDX-License-Identifier: MIT */
#include "patch.h"

static void copy(cai_patch *patch, const char *from, const char *to) {
  if (to > from) cai_buf_append(patch->out, from, (size_t)(to - from));
}

void cai_patch_open(cai_patch *patch, cai_span container, cai_buf *out) {
  *patch = (cai_patch){.out = out, .from = container.at + 1, .end = container.at + container.len};
  patch->scan = *container.at == '{' ? cai_scan_members(container) : cai_scan_elements(container);
  cai_buf_byte(out, *container.at);
}

bool cai_patch_member(cai_patch *patch) {
  return !patch->out->error && cai_scan_member(&patch->scan, &patch->key, &patch->value);
}

bool cai_patch_element(cai_patch *patch) { return !patch->out->error && cai_scan_element(&patch->scan, &patch->value); }

static void comma(cai_patch *patch) {
  if (patch->any) cai_buf_byte(patch->out, ',');
  patch->any = true;
}

void cai_patch_begin(cai_patch *patch) {
  comma(patch);
  copy(patch, patch->from, patch->value.at);
}

void cai_patch_rename(cai_patch *patch, const char *name) {
  comma(patch);
  copy(patch, patch->from, patch->key.at);
  cai_buf_text(patch->out, name);
  copy(patch, patch->key.at + patch->key.len, patch->value.at);
}

void cai_patch_end(cai_patch *patch) {
  const char *to = patch->scan.at;
  if (to[-1] == ',') to--;
  copy(patch, patch->value.at + patch->value.len, to);
  patch->from = patch->scan.at;
}

void cai_patch_keep(cai_patch *patch) {
  cai_patch_begin(patch);
  cai_buf_append(patch->out, patch->value.at, patch->value.len);
  cai_patch_end(patch);
}

void cai_patch_drop(cai_patch *patch) { patch->from = patch->scan.at; }

void cai_patch_add(cai_patch *patch, cai_span name) {
  comma(patch);
  cai_buf_byte(patch->out, '"');
  cai_buf_append(patch->out, name.at, name.len);
  cai_buf_text(patch->out, "\":");
}

void cai_patch_close(cai_patch *patch) { copy(patch, patch->from, patch->end); }

bool cai_patch_is(cai_span value, const char *text) {
  return cai_scan_is_string(value) && cai_scan_key_is((cai_span){value.at + 1, value.len - 2}, text);
}
