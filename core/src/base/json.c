/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "chatabi.h"
#include "scan.h"

static void locate(const char *text, size_t offset, size_t *line, size_t *column) {
  *line = *column = 1;
  for (size_t i = 0; i < offset; i++) {
    (*column)++;
    if (text[i] == '\n') {
      (*line)++;
      *column = 1;
    }
  }
}

int cai_json_check(const char *text, size_t len, const char *what, cai_err *err) {
  size_t offset = 0, line, column;
  const char *why = "";
  if (!cai_scan_check(text, len, &offset, &why)) return 0;
  locate(text, offset, &line, &column);
  return cai_err_set(err, CHATABI_E_JSON, "%s is not valid JSON: %s at line %zu, column %zu (byte %zu).", what, why,
                     line, column, offset);
}

cJSON *cai_json_parse(const char *text, size_t len, const char *what, cai_err *err) {
  if (cai_json_check(text, len, what, err)) return NULL;
  cJSON *tree = cJSON_ParseWithLength(text, len);
  /* Well-formed text that cJSON refuses has a lone surrogate, or memory was short. */
  if (!tree) cai_err_set(err, CHATABI_E_JSON, "%s could not be read as JSON.", what);
  return tree;
}

const char *cai_json_string(const cJSON *object, const char *name) {
  return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

int64_t cai_json_int(const cJSON *object, const char *name, int64_t fallback) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
  if (cJSON_IsString(item)) {
    char *end;
    errno = 0;
    long long number = strtoll(item->valuestring, &end, 10);
    return errno || end == item->valuestring || *end ? fallback : (int64_t)number;
  }
  if (!cJSON_IsNumber(item)) return fallback;
  double number = item->valuedouble;
  if (!(number >= -9007199254740992.0 && number <= 9007199254740992.0)) return fallback;
  return (double)(int64_t)number == number ? (int64_t)number : fallback;
}

const cJSON *cai_json_object(const cJSON *object, const char *name) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
  return cJSON_IsObject(item) ? item : NULL;
}

static void cleanse(cJSON *item) {
  for (; item; item = item->next) {
    if (item->valuestring) cai_cleanse(item->valuestring, strlen(item->valuestring));
    cleanse(item->child);
  }
}

void cai_json_free_secret(cJSON *tree) {
  if (!tree) return;
  cleanse(tree);
  cJSON_Delete(tree);
}
