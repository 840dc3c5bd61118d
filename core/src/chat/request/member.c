/* SPDX-License-Identifier: MIT
 *
 * Source: https://cloud.google.com/vertex-ai/generative-ai/docs/migrate/openai/overview,
 * https://docs.cloud.google.com/vertex-ai/generative-ai/docs/flex-paygo (headers of the tiers). */
#include "member.h"

#include <string.h>

#include "message.h"
#include "tool.h"

static bool equal(cai_span one, cai_span other) {
  int64_t left, right;
  if (cai_scan_int(one, &left) && cai_scan_int(other, &right)) return left == right;
  return one.len == other.len && memcmp(one.at, other.at, one.len) == 0;
}

/* vLLM has a use for each; of another server nothing is known. */
static bool takes_both(const cai_rewriting *rewriting) {
  return rewriting->dialect == CAI_DIALECT_MODEL_GARDEN || rewriting->dialect == CAI_DIALECT_COMPATIBLE;
}

/* Two limits that differ are left as they are where they may mean something; and so is what was written for a model of
 * OpenAI's that takes one name only, behind a server that may be OpenAI's in the end. */
static bool keeps_limits(const cai_rewriting *rewriting, const cai_member_facts *body) {
  if (rewriting->dialect == CAI_DIALECT_COMPATIBLE && rewriting->reasons) return true;
  return takes_both(rewriting) && !cai_scan_is_null(body->max_tokens) &&
         !cai_scan_is_null(body->max_completion_tokens) && !equal(body->max_tokens, body->max_completion_tokens);
}

void cai_member_check(cai_rewriting *rewriting, const cai_member_facts *body) {
  if (cai_scan_is_null(body->max_tokens) || cai_scan_is_null(body->max_completion_tokens)) return;
  if (takes_both(rewriting)) return;
  if (!equal(body->max_tokens, body->max_completion_tokens))
    cai_rewriting_refuse(rewriting,
                         "Members \"max_tokens\" and \"max_completion_tokens\" are two names of one limit and differ: "
                         "leave one of them out.");
}

static void rewrite_limit(cai_rewriting *rewriting, cai_patch *patch, cai_action action, const cai_member_facts *body) {
  bool is_new = cai_scan_key_is(patch->key, "max_completion_tokens"), wants_new = action == CAI_ACTION_LIMIT_NEW;
  const char *wanted = wants_new ? "max_completion_tokens" : "max_tokens";
  if (keeps_limits(rewriting, body)) {
    cai_patch_keep(patch);
    return;
  }
  cai_span mine = patch->value, other = is_new ? body->max_tokens : body->max_completion_tokens;
  bool empty = cai_scan_is_null(mine) && other.at && (!cai_scan_is_null(other) || is_new != wants_new);
  if (empty || (!cai_scan_is_null(other) && is_new != wants_new)) {
    cai_patch_drop(patch);
    cai_rewriting_note(rewriting, "max_tokens, max_completion_tokens: one of the two was left out");
  } else if (is_new == wants_new || action == CAI_ACTION_LIMIT) {
    cai_patch_keep(patch);
  } else {
    cai_patch_rename(patch, wanted);
    cai_buf_append(patch->out, mine.at, mine.len);
    cai_patch_end(patch);
    cai_rewriting_note(rewriting, "%s: sent as %s", is_new ? "max_completion_tokens" : "max_tokens", wanted);
  }
}

static int set_header(cai_rewriting *rewriting, const char *name, const char *value) {
  int error = cai_headers_set(&rewriting->result->headers, name, value);
  if (error && !rewriting->error) rewriting->error = cai_err_nomem(rewriting->err);
  return error;
}

static void rewrite_tier(cai_rewriting *rewriting, cai_patch *patch, const cai_member_facts *body) {
  bool flex = cai_patch_is(patch->value, "flex"), priority = cai_patch_is(patch->value, "priority");
  bool usual =
      cai_scan_is_null(patch->value) || cai_patch_is(patch->value, "auto") || cai_patch_is(patch->value, "default");
  if (!flex && !priority && !usual) {
    cai_patch_keep(patch);
    return;
  }
  cai_patch_drop(patch);
  cai_rewriting_note(rewriting, usual ? "service_tier: left out" : "service_tier: sent as a header");
  if (usual || patch->value.at != body->service_tier.at) return; /* of several the last counts */
  set_header(rewriting, "X-Vertex-AI-LLM-Shared-Request-Type", flex ? "flex" : "priority");
  if (flex) set_header(rewriting, "X-Server-Timeout", "1800");
  rewriting->result->patient = flex;
}

static void replace(cai_rewriting *rewriting, cai_patch *patch, const char *name, const char *value) {
  cai_patch_begin(patch);
  cai_buf_format(patch->out, "\"%s\"", value);
  cai_patch_end(patch);
  cai_rewriting_note(rewriting, "%s: sent as %s", name, value);
}

static void rewrite_effort(cai_rewriting *rewriting, cai_patch *patch, bool low) {
  if (cai_patch_is(patch->value, "xhigh"))
    replace(rewriting, patch, "reasoning_effort", "high");
  else if (low && cai_patch_is(patch->value, "minimal"))
    replace(rewriting, patch, "reasoning_effort", "low");
  else
    cai_patch_keep(patch);
}

static void rewrite_stream_options(cai_rewriting *rewriting, cai_patch *patch, bool streams) {
  if (streams && !cai_scan_is_null(patch->value)) {
    cai_patch_keep(patch);
    return;
  }
  cai_patch_drop(patch);
  cai_rewriting_note(rewriting, "stream_options: left out");
}

void cai_member_rewrite(cai_rewriting *rewriting, cai_patch *patch, const cai_member_facts *body) {
  cai_action action;
  if (cai_rewriting_simple(rewriting, patch, CAI_SCOPE_BODY, &action)) return;
  switch (action) {
    case CAI_ACTION_LIMIT:
    case CAI_ACTION_LIMIT_OLD:
    case CAI_ACTION_LIMIT_NEW: rewrite_limit(rewriting, patch, action, body); break;
    case CAI_ACTION_TIER: rewrite_tier(rewriting, patch, body); break;
    case CAI_ACTION_STREAM_OPTIONS:
    case CAI_ACTION_STREAM_USAGE: rewrite_stream_options(rewriting, patch, cai_span_equal(body->stream, "true")); break;
    case CAI_ACTION_EFFORT_VERTEX:
    case CAI_ACTION_EFFORT_GEMINI: rewrite_effort(rewriting, patch, action == CAI_ACTION_EFFORT_VERTEX); break;
    case CAI_ACTION_VALIDATED:
      if (cai_patch_is(patch->value, "validated"))
        replace(rewriting, patch, "tool_choice", "auto");
      else
        cai_patch_keep(patch);
      break;
    case CAI_ACTION_MESSAGES:
      cai_patch_begin(patch);
      cai_message_rewrite(rewriting, patch->value, patch->out);
      cai_patch_end(patch);
      break;
    case CAI_ACTION_SCHEMA:
      cai_patch_begin(patch);
      cai_tool_rewrite(rewriting, patch->key, patch->value, patch->out);
      cai_patch_end(patch);
      break;
    default: cai_patch_keep(patch); /* extra_body and google: done before */
  }
}
