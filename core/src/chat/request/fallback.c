/* SPDX-License-Identifier: MIT */
#include "fallback.h"

#include <string.h>

#include "../../base/alloc.h"
#include "../../base/json.h"
#include "../../base/url.h"
#include "chatabi.h"

enum { MAX_TEXT = 64 * 1024 };

void cai_fallbacks_fini(cai_fallbacks *list) {
  for (size_t i = 0; i < list->count; i++) {
    cai_free(list->items[i].location);
    cai_free_secret(list->items[i].base_url); /* a key may be in its query */
    cai_free(list->items[i].model);
  }
  memset(list, 0, sizeof *list);
}

static int refuse(cai_err *err, const char *what) {
  return cai_err_set(
      err, CHATABI_E_CONFIG,
      "Option fallback %s: it takes a JSON list of locations, base URLs and objects with \"location\" or "
      "\"base_url\", and \"model\".",
      what);
}

static int set_base(cai_fallback *fallback, const char *text, cai_err *err) {
  cai_url url;
  if (!cai_url_parse(text, &url))
    return refuse(err, "has a base URL that is no http or https URL without user name and password");
  cai_url_fini(&url);
  return cai_strset(&fallback->base_url, text) ? cai_err_nomem(err) : 0;
}

static int set_location(cai_fallback *fallback, const char *text, cai_err *err) {
  if (!*text) return refuse(err, "has an empty place");
  return cai_strset(&fallback->location, text) ? cai_err_nomem(err) : 0;
}

static int read_text(cai_fallback *fallback, const char *text, cai_err *err) {
  return strstr(text, "://") ? set_base(fallback, text, err) : set_location(fallback, text, err);
}

static int read_member(cai_fallback *fallback, const cJSON *item, cai_err *err) {
  const char *text = cJSON_GetStringValue(item);
  if (!text) return refuse(err, "has a member that is no text");
  if (strcmp(item->string, "location") == 0) return set_location(fallback, text, err);
  if (strcmp(item->string, "base_url") == 0) return set_base(fallback, text, err);
  if (strcmp(item->string, "model") == 0) return cai_strset(&fallback->model, text) ? cai_err_nomem(err) : 0;
  return refuse(err, "has a member that it does not know");
}

static int read_object(cai_fallback *fallback, const cJSON *object, cai_err *err) {
  int error = 0;
  for (const cJSON *item = object->child; item && !error; item = item->next) error = read_member(fallback, item, err);
  if (error) return error;
  if (!fallback->location && !fallback->base_url && !fallback->model) return refuse(err, "has an empty object");
  return fallback->location && fallback->base_url ? refuse(err, "names a location and a base URL for one place") : 0;
}

static int read_item(cai_fallbacks *list, const cJSON *item, cai_err *err) {
  if (list->count == CAI_FALLBACKS_MAX) return refuse(err, "has more than 8 places");
  cai_fallback *fallback = &list->items[list->count++];
  const char *text = cJSON_GetStringValue(item);
  if (text) return read_text(fallback, text, err);
  return cJSON_IsObject(item) ? read_object(fallback, item, err) : refuse(err, "has something else in it");
}

int cai_fallbacks_read(cai_fallbacks *list, const char *json, cai_err *err) {
  memset(list, 0, sizeof *list);
  if (!*json) return 0;
  size_t len = strlen(json);
  if (len > MAX_TEXT) return refuse(err, "is too large");
  cJSON *tree = cai_json_parse(json, len, "The text of option fallback", err);
  if (!tree) return err->code == CHATABI_E_JSON ? (err->code = CHATABI_E_CONFIG) : err->code;
  int error = cJSON_IsArray(tree) ? 0 : refuse(err, "is no list");
  for (const cJSON *item = error ? NULL : tree->child; item && !error; item = item->next)
    error = read_item(list, item, err);
  cJSON_Delete(tree);
  if (error) cai_fallbacks_fini(list);
  return error;
}

cai_endpoint cai_fallback_endpoint(const cai_fallback *fallback, cai_endpoint endpoint) {
  if (fallback->location) endpoint.location = fallback->location;
  if (fallback->base_url) endpoint.base_url = fallback->base_url;
  return endpoint;
}
