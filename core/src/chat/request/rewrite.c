/* SPDX-License-Identifier: MIT
 */
#include "rewrite.h"

#include <stdint.h>
#include <string.h>

#include "../../base/alloc.h"
#include "chatabi.h"
#include "extra_body.h"
#include "member.h"
#include "model.h"
#include "rewriting.h"

enum { LINES = 16 * 1024 };

void cai_rewrite_init(cai_rewrite *rewrite) {
  *rewrite = (cai_rewrite){.patient = false};
  cai_buf_init(&rewrite->body, SIZE_MAX / 2);
  cai_buf_init(&rewrite->notes, LINES);
  cai_buf_init(&rewrite->warnings, LINES);
  cai_headers_init(&rewrite->headers);
}

void cai_rewrite_fini(cai_rewrite *rewrite) {
  cai_buf_fini(&rewrite->body);
  cai_buf_fini(&rewrite->notes);
  cai_buf_fini(&rewrite->warnings);
  cai_headers_fini(&rewrite->headers);
  cai_free(rewrite->model);
  rewrite->model = NULL;
}

static cai_member_facts look(cai_span body) {
  cai_member_facts found = {.model = {NULL, 0}};
  const struct {
    const char *name;
    cai_span *value;
  } wanted[] = {{"model", &found.model},
                {"stream", &found.stream},
                {"stream_options", &found.stream_options},
                {"max_tokens", &found.max_tokens},
                {"max_completion_tokens", &found.max_completion_tokens},
                {"reasoning_effort", &found.reasoning_effort},
                {"extra_body", &found.extra_body},
                {"service_tier", &found.service_tier}};
  cai_span key, value;
  cai_scan scan = cai_scan_members(body);
  while (cai_scan_member(&scan, &key, &value))
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
      if (cai_scan_key_is(key, wanted[i].name)) *wanted[i].value = value;
  return found;
}

/* ---- the model ---- */

static bool names_model(cai_span model) {
  return !cai_scan_is_null(model) && !(cai_scan_is_string(model) && model.len == 2);
}

/* Sets the model as it will be sent; `*stays` when the body's own text already says that. */
static int choose_model(cai_rewrite *rewrite, cai_dialect dialect, cai_span old, const char *model, bool model_wins,
                        bool *stays) {
  cai_buf given, sent;
  bool configured = model && *model, named = names_model(old);
  bool own = named && !(model_wins && configured);
  *stays = own || !configured;
  if (*stays && !cai_scan_is_string(old)) return 0;
  if (*stays && old.len == 2) return 0;
  cai_buf_init(&given, SIZE_MAX / 2);
  cai_buf_init(&sent, SIZE_MAX / 2);
  if (own)
    cai_scan_string(old, &given);
  else
    cai_buf_text(&given, model);
  cai_model_rename(cai_parameter_action(CAI_SCOPE_BODY, cai_span_of("model"), dialect), cai_buf_view(&given), &sent);
  *stays = own && strcmp(cai_buf_view(&given), cai_buf_view(&sent)) == 0;
  rewrite->model = given.error ? NULL : cai_buf_take(&sent);
  cai_buf_fini(&sent);
  cai_buf_fini(&given);
  return rewrite->model ? 0 : CHATABI_E_NOMEM;
}

/* ---- the whole ---- */

typedef enum kind { KIND_OTHER, KIND_MODEL, KIND_CHAT } kind;

static bool ends(const char *path, size_t len, const char *with) {
  size_t size = strlen(with);
  return len >= size && memcmp(path + len - size, with, size) == 0;
}

/* An empty path: base_url is the whole of it. NULL: the default. */
static kind kind_of(const char *path) {
  size_t len = path ? strcspn(path, "?") : 0;
  while (len && path[len - 1] == '/') len--;
  if (!len || ends(path, len, "chat/completions")) return KIND_CHAT;
  return ends(path, len, "completions") || ends(path, len, "embeddings") ? KIND_MODEL : KIND_OTHER;
}

static void write_model(cai_rewrite *rewrite, cai_buf *out) {
  cai_scan_quote(out, rewrite->model, strlen(rewrite->model));
}

