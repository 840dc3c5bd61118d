/* SPDX-License-Identifier: MIT
 *
 * Source: https://cloud.google.com/vertex-ai/generative-ai/docs/migrate/openai/overview (extra_body on the wire, what
 * excludes what), https://github.com/openai/openai-python#undocumented-request-params (what SDK users mean). */
#include "extra_body.h"

#include <string.h>

enum { MEMBERS = 128 };

typedef struct layers {
  cai_span names[MEMBERS];
  cai_span values[MEMBERS];
  size_t count;
  cai_span google;
} layers;

static bool same(cai_span one, cai_span other) {
  return one.len == other.len && memcmp(one.at, other.at, one.len) == 0;
}

static void forget(layers *all, cai_span name) {
  for (size_t i = 0; i < all->count; i++)
    if (all->names[i].at && same(all->names[i], name)) all->names[i].at = NULL;
}

static void add(cai_rewriting *rewriting, layers *all, cai_span name, cai_span value) {
  for (size_t i = 0; i < all->count; i++)
    if (all->names[i].at && same(all->names[i], name)) return;
  if (all->count == MEMBERS) {
    cai_rewriting_refuse(rewriting, "Member \"extra_body\" has more than %d members: put them into the body itself.",
                         MEMBERS);
    return;
  }
  all->names[all->count] = name;
  all->values[all->count++] = value;
}

/* As deep as the text is nested, which has a bound. */
static void unwrap(cai_rewriting *rewriting, layers *all, cai_span extra) {
  cai_span key, value;
  cai_scan scan = cai_scan_members(extra);
  while (!rewriting->error && cai_scan_member(&scan, &key, &value)) {
    if (cai_scan_key_is(key, "extra_body"))
      unwrap(rewriting, all, value);
    else if (cai_scan_key_is(key, "google"))
      all->google = all->google.at ? all->google : value;
    else
      add(rewriting, all, key, value);
  }
}

static bool is_right(bool google, cai_span extra, cai_span misplaced) {
  cai_span key, value;
  size_t count = 0;
  cai_scan scan = cai_scan_members(extra);
  if (google && cai_scan_is_object(misplaced)) return false;
  if (!google) return !extra.at || !(cai_scan_is_object(extra) || cai_scan_is_null(extra));
  for (; cai_scan_member(&scan, &key, &value); count++)
    if (count || !cai_scan_key_is(key, "google")) return false;
  return true;
}

static void write_google(cai_span google, cai_buf *out) {
  cai_buf_text(out, "{\"google\":");
  cai_buf_append(out, google.at, google.len);
  cai_buf_byte(out, '}');
}

static void write_body(cai_rewriting *rewriting, cai_span body, layers *all, cai_buf *out) {
  cai_patch patch;
  bool written = !rewriting->google || !all->google.at;
  cai_patch_open(&patch, body, out);
  while (cai_patch_member(&patch)) {
    forget(all, patch.key);
    if (cai_scan_key_is(patch.key, "extra_body")) {
      if (written) {
        cai_patch_drop(&patch);
        continue;
      }
      cai_patch_begin(&patch);
      write_google(all->google, out);
      cai_patch_end(&patch);
      written = true;
    } else if (rewriting->google && cai_scan_key_is(patch.key, "google")) {
      cai_patch_drop(&patch);
    } else {
      cai_patch_keep(&patch);
    }
  }
  for (size_t i = 0; i < all->count; i++) {
    if (!all->names[i].at) continue;
    cai_patch_add(&patch, all->names[i]);
    cai_buf_append(out, all->values[i].at, all->values[i].len);
  }
  if (!written) {
    cai_patch_add(&patch, cai_span_of("extra_body"));
    write_google(all->google, out);
  }
  cai_patch_close(&patch);
}

void cai_extra_body_flatten(cai_rewriting *rewriting, cai_span body, cai_buf *out) {
  cai_span extra = cai_scan_get(body, "extra_body"), misplaced = cai_scan_get(body, "google");
  layers all = {.count = 0};
  if (is_right(rewriting->google, extra, misplaced)) return;
  unwrap(rewriting, &all, extra);
  if (rewriting->google && cai_scan_is_object(misplaced)) {
    cai_rewriting_note(rewriting, all.google.at ? "google: left out" : "google: moved into extra_body");
    if (!all.google.at) all.google = misplaced;
  }
  if (!rewriting->google && all.google.at) cai_rewriting_note(rewriting, "extra_body.google: left out");
  if (all.count)
    cai_rewriting_note(rewriting, "extra_body: members moved to the body");
  else if (cai_scan_is_null(extra) ? extra.at != NULL : !cai_scan_is_object(misplaced))
    cai_rewriting_note(rewriting, "extra_body: %s", cai_scan_is_null(extra) ? "left out" : "unwrapped");
  if (rewriting->error) return;
  write_body(rewriting, body, &all, out);
  /* Moved one layer down, it may be too deep for whoever reads it, ourselves first. */
  if (!out->error && cai_scan_check(out->data, out->len, NULL, NULL))
    cai_rewriting_refuse(rewriting, "Member \"google\" is nested too deep.");
}

static bool is_given(cai_span object, const char *snake, const char *camel) {
  return !cai_scan_is_null(cai_scan_get(object, snake)) || !cai_scan_is_null(cai_scan_get(object, camel));
}

void cai_extra_body_check(cai_rewriting *rewriting, cai_span extra_body, cai_span reasoning_effort) {
  cai_span google = cai_scan_get(extra_body, "google");
  cai_span thinking = cai_scan_get(google, "thinking_config");
  if (!thinking.at) thinking = cai_scan_get(google, "thinkingConfig");
  if (cai_scan_is_null(thinking)) return;
  if (!cai_scan_is_null(reasoning_effort))
    cai_rewriting_refuse(rewriting,
                         "Members \"reasoning_effort\" and \"extra_body.google.thinking_config\" exclude each other: "
                         "leave one of them out.");
  if (is_given(thinking, "thinking_budget", "thinkingBudget") && is_given(thinking, "thinking_level", "thinkingLevel"))
    cai_rewriting_refuse(rewriting,
                         "Members \"thinking_budget\" and \"thinking_level\" of \"extra_body.google.thinking_config\" "
                         "exclude each other: leave one of them out.");
}
