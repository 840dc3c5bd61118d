/* SPDX-License-Identifier: MIT
 *
 * Sources: https://cloud.google.com/vertex-ai/generative-ai/docs/migrate/openai/overview (image_url means an image
 * unless it is data; input_audio takes URLs and any MIME type), https://platform.openai.com/docs/guides/pdf-files,
 * https://platform.openai.com/docs/guides/audio (file parts; wav and mp3). */
#include "part.h"

#include <string.h>

#include "medium.h"

/* What a part becomes: `type` with a value in this form, made of `url` and `mime`. */
typedef struct change {
  const char *type; /* NULL: no change */
  enum { FORM_URL, FORM_DATA_URL, FORM_AUDIO_URL, FORM_AUDIO_DATA, FORM_FILE } form;
  cai_span url;
  const char *mime;
} change;

static cai_span inner(cai_span string) {
  return cai_scan_is_string(string) ? (cai_span){string.at + 1, string.len - 2} : (cai_span){"", 0};
}

/* Base64 has no comma, so it begins behind the last one. */
static cai_span after_comma(cai_span string) {
  cai_span text = inner(string);
  size_t at = text.len;
  while (at && text.at[at - 1] != ',') at--;
  return (cai_span){text.at + at, text.len - at};
}

static void write_text(cai_buf *out, const char *before, cai_span text, const char *after) {
  cai_buf_text(out, before);
  cai_buf_append(out, text.at, text.len);
  cai_buf_text(out, after);
}

static void write_form(const change *to, cai_buf *out) {
  switch (to->form) {
    case FORM_URL: write_text(out, "{\"url\":", to->url, "}"); break;
    case FORM_DATA_URL:
      cai_buf_format(out, "{\"url\":\"data:%s;base64,", to->mime);
      write_text(out, "", inner(to->url), "\"}");
      break;
    case FORM_AUDIO_URL:
      write_text(out, "{\"data\":", to->url, "");
      cai_buf_format(out, ",\"format\":\"%s\"}", to->mime);
      break;
    case FORM_AUDIO_DATA:
      write_text(out, "{\"data\":\"", after_comma(to->url), "\"");
      cai_buf_format(out, ",\"format\":\"%s\"}", to->mime);
      break;
    case FORM_FILE: write_text(out, "{\"filename\":\"file.pdf\",\"file_data\":", to->url, "}"); break;
  }
}

/* ---- for Google ---- */

static void refuse_file(cai_rewriting *rewriting, const char *why) {
  cai_rewriting_refuse(rewriting,
                       "Member \"file\" of a content part %s. Send the content as \"file_data\", a data: URL, or put "
                       "it in Cloud Storage and name its gs:// URL.",
                       why);
}

static bool is_image(const char *mime) { return strncmp(mime, "image/", 6) == 0; }
static bool is_text(const char *mime) { return strncmp(mime, "text/", 5) == 0; }

/* Gemini takes a URL in image_url for an image, so those of other types go where a type can be told. */
static change google_url(const char *type, cai_span url, const char *mime) {
  if (strcmp(type, "image_url") == 0) {
    if (!mime || is_image(mime) || is_text(mime)) return (change){0};
  } else if (mime && is_image(mime)) {
    return (change){.type = "image_url", .form = FORM_URL, .url = url};
  }
  if (!mime) mime = strcmp(type, "audio_url") == 0 ? "audio/mp3" : "video/mp4";
  return (change){.type = "input_audio", .form = FORM_AUDIO_URL, .url = url, .mime = mime};
}

static void note_detail(cai_rewriting *rewriting, cai_span value) {
  cai_span detail = cai_scan_get(value, "detail");
  if (!rewriting->one_detail || !cai_scan_is_string(detail)) return;
  if (!rewriting->detail.at) rewriting->detail = detail;
  if (detail.len == rewriting->detail.len && memcmp(detail.at, rewriting->detail.at, detail.len) == 0) return;
  cai_rewriting_refuse(rewriting,
                       "Member \"detail\" differs between images, and Gemini before version 3 takes one for all: give "
                       "each image the same, or none.");
}

