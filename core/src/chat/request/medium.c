/* SPDX-License-Identifier: MIT
 *
 * Source: https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/image-understanding,
 * .../video-understanding,
 * .../audio-understanding, .../document-understanding (MIME types that Gemini takes). */
#include "medium.h"

#include <string.h>

static const struct {
  const char *ending, *mime;
} types[] = {
    {"png", "image/png"},       {"jpg", "image/jpeg"},  {"jpeg", "image/jpeg"}, {"webp", "image/webp"},
    {"gif", "image/gif"},       {"heic", "image/heic"}, {"heif", "image/heif"}, {"bmp", "image/bmp"},
    {"pdf", "application/pdf"}, {"mp3", "audio/mp3"},   {"wav", "audio/wav"},   {"m4a", "audio/m4a"},
    {"flac", "audio/flac"},     {"ogg", "audio/ogg"},   {"opus", "audio/opus"}, {"aac", "audio/aac"},
    {"aif", "audio/aiff"},      {"aiff", "audio/aiff"}, {"mp4", "video/mp4"},   {"mov", "video/mov"},
    {"webm", "video/webm"},     {"mpeg", "video/mpeg"}, {"mpg", "video/mpg"},   {"avi", "video/avi"},
    {"wmv", "video/wmv"},       {"flv", "video/x-flv"}, {"3gp", "video/3gpp"},  {"txt", "text/plain"},
    {"md", "text/plain"},       {"csv", "text/plain"},  {"html", "text/plain"},
};

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c; }

static bool starts(const char *text, const char *with) {
  while (*with && lower(*text) == *with) {
    text++;
    with++;
  }
  return !*with;
}

/* Of "\u002f" what is ASCII; nothing else matters here. */
static const char *read_unicode(const char *at, const char *end, char *byte) {
  unsigned code = 0;
  for (int i = 0; i < 4 && at < end; i++, at++)
    code = code * 16 + (unsigned)(*at <= '9' ? *at - '0' : lower(*at) - 'a' + 10) % 16;
  *byte = code && code < 0x80 ? (char)code : '?';
  return at;
}

/* The beginning of a JSON string's text, no more: data URLs are long, and nothing may fail here. */
static void read_head(cai_span url, char *head, size_t size) {
  size_t len = 0;
  head[0] = '\0';
  if (!cai_scan_is_string(url)) return;
  const char *at = url.at + 1, *end = url.at + url.len - 1;
  while (at < end && len + 1 < size) {
    char byte = *at++;
    if (byte == '\\' && at < end && (byte = *at++) == 'u') at = read_unicode(at, end, &byte);
    head[len++] = byte;
  }
  head[len] = '\0';
}

cai_medium cai_medium_of(cai_span url) {
  char head[16];
  read_head(url, head, sizeof head);
  if (starts(head, "data:")) return CAI_MEDIUM_DATA;
  if (starts(head, "gs://")) return CAI_MEDIUM_GS;
  return starts(head, "http://") || starts(head, "https://") ? CAI_MEDIUM_WEB : CAI_MEDIUM_OTHER;
}

bool cai_medium_is_base64(cai_span url) {
  char head[200];
  read_head(url, head, sizeof head);
  const char *comma = strchr(head, ',');
  return starts(head, "data:") && comma && comma - head >= 7 && starts(comma - 7, ";base64");
}

bool cai_medium_is(cai_span url, const char *mime) {
  char head[100];
  if (!cai_medium_is_base64(url)) return false;
  read_head(url, head, sizeof head);
  size_t len = strlen(mime);
  return starts(head + 5, mime) && head[5 + len] == ';';
}

static bool is_ending(const char *at, size_t len, const char *ending) {
  if (strlen(ending) != len) return false;
  for (size_t i = 0; i < len; i++)
    if (lower(at[i]) != ending[i]) return false;
  return true;
}

const char *cai_medium_mime(cai_span url) {
  char text[2048];
  read_head(url, text, sizeof text);
  size_t len = strcspn(text, "?#"), dot = len;
  while (dot && text[dot - 1] != '.' && text[dot - 1] != '/') dot--;
  if (!dot || text[dot - 1] != '.') return NULL;
  for (size_t i = 0; i < sizeof types / sizeof *types; i++)
    if (is_ending(text + dot, len - dot, types[i].ending)) return types[i].mime;
  return NULL;
}
