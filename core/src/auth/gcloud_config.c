/* SPDX-License-Identifier: MIT */
#include "gcloud_config.h"

#include <stdbool.h>
#include <string.h>

#include "../base/alloc.h"
#include "../base/buf.h"
#include "../base/file.h"
#include "chatabi.h"

enum { MAX_PATH = 4096, MAX_FILE = 256 * 1024 };

typedef struct span {
  const char *at;
  size_t len;
} span;

static span trim(const char *at, size_t len) {
  while (len && strchr(" \t\r\n", at[0])) at++, len--;
  while (len && strchr(" \t\r\n", at[len - 1])) len--;
  return (span){at, len};
}

static bool equals(span text, const char *word) {
  return text.len == strlen(word) && memcmp(text.at, word, text.len) == 0;
}

/* "key = value" with that key? */
static bool read_value(span line, const char *key, span *value) {
  const char *mark = memchr(line.at, '=', line.len);
  if (!mark || !equals(trim(line.at, (size_t)(mark - line.at)), key)) return false;
  *value = trim(mark + 1, line.len - (size_t)(mark - line.at) - 1);
  return value->len > 0;
}

/* One setting that is read: "project" in section "[core]". */
typedef struct setting {
  const char *section, *key;
  char **slot;
} setting;

/* The last of equal ones wins, as in gcloud. */
static int keep(const setting *settings, const char *section, size_t section_len, span line) {
  for (const setting *at = settings; at->key; at++) {
    span value;
    if (strlen(at->section) != section_len || memcmp(at->section, section, section_len) != 0) continue;
    if (!read_value(line, at->key, &value)) continue;
    char *text = cai_strndup(value.at, value.len);
    if (!text) return CHATABI_E_NOMEM;
    cai_free(*at->slot);
    *at->slot = text;
  }
  return 0;
}

static int read_settings(const char *text, const setting *settings) {
  span section = {"", 0};
  int error = 0;
  while (*text && !error) {
    size_t len = strcspn(text, "\n");
    span line = trim(text, len);
    if (line.len && line.at[0] == '[')
      section = line;
    else if (line.len && !strchr(";#", line.at[0]))
      error = keep(settings, section.at, section.len, line);
    text += len;
    if (*text) text++;
  }
  return error;
}

static bool read_file(const char *dir, const char *folder, const char *name, cai_buf *out) {
  cai_buf path;
  cai_buf_init(&path, MAX_PATH);
  cai_buf_format(&path, "%s/%s%s", dir, folder, name);
  bool ok = !path.error && cai_file_read(path.data, out) == 0;
  cai_buf_fini(&path);
  return ok;
}

/* The name becomes part of a path. */
static bool is_plain_name(const char *name) {
  return *name && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == strlen(name);
}

static char *active_name(const char *dir) {
  cai_buf text;
  cai_buf_init(&text, MAX_FILE);
  char *name = NULL;
  if (read_file(dir, "", "active_config", &text) && text.data) {
    span line = trim(text.data, strcspn(text.data, "\n"));
    name = cai_strndup(line.at, line.len);
  }
  cai_buf_fini(&text);
  if (name && is_plain_name(name)) return name;
  cai_free(name);
  return cai_strdup("default");
}

void cai_gcloud_config_read(cai_gcloud_config *config, const char *gcloud_dir, const char *name) {
  const setting settings[] = {{"[core]", "project", &config->project},
                              {"[ai]", "region", &config->ai_region},
                              {"[compute]", "region", &config->compute_region},
                              {NULL, NULL, NULL}};
  memset(config, 0, sizeof *config);
  char *active = !gcloud_dir ? NULL : name && is_plain_name(name) ? cai_strdup(name) : active_name(gcloud_dir);
  if (!active) return;
  cai_buf text;
  cai_buf_init(&text, MAX_FILE);
  if (read_file(gcloud_dir, "configurations/config_", active, &text) && read_settings(cai_buf_view(&text), settings))
    cai_gcloud_config_fini(config);
  cai_buf_fini(&text);
  cai_free(active);
}

void cai_gcloud_config_fini(cai_gcloud_config *config) {
  cai_free(config->project);
  cai_free(config->ai_region);
  cai_free(config->compute_region);
  memset(config, 0, sizeof *config);
}