static change google_media(cai_rewriting *rewriting, const char *type, cai_span value) {
  cai_span url = cai_scan_is_string(value) ? value : cai_scan_get(value, "url");
  cai_medium medium = cai_medium_of(url);
  if (strcmp(type, "image_url") == 0) note_detail(rewriting, value);
  if (medium == CAI_MEDIUM_GS || medium == CAI_MEDIUM_WEB) return google_url(type, url, cai_medium_mime(url));
  if (medium == CAI_MEDIUM_DATA && strcmp(type, "image_url") != 0)
    return (change){.type = "image_url", .form = FORM_URL, .url = url};
  return (change){0};
}

/* A type that the user gave; it must be plain, for it is written as it is. Kept in `text`. */
static const char *given_mime(cai_span file, cai_buf *text) {
  cai_span format = cai_scan_get(file, "format");
  cai_buf_init(text, 100);
  if (cai_scan_string(format, text) || !strchr(cai_buf_view(text), '/')) return NULL;
  for (size_t i = 0; i < text->len; i++)
    if ((unsigned char)text->data[i] <= ' ' || strchr("\"\\,;", text->data[i])) return NULL;
  return text->data;
}

static change google_file(cai_rewriting *rewriting, cai_span file, cai_buf *text) {
  static const char *const places[] = {"file_data", "file_url", "url", "file_id"};
  const char *given = given_mime(file, text);
  for (size_t i = 0; i < 4; i++) {
    cai_span url = cai_scan_get(file, places[i]);
    cai_medium medium = cai_medium_of(url);
    const char *mime = given ? given : cai_medium_mime(url);
    if (!cai_scan_is_string(url)) continue;
    if (medium == CAI_MEDIUM_DATA) return (change){.type = "image_url", .form = FORM_URL, .url = url};
    if (medium == CAI_MEDIUM_GS || medium == CAI_MEDIUM_WEB) {
      if (!mime)
        refuse_file(rewriting, "has a URL whose ending tells no type: add \"format\", such as \"application/pdf\"");
      return google_url("file", url, mime);
    }
    if (i == 0) {
      mime = given ? given : cai_medium_mime(cai_scan_get(file, "filename"));
      return (change){.type = "image_url", .form = FORM_DATA_URL, .url = url, .mime = mime ? mime : "application/pdf"};
    }
    refuse_file(rewriting, "names a file that was uploaded elsewhere, which Google cannot read");
  }
  return (change){0};
}

/* ---- for the others ----
 * OpenAI alone is known not to read gs://: Llama on Vertex AI does, and so do gateways in front of Gemini. */

static bool refuse_gs(cai_rewriting *rewriting, const char *type, cai_span value) {
  static const char *const places[] = {"url", "data", "file_data", "file_url", "file_id"};
  bool found = cai_medium_of(value) == CAI_MEDIUM_GS;
  for (size_t i = 0; i < 5; i++) found = found || cai_medium_of(cai_scan_get(value, places[i])) == CAI_MEDIUM_GS;
  if (found)
    cai_rewriting_refuse(rewriting,
                         "Member \"%s\" of a content part has a gs:// URL, which OpenAI does not read: send a data: or "
                         "https URL.",
                         type);
  return found;
}

static const char *audio_of(cai_span url) {
  if (cai_medium_is(url, "audio/wav") || cai_medium_is(url, "audio/x-wav") || cai_medium_is(url, "audio/wave"))
    return "wav";
  return cai_medium_is(url, "audio/mp3") || cai_medium_is(url, "audio/mpeg") ? "mp3" : NULL;
}

static change image(bool openai, cai_span value) {
  bool bare = cai_scan_is_string(value);
  cai_span url = bare ? value : cai_scan_get(value, "url");
  const char *audio = openai ? audio_of(url) : NULL;
  if (audio) return (change){.type = "input_audio", .form = FORM_AUDIO_DATA, .url = url, .mime = audio};
  if (openai && cai_medium_is(url, "application/pdf")) return (change){.type = "file", .form = FORM_FILE, .url = url};
  if (bare) return (change){.type = "image_url", .form = FORM_URL, .url = url};
  return (change){0};
}

