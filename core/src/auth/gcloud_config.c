/* SPDX-License-Identifier: MIT */
#include "gcloud_config.h"

#include <stdbool.h>
#include <string.h>

#include "../base/alloc.h"
#include "../base/buf.h"
#include "../base/file.h"

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

/* The value of `key` in section [core], as owned text. */
static char *find_core(const char *text, const char *key) {
  bool in_core = false;
  while (*text) {
    size_t len = strcspn(text, "\n");
    span line = trim(text, len), value;
    if (line.len && line.at[0] == '[') in_core = equals(line, "[core]");
    bool comment = line.len && strchr(";#", line.at[0]);
    if (in_core && !comment && read_value(line, key, &value)) return cai_strndup(value.at, value.len);
    text += len;
    if (*text) text++;
  }
  return NULL;
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

char *cai_gcloud_config_project(const char *gcloud_dir) {
  if (!gcloud_dir) return NULL;
  char *name = active_name(gcloud_dir);
  if (!name) return NULL;
  cai_buf text;
  cai_buf_init(&text, MAX_FILE);
  char *project = NULL;
  if (read_file(gcloud_dir, "configurations/config_", name, &text)) project = find_core(cai_buf_view(&text), "project");
  cai_buf_fini(&text);
  cai_free(name);
  return project;
}
