/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <string.h>

#include "../base/alloc.h"
#include "../base/json.h"
#include "chatabi.h"

enum { MAX_OPTIONS = 256 * 1024, MAX_TIME_MS = 604800000 };

static const char names[] =
    "path method headers connect_timeout_ms first_byte_timeout_ms idle_timeout_ms total_timeout_ms max_retries";

static int64_t *number_named(cai_options *options, const char *name) {
  if (strcmp(name, "connect_timeout_ms") == 0) return &options->connect_timeout_ms;
  if (strcmp(name, "first_byte_timeout_ms") == 0) return &options->first_byte_timeout_ms;
  if (strcmp(name, "idle_timeout_ms") == 0) return &options->idle_timeout_ms;
  if (strcmp(name, "total_timeout_ms") == 0) return &options->total_timeout_ms;
  if (strcmp(name, "max_retries") == 0) return &options->max_retries;
  return NULL;
}

static int read_number(int64_t *slot, const cJSON *object, const char *name, cai_err *err) {
  int64_t number = cai_json_int(object, name, -1);
  if (number < 0 || number > MAX_TIME_MS)
    return cai_err_set(err, CHATABI_E_CONFIG, "Request option \"%s\" takes a whole number from 0 to %d.", name,
                       MAX_TIME_MS);
  *slot = number;
  return 0;
}

/* A path goes behind the endpoint's URL; anything that could make it another host or leave the endpoint is refused. */
static int read_path(cai_options *options, const cJSON *item, cai_err *err) {
  const char *path = cJSON_GetStringValue(item);
  if (!path || *path != '/' || strpbrk(path, " #\r\n\\@") || strstr(path, "..") || strstr(path, "//"))
    return cai_err_set(err, CHATABI_E_CONFIG, "Request option \"path\" takes a path such as \"/embeddings\".");
  return cai_strset(&options->path, path) ? cai_err_nomem(err) : 0;
}

static int read_method(cai_options *options, const cJSON *item, cai_err *err) {
  static const char *const known[] = {"GET", "DELETE", "POST"};
  const char *method = cJSON_GetStringValue(item);
  for (size_t i = 0; method && i < sizeof known / sizeof *known; i++)
    if (strcmp(method, known[i]) == 0) {
      options->method = i < 2 ? known[i] : NULL;
      return 0;
    }
  return cai_err_set(err, CHATABI_E_CONFIG, "Request option \"method\" takes \"POST\", \"GET\" or \"DELETE\".");
}

static int remove_header(cai_options *options, const char *name, cai_err *err) {
  size_t count = 0;
  while (options->removed && options->removed[count]) count++;
  char **list = cai_realloc(options->removed, (count + 2) * sizeof *list);
  if (!list) return cai_err_nomem(err);
  options->removed = list;
  list[count + 1] = NULL;
  list[count] = cai_strdup(name);
  return list[count] ? 0 : cai_err_nomem(err);
}

static int read_headers(cai_options *options, const cJSON *object, cai_err *err) {
  if (!cJSON_IsObject(object)) return cai_err_set(err, CHATABI_E_CONFIG, "Request option \"headers\" takes an object.");
  for (const cJSON *item = object->child; item; item = item->next) {
    const char *value = cJSON_GetStringValue(item);
    int error = cJSON_IsNull(item) ? remove_header(options, item->string, err)
                : value            ? cai_headers_set(&options->headers, item->string, value)
                                   : CHATABI_E_ARG;
    if (error == CHATABI_E_NOMEM) return cai_err_nomem(err);
    if (error)
      return cai_err_set(err, CHATABI_E_CONFIG,
                         "Request option \"headers\": \"%.80s\" must be a header's name, and its value text without "
                         "line breaks, or null.",
                         item->string);
  }
  return 0;
}

static int read_member(cai_options *options, const cJSON *object, const cJSON *item, cai_err *err) {
  int64_t *number = number_named(options, item->string);
  if (number) return read_number(number, object, item->string, err);
  if (strcmp(item->string, "path") == 0) return read_path(options, item, err);
  if (strcmp(item->string, "method") == 0) return read_method(options, item, err);
  if (strcmp(item->string, "headers") == 0) return read_headers(options, item, err);
  return cai_err_set(err, CHATABI_E_CONFIG,
                     "There is no request option \"%.80s\". The library's are: %s. Fields such as model, tools or "
                     "temperature belong to the body.",
                     item->string, names);
}

int cai_options_read(cai_options *options, const char *json, cai_err *err) {
  *options = (cai_options){.connect_timeout_ms = -1,
                           .first_byte_timeout_ms = -1,
                           .idle_timeout_ms = -1,
                           .total_timeout_ms = -1,
                           .max_retries = -1};
  cai_headers_init(&options->headers);
  if (!json) return 0;
  size_t len = strlen(json);
  if (len > MAX_OPTIONS)
    return cai_err_set(err, CHATABI_E_TOO_LARGE, "The request options are larger than %d bytes.", MAX_OPTIONS);
  cJSON *object = cai_json_parse(json, len, "The text of the request options", err);
  if (!object) return err->code;
  int error =
      cJSON_IsObject(object) ? 0 : cai_err_set(err, CHATABI_E_CONFIG, "The request options must be a JSON object.");
  for (const cJSON *item = error ? NULL : object->child; item && !error; item = item->next)
    error = read_member(options, object, item, err);
  cJSON_Delete(object);
  return error;
}
