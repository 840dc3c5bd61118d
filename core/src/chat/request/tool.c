/* SPDX-License-Identifier: MIT */
#include "tool.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "schema.h"

static bool same(cai_span one, cai_span other) {
  return one.len == other.len && memcmp(one.at, other.at, one.len) == 0;
}

static void convert(cai_rewriting *rewriting, cai_span schema, const char *where, cai_buf *out) {
  if (rewriting->error) return;
  rewriting->error = cai_schema_convert(schema, rewriting->dialect == CAI_DIALECT_VERTEX, where, out, rewriting->err);
}

/* Whether something is left of the parameters shows only afterwards. */
static void write_parameters(cai_rewriting *rewriting, cai_patch *patch, const char *where) {
  cai_buf schema;
  cai_buf_init(&schema, SIZE_MAX / 2);
  convert(rewriting, patch->value, where, &schema);
  cai_span text = {schema.data, schema.len};
  if (cai_schema_is_empty(text)) {
    cai_patch_drop(patch);
    cai_rewriting_note(rewriting, "function.parameters: without properties, left out");
  } else {
    if (!same(text, patch->value)) cai_rewriting_note(rewriting, "function.parameters: schema rewritten");
    cai_patch_begin(patch);
    cai_buf_append(patch->out, schema.data, schema.len);
    cai_patch_end(patch);
  }
  if (schema.error && !patch->out->error) patch->out->error = schema.error;
  cai_buf_fini(&schema);
}

static void rewrite_function(cai_rewriting *rewriting, cai_span function, const char *where, cai_buf *out) {
  cai_patch patch;
  cai_action action;
  if (!cai_scan_is_object(function)) {
    cai_buf_append(out, function.at, function.len);
    return;
  }
  cai_patch_open(&patch, function, out);
  while (cai_patch_member(&patch)) {
    if (cai_rewriting_simple(rewriting, &patch, CAI_SCOPE_FUNCTION, &action)) continue;
    if (cai_scan_is_object(patch.value))
      write_parameters(rewriting, &patch, where);
    else
      cai_patch_keep(&patch);
  }
  cai_patch_close(&patch);
}

static void rewrite_tool(cai_rewriting *rewriting, cai_span tool, const char *where, cai_buf *out) {
  cai_patch patch;
  if (!cai_scan_is_object(tool)) {
    cai_buf_append(out, tool.at, tool.len);
    return;
  }
  cai_patch_open(&patch, tool, out);
  while (cai_patch_member(&patch)) {
    if (!cai_scan_key_is(patch.key, "function")) {
      cai_patch_keep(&patch);
      continue;
    }
    cai_patch_begin(&patch);
    rewrite_function(rewriting, patch.value, where, out);
    cai_patch_end(&patch);
  }
  cai_patch_close(&patch);
}

static void rewrite_list(cai_rewriting *rewriting, cai_span list, bool tools, cai_buf *out) {
  cai_patch patch;
  char where[80];
  if (!cai_scan_is_array(list)) {
    cai_buf_append(out, list.at, list.len);
    return;
  }
  cai_patch_open(&patch, list, out);
  for (unsigned i = 0; !rewriting->error && cai_patch_element(&patch); i++) {
    snprintf(where, sizeof where, tools ? "tools[%u].function.parameters" : "functions[%u].parameters", i);
    cai_patch_begin(&patch);
    if (tools)
      rewrite_tool(rewriting, patch.value, where, out);
    else
      rewrite_function(rewriting, patch.value, where, out);
    cai_patch_end(&patch);
  }
  cai_patch_close(&patch);
}

/* response_format: the schema in its json_schema. */
static void rewrite_format(cai_rewriting *rewriting, cai_span value, const char *inner, cai_buf *out) {
  cai_patch patch;
  if (!cai_scan_is_object(value)) {
    cai_buf_append(out, value.at, value.len);
    return;
  }
  cai_patch_open(&patch, value, out);
  while (cai_patch_member(&patch)) {
    if (!cai_scan_key_is(patch.key, inner)) {
      cai_patch_keep(&patch);
      continue;
    }
    cai_patch_begin(&patch);
    if (*inner == 'j') {
      rewrite_format(rewriting, patch.value, "schema", out);
    } else {
      size_t before = out->len;
      convert(rewriting, patch.value, "response_format.json_schema.schema", out);
      if (!out->error && !same((cai_span){out->data + before, out->len - before}, patch.value))
        cai_rewriting_note(rewriting, "response_format: schema rewritten");
    }
    cai_patch_end(&patch);
  }
  cai_patch_close(&patch);
}

void cai_tool_rewrite(cai_rewriting *rewriting, cai_span name, cai_span value, cai_buf *out) {
  if (cai_scan_key_is(name, "response_format"))
    rewrite_format(rewriting, value, "json_schema", out);
  else
    rewrite_list(rewriting, value, cai_scan_key_is(name, "tools"), out);
}
