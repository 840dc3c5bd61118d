/* SPDX-License-Identifier: MIT */
#include "rewriting.h"

#include <stdio.h>
#include <string.h>

#include "chatabi.h"

static void add_line(cai_buf *lines, const char *line) {
  size_t len = strlen(line);
  for (const char *at = cai_buf_view(lines); (at = strstr(at, line)) != NULL; at += len)
    if (at[len] == '\n') return;
  cai_buf_format(lines, "%s\n", line);
}

void cai_rewriting_note(cai_rewriting *rewriting, const char *format, ...) {
  char line[256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  add_line(&rewriting->result->notes, line);
}

void cai_rewriting_warn(cai_rewriting *rewriting, const char *line) { add_line(&rewriting->result->warnings, line); }

void cai_rewriting_refuse(cai_rewriting *rewriting, const char *format, ...) {
  char sentence[CAI_ERR_MESSAGE];
  va_list arguments;
  if (rewriting->error) return;
  va_start(arguments, format);
  vsnprintf(sentence, sizeof sentence, format, arguments);
  va_end(arguments);
  rewriting->error = cai_err_set(rewriting->err, CHATABI_E_BODY, "%s", sentence);
}

bool cai_rewriting_simple(cai_rewriting *rewriting, cai_patch *patch, cai_scope scope, cai_action *action) {
  static const char *const places[] = {"", "messages[].", "tool_calls[].", "content[].", "", "function."};
  *action = cai_parameter_action(scope, patch->key, rewriting->dialect);
  if (*action == CAI_ACTION_KEEP) {
    cai_patch_keep(patch);
  } else if (*action == CAI_ACTION_DROP && rewriting->gateway && cai_scan_key_is(patch->key, "extra_content")) {
    cai_patch_keep(patch);
  } else if (*action == CAI_ACTION_DROP) {
    cai_patch_drop(patch);
    cai_rewriting_note(rewriting, "%s%.*s: left out", places[scope], (int)patch->key.len, patch->key.at);
  } else {
    return false;
  }
  return true;
}
