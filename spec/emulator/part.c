/* SPDX-License-Identifier: MIT */
#include "part.h"

#include <string.h>

#include "base/json.h"

static bool starts_with(const char *text, const char *prefix) { return strncmp(text, prefix, strlen(prefix)) == 0; }

static bool type_is(const cJSON *part, const char *type) {
  const char *own = cai_json_string(part, "type");
  return own && strcmp(own, type) == 0;
}

const char *emu_part_image_url(const cJSON *part) {
  const cJSON *image = cJSON_GetObjectItemCaseSensitive(part, "image_url");
  if (!type_is(part, "image_url")) return NULL;
  return cJSON_IsString(image) ? image->valuestring : cai_json_string(image, "url");
}

bool emu_part_is_file(const cJSON *part) { return type_is(part, "file"); }

/* A blob says itself what it is; of an address only its place in the message tells. */
static emu_part of_blob(const char *url, emu_part otherwise) {
  if (!url || !starts_with(url, "data:")) return otherwise;
  if (starts_with(url + 5, "image/")) return EMU_PART_IMAGE;
  if (starts_with(url + 5, "audio/")) return EMU_PART_AUDIO;
  if (starts_with(url + 5, "video/")) return EMU_PART_VIDEO;
  return starts_with(url + 5, "application/pdf") ? EMU_PART_PDF : EMU_PART_FILE;
}

static emu_part of_file(const cJSON *file) {
  const char *name = cai_json_string(file, "filename");
  size_t len = name ? strlen(name) : 0;
  bool pdf = len >= 4 && strcmp(name + len - 4, ".pdf") == 0;
  return of_blob(cai_json_string(file, "file_data"), pdf ? EMU_PART_PDF : EMU_PART_FILE);
}

emu_part emu_part_of(const cJSON *part) {
  if (type_is(part, "text")) return EMU_PART_TEXT;
  if (type_is(part, "refusal")) return EMU_PART_REFUSAL;
  if (type_is(part, "thinking")) return EMU_PART_THINKING;
  if (type_is(part, "image_url")) return of_blob(emu_part_image_url(part), EMU_PART_IMAGE);
  if (type_is(part, "input_audio")) return EMU_PART_AUDIO;
  if (type_is(part, "video_url")) return EMU_PART_VIDEO;
  return type_is(part, "file") ? of_file(cai_json_object(part, "file")) : EMU_PART_UNKNOWN;
}

void emu_part_list(const cJSON *message, bool skip_files, cai_buf *out) {
  static const char *const names[EMU_PARTS] = {[EMU_PART_IMAGE] = "image",
                                               [EMU_PART_AUDIO] = "audio",
                                               [EMU_PART_VIDEO] = "video",
                                               [EMU_PART_PDF] = "pdf",
                                               [EMU_PART_FILE] = "file"};
  int counts[EMU_PARTS] = {0};
  const cJSON *content = cJSON_GetObjectItemCaseSensitive(message, "content"), *part;
  if (!cJSON_IsArray(content)) return;
  cJSON_ArrayForEach(part, content) {
    if (!skip_files || !emu_part_is_file(part)) counts[emu_part_of(part)]++;
  }
  for (int i = 0; i < EMU_PARTS; i++) {
    if (!names[i] || !counts[i]) continue;
    cai_buf_format(out, "%s%d %s%s", out->len ? ", " : "", counts[i], names[i], counts[i] > 1 ? "s" : "");
  }
}