static void write_body(cai_rewriting *rewriting, cai_span body, const cai_member_facts *found, bool stays, bool full) {
  cai_rewrite *result = rewriting->result;
  cai_buf *out = &result->body;
  cai_patch patch;
  cai_patch_open(&patch, body, out);
  if (!stays && !found->model.at) {
    cai_patch_add(&patch, cai_span_of("model"));
    write_model(result, out);
  }
  while (!rewriting->error && cai_patch_member(&patch)) {
    if (cai_scan_key_is(patch.key, "model")) {
      cai_patch_begin(&patch);
      if (stays)
        cai_buf_append(out, patch.value.at, patch.value.len);
      else
        write_model(result, out);
      cai_patch_end(&patch);
    } else if (full) {
      cai_member_rewrite(rewriting, &patch, found);
    } else {
      cai_patch_keep(&patch);
    }
  }
  bool wants_usage = cai_parameter_action(CAI_SCOPE_BODY, cai_span_of("stream_options"), rewriting->dialect) ==
                     CAI_ACTION_STREAM_USAGE;
  wants_usage = wants_usage && !rewriting->result->no_usage;
  if (full && wants_usage && !found->stream_options.at && cai_span_equal(found->stream, "true")) {
    rewriting->result->asks_usage = true;
    cai_patch_add(&patch, cai_span_of("stream_options"));
    cai_buf_text(out, "{\"include_usage\":true}");
    cai_rewriting_note(rewriting, "stream_options: include_usage added");
  }
  cai_patch_close(&patch);
}

static void learn_model(cai_rewriting *rewriting) {
  const char *model = rewriting->result->model;
  int gemini = cai_model_gemini(model);
  rewriting->signs = rewriting->google && gemini >= 3 && !strstr(model, "-image"); /* these do not ask for them */
  rewriting->one_detail = rewriting->google && gemini > 0 && gemini < 3;
  rewriting->reasons = cai_model_reasons(model);
  rewriting->gateway = rewriting->dialect == CAI_DIALECT_COMPATIBLE && gemini > 0;
}

static void write_all(cai_rewriting *rewriting, cai_span body, bool stays, bool full) {
  cai_buf flat;
  cai_member_facts found = look(body);
  cai_buf_init(&flat, SIZE_MAX / 2);
  if (full && !rewriting->gateway) cai_extra_body_flatten(rewriting, body, &flat);
  if (flat.len) {
    body = (cai_span){flat.data, flat.len};
    found = look(body);
  }
  if (full) cai_member_check(rewriting, &found);
  if (full && rewriting->google) cai_extra_body_check(rewriting, found.extra_body, found.reasoning_effort);
  if (!rewriting->error) write_body(rewriting, body, &found, stays, full);
  if (flat.error && !rewriting->result->body.error) rewriting->result->body.error = flat.error;
  cai_buf_fini(&flat);
}

/* The object without the white space around it; that it is one was checked before. */
static cai_span trim(cai_span body) {
  while (body.len && strchr(" \n\r\t", *body.at)) {
    body.at++;
    body.len--;
  }
  while (body.len && strchr(" \n\r\t", body.at[body.len - 1])) body.len--;
  return body;
}

int cai_rewrite_run(cai_rewrite *rewrite, cai_dialect dialect, const char *path, cai_span body, const char *model,
                    bool model_wins, cai_err *err) {
  kind target = kind_of(path);
  bool stays = true;
  cai_span object = trim(body);
  cai_rewriting rewriting = {
      .dialect = dialect, .google = cai_dialect_is_google(dialect), .result = rewrite, .err = err};
  if (!cai_scan_is_object(object)) return cai_err_set(err, CHATABI_E_JSON, "The request body is no JSON object.");
  cai_span old = cai_scan_get(object, "model");
  if (target == KIND_OTHER) model = NULL;
  if (choose_model(rewrite, target == KIND_OTHER ? CAI_DIALECT_OFF : dialect, old, model, model_wins, &stays))
    return cai_err_nomem(err);
  if (target == KIND_OTHER || (dialect == CAI_DIALECT_OFF && stays)) {
    cai_buf_append(&rewrite->body, body.at, body.len);
  } else {
    learn_model(&rewriting);
    if (!stays) cai_rewriting_note(&rewriting, "model: sent as %s", rewrite->model);
    cai_buf_append(&rewrite->body, body.at, (size_t)(object.at - body.at));
    write_all(&rewriting, object, stays, target == KIND_CHAT && dialect != CAI_DIALECT_OFF);
    cai_buf_append(&rewrite->body, object.at + object.len, (size_t)(body.at + body.len - (object.at + object.len)));
  }
  if (rewriting.error) return rewriting.error;
  if (!rewrite->body.error) return 0;
  return cai_err_set(err, rewrite->body.error, "The request body could not be kept: %s",
                     cai_err_text(rewrite->body.error));
}