static change audio(cai_span value) {
  static const char *const others[] = {"audio/mp3", "audio/mpeg", "audio/wav", "audio/x-wav"};
  cai_span data = cai_scan_get(value, "data"), format = cai_scan_get(value, "format");
  const char *name = NULL;
  for (size_t i = 0; i < 4; i++)
    if (cai_patch_is(format, others[i])) name = i < 2 ? "mp3" : "wav";
  bool prefixed = cai_medium_of(data) == CAI_MEDIUM_DATA;
  if (prefixed && !name)
    name = cai_patch_is(format, "wav") ? "wav" : cai_patch_is(format, "mp3") ? "mp3" : audio_of(data);
  cai_medium medium = cai_medium_of(data);
  if (medium == CAI_MEDIUM_GS || medium == CAI_MEDIUM_WEB) return (change){0};
  if (medium == CAI_MEDIUM_DATA && !cai_medium_is_base64(data)) return (change){0};
  if (!name || !cai_scan_is_string(data)) return (change){0};
  return (change){.type = "input_audio", .form = FORM_AUDIO_DATA, .url = data, .mime = name};
}

/* ---- parts ---- */

static change decide(cai_rewriting *rewriting, cai_action action, const char *type, cai_span value, cai_buf *text) {
  if (action == CAI_ACTION_MEDIA_GOOGLE) return google_media(rewriting, type, value);
  if (action == CAI_ACTION_FILE_GOOGLE) return google_file(rewriting, value, text);
  if (rewriting->dialect == CAI_DIALECT_OPENAI && refuse_gs(rewriting, type, value)) return (change){0};
  if (action == CAI_ACTION_NO_GS) return (change){0};
  if (action == CAI_ACTION_AUDIO || action == CAI_ACTION_AUDIO_OPENAI) return audio(value);
  return image(action == CAI_ACTION_IMAGE_OPENAI, value);
}

static void write_part(cai_rewriting *rewriting, cai_span part, const char *old, const change *to, cai_buf *out) {
  cai_patch patch;
  cai_action action;
  bool moved = to->type && strcmp(old, to->type) != 0, written = false;
  cai_patch_open(&patch, part, out);
  while (cai_patch_member(&patch)) {
    if (to->type && cai_scan_key_is(patch.key, "type")) {
      cai_patch_begin(&patch);
      cai_buf_format(out, "\"%s\"", to->type);
      cai_patch_end(&patch);
    } else if (to->type && (cai_scan_key_is(patch.key, old) || cai_scan_key_is(patch.key, to->type))) {
      if (written || !cai_scan_key_is(patch.key, old)) {
        cai_patch_drop(&patch);
        continue;
      }
      cai_patch_rename(&patch, to->type);
      write_form(to, out);
      cai_patch_end(&patch);
      written = true;
    } else {
      cai_rewriting_simple(rewriting, &patch, CAI_SCOPE_CONTENT, &action);
    }
  }
  cai_patch_close(&patch);
  if (moved)
    cai_rewriting_note(rewriting, "content[].%s: sent as %s", old, to->type);
  else if (to->type)
    cai_rewriting_note(rewriting, "content[].%s: rewritten", old);
}

static void rewrite_part(cai_rewriting *rewriting, cai_span part, cai_buf *out) {
  static const char *const types[] = {"image_url", "input_audio", "file", "video_url", "audio_url"};
  cai_span type = cai_scan_get(part, "type");
  change to = {0};
  cai_buf text;
  cai_buf_init(&text, 0);
  const char *old = "";
  for (size_t i = 0; i < 5; i++)
    if (cai_patch_is(type, types[i])) old = types[i];
  cai_span value = cai_scan_get(part, old);
  cai_action action = cai_parameter_action(CAI_SCOPE_PART, cai_span_of(old), rewriting->dialect);
  if (action != CAI_ACTION_KEEP && value.at) to = decide(rewriting, action, old, value, &text);
  write_part(rewriting, part, old, &to, out);
  cai_buf_fini(&text);
}

void cai_part_rewrite(cai_rewriting *rewriting, cai_span content, cai_buf *out) {
  cai_patch patch;
  if (!cai_scan_is_array(content)) {
    cai_buf_append(out, content.at, content.len);
    return;
  }
  cai_patch_open(&patch, content, out);
  while (!rewriting->error && cai_patch_element(&patch)) {
    if (!cai_scan_is_object(patch.value)) {
      cai_patch_keep(&patch);
      continue;
    }
    cai_patch_begin(&patch);
    rewrite_part(rewriting, patch.value, out);
    cai_patch_end(&patch);
  }
  cai_patch_close(&patch);
}
