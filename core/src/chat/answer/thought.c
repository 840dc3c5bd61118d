/* SPDX-License-Identifier: MIT
 *
 * Source: https://cloud.google.com/vertex-ai/generative-ai/docs/migrate/openai/overview. */
#include "thought.h"

#include "chatabi.h"

bool cai_thought_is_marked(cai_span extra) {
  return cai_scan_is_object(extra) && cai_span_equal(cai_scan_get(cai_scan_get(extra, "google"), "thought"), "true");
}

/* A member, with the bracket or comma that belongs before it. */
static void add_member(cai_buf *out, size_t start, cai_span key, cai_span value) {
  cai_buf_text(out, out->len == start ? "{\"" : ",\"");
  cai_buf_append(out, key.at, key.len);
  cai_buf_text(out, "\":");
  cai_buf_append(out, value.at, value.len);
}

static void add_others(cai_buf *out, cai_span object, const char *except) {
  cai_span key, value;
  size_t start = out->len;
  cai_scan scan = cai_scan_members(object);
  while (cai_scan_member(&scan, &key, &value))
    if (!cai_scan_key_is(key, except)) add_member(out, start, key, value);
  if (out->len > start) cai_buf_byte(out, '}');
}

int cai_thought_unmark(cai_span extra, cai_buf *out) {
  cai_buf google;
  size_t start = out->len;
  cai_buf_init(&google, extra.len);
  add_others(&google, cai_scan_get(extra, "google"), "thought");
  add_others(out, extra, "google");
  if (google.len) {
    if (out->len > start) out->len--; /* the bracket is opened again */
    add_member(out, start, cai_span_of("google"), (cai_span){google.data, google.len});
    cai_buf_byte(out, '}');
  }
  cai_buf_fini(&google);
  return out->error;
}

int cai_thought_say(cai_span details, cai_voice *voice) {
  cai_span detail;
  int error = 0;
  cai_scan scan = cai_scan_elements(details);
  while (!error && cai_scan_element(&scan, &detail)) {
    cai_span text = cai_scan_get(detail, "text");
    error = cai_voice_say(voice, CHATABI_REASONING, text.at ? text : cai_scan_get(detail, "summary"));
  }
  return error;
}
