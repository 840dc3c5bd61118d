/* SPDX-License-Identifier: MIT
 *
 * Sources: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/thought-signatures (the first of parallel calls
 * carries one; the value for calls of other models), https://github.com/openai/openai-python/issues/2758 (where they
 * stand on this wire). */
#include "call.h"

#include "chatabi.h"

#define SIGNATURE "thought_signature"
#define PASS "\"skip_thought_signature_validator\""

static bool is_signed(cai_span call) {
  cai_span google = cai_scan_get(cai_scan_get(call, "extra_content"), "google");
  cai_span signature = cai_scan_get(google, SIGNATURE);
  return cai_scan_is_string(signature) && signature.len > 2;
}

static bool any_signed(cai_span calls) {
  cai_span call;
  cai_scan scan = cai_scan_elements(calls);
  while (cai_scan_element(&scan, &call))
    if (is_signed(call)) return true;
  return false;
}

/* ---- signatures ---- */

static void sign_google(cai_span google, cai_buf *out) {
  cai_patch patch;
  if (!cai_scan_is_object(google)) {
    cai_buf_text(out, "{\"" SIGNATURE "\":" PASS "}");
    return;
  }
  cai_patch_open(&patch, google, out);
  while (cai_patch_member(&patch)) {
    if (cai_scan_key_is(patch.key, SIGNATURE))
      cai_patch_drop(&patch);
    else
      cai_patch_keep(&patch);
  }
  cai_patch_add(&patch, cai_span_of(SIGNATURE));
  cai_buf_text(out, PASS);
  cai_patch_close(&patch);
}

static void sign(cai_span extra, cai_buf *out) {
  cai_patch patch;
  if (!cai_scan_is_object(extra)) {
    cai_buf_text(out, "{\"google\":");
    sign_google((cai_span){NULL, 0}, out);
    cai_buf_byte(out, '}');
    return;
  }
  cai_span google = cai_scan_get(extra, "google");
  cai_patch_open(&patch, extra, out);
  while (cai_patch_member(&patch)) {
    if (cai_scan_key_is(patch.key, "google"))
      cai_patch_drop(&patch);
    else
      cai_patch_keep(&patch);
  }
  cai_patch_add(&patch, cai_span_of("google"));
  sign_google(google, out);
  cai_patch_close(&patch);
}

/* ---- arguments ---- */

static bool is_object(const cai_buf *text) {
  cai_span value;
  return cai_scan_value(cai_buf_view(text), text->len, &value) && cai_scan_is_object(value);
}

/* Some servers stream arguments with raw line feeds in their texts. */
static void escape_controls(const cai_buf *text, cai_buf *out) {
  bool inside = false, escaped = false;
  for (size_t i = 0; i < text->len; i++) {
    char byte = text->data[i];
    if (inside && (unsigned char)byte < 0x20)
      cai_buf_format(out, "\\u%04x", (unsigned)(unsigned char)byte);
    else
      cai_buf_byte(out, byte);
    if (byte == '"' && !escaped) inside = !inside;
    escaped = inside && byte == '\\' && !escaped;
  }
}

static bool is_blank(const cai_buf *text) {
  for (size_t i = 0; i < text->len; i++)
    if ((unsigned char)text->data[i] > ' ') return false;
  return true;
}

static void rewrite_arguments(cai_rewriting *rewriting, cai_span value, cai_buf *out) {
  cai_buf text, repaired;
  cai_buf_init(&text, value.len);
  cai_buf_init(&repaired, value.len * 6 + 8);
  cai_scan_string(value, &text);
  if (!text.error && is_blank(&text)) {
    cai_buf_text(&repaired, "{}");
  } else if (!text.error && cai_scan_check(text.data, text.len, NULL, NULL)) {
    escape_controls(&text, &repaired);
  }
  if (repaired.len && is_object(&repaired)) {
    cai_scan_quote(out, repaired.data, repaired.len);
    cai_rewriting_note(rewriting, "tool_calls[].function.arguments: repaired");
  } else {
    cai_buf_append(out, value.at, value.len);
  }
  if (text.error == CHATABI_E_NOMEM || repaired.error == CHATABI_E_NOMEM)
    rewriting->error = cai_err_nomem(rewriting->err);
  cai_buf_fini(&repaired);
  cai_buf_fini(&text);
}

static void rewrite_function(cai_rewriting *rewriting, cai_span function, cai_buf *out) {
  cai_patch patch;
  if (!cai_scan_is_object(function)) {
    cai_buf_append(out, function.at, function.len);
    return;
  }
  cai_patch_open(&patch, function, out);
  while (cai_patch_member(&patch)) {
    if (!cai_scan_is_string(patch.value) || !cai_scan_key_is(patch.key, "arguments")) {
      cai_patch_keep(&patch);
      continue;
    }
    cai_patch_begin(&patch);
    rewrite_arguments(rewriting, patch.value, out);
    cai_patch_end(&patch);
  }
  cai_patch_close(&patch);
}

/* ---- calls ---- */

static void rewrite_call(cai_rewriting *rewriting, cai_span call, bool to_sign, cai_buf *out) {
  cai_patch patch;
  cai_action action;
  cai_span extra = cai_scan_get(call, "extra_content");
  cai_patch_open(&patch, call, out);
  while (cai_patch_member(&patch)) {
    if (to_sign && cai_scan_key_is(patch.key, "extra_content")) {
      cai_patch_drop(&patch);
    } else if (!cai_rewriting_simple(rewriting, &patch, CAI_SCOPE_CALL, &action)) {
      cai_patch_begin(&patch);
      rewrite_function(rewriting, patch.value, out);
      cai_patch_end(&patch);
    }
  }
  if (to_sign) {
    cai_patch_add(&patch, cai_span_of("extra_content"));
    sign(extra, out);
    cai_rewriting_warn(rewriting,
                       "messages[].tool_calls: calls without a thought signature were sent with the value that skips "
                       "its check; answers may be worse. Send messages back as they came.");
  }
  cai_patch_close(&patch);
}

void cai_call_rewrite(cai_rewriting *rewriting, cai_span calls, cai_buf *out) {
  cai_patch patch;
  if (!cai_scan_is_array(calls)) {
    cai_buf_append(out, calls.at, calls.len);
    return;
  }
  bool to_sign = rewriting->signs && !any_signed(calls);
  cai_patch_open(&patch, calls, out);
  while (cai_patch_element(&patch)) {
    if (!cai_scan_is_object(patch.value)) {
      cai_patch_keep(&patch);
      continue;
    }
    cai_patch_begin(&patch);
    rewrite_call(rewriting, patch.value, to_sign, out);
    cai_patch_end(&patch);
    to_sign = false;
  }
  cai_patch_close(&patch);
}
