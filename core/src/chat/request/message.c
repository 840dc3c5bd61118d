/* SPDX-License-Identifier: MIT
 *
 * Sources: https://platform.openai.com/docs/api-reference/chat/create (roles: with o1 models and newer, developer
 * messages replace system messages), https://cloud.google.com/vertex-ai/generative-ai/docs/migrate/openai/overview. */
#include "message.h"

#include "call.h"
#include "part.h"

static void rewrite_role(cai_rewriting *rewriting, cai_action action, cai_span role, cai_buf *out) {
  bool to_developer = action == CAI_ACTION_ROLE_DEVELOPER;
  const char *from = to_developer ? "system" : "developer", *to = to_developer ? "developer" : "system";
  if (!cai_patch_is(role, from) || (to_developer && !rewriting->reasons)) {
    cai_buf_append(out, role.at, role.len);
    return;
  }
  cai_buf_format(out, "\"%s\"", to);
  cai_rewriting_note(rewriting, "messages[].role: %s sent as %s", from, to);
}

static void rewrite_message(cai_rewriting *rewriting, cai_span message, cai_buf *out) {
  cai_patch patch;
  cai_action action;
  cai_patch_open(&patch, message, out);
  while (cai_patch_member(&patch)) {
    if (cai_rewriting_simple(rewriting, &patch, CAI_SCOPE_MESSAGE, &action)) continue;
    cai_patch_begin(&patch);
    if (action == CAI_ACTION_CONTENT)
      cai_part_rewrite(rewriting, patch.value, out);
    else if (action == CAI_ACTION_CALLS)
      cai_call_rewrite(rewriting, patch.value, out);
    else
      rewrite_role(rewriting, action, patch.value, out);
    cai_patch_end(&patch);
  }
  cai_patch_close(&patch);
}

void cai_message_rewrite(cai_rewriting *rewriting, cai_span messages, cai_buf *out) {
  cai_patch patch;
  if (!cai_scan_is_array(messages)) {
    cai_buf_append(out, messages.at, messages.len);
    return;
  }
  cai_patch_open(&patch, messages, out);
  while (!rewriting->error && cai_patch_element(&patch)) {
    if (!cai_scan_is_object(patch.value)) {
      cai_patch_keep(&patch);
      continue;
    }
    cai_patch_begin(&patch);
    rewrite_message(rewriting, patch.value, out);
    cai_patch_end(&patch);
  }
  cai_patch_close(&patch);
}
