/* SPDX-License-Identifier: MIT */
#include "document.h"

#include "../../base/json.h"
#include "chatabi.h"

/* What is read here becomes part of URLs, headers and forms. Keys in PEM have line breaks and are read elsewhere. */
static bool is_plain(const char *text) {
  for (; *text; text++)
    if ((unsigned char)*text < 0x20 || *text == 0x7f) return false;
  return true;
}

int cai_document_get(const cai_document *document, const char *member, const char **text, cai_err *err) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(document->root, member);
  *text = NULL;
  if (!item || cJSON_IsNull(item)) return 0;
  const char *value = cJSON_GetStringValue(item);
  if (!value) return cai_err_set(err, CHATABI_E_AUTH_SOURCE, "\"%s\" in %s is no text.", member, document->origin);
  if (!is_plain(value))
    return cai_err_set(err, CHATABI_E_AUTH_SOURCE, "\"%s\" in %s has a line break or another control character in it.",
                       member, document->origin);
  if (*value) *text = value;
  return 0;
}

const char *cai_document_need(const cai_document *document, const char *member, cai_err *err) {
  const char *text;
  if (cai_document_get(document, member, &text, err)) return NULL;
  if (!text)
    cai_err_set(err, CHATABI_E_AUTH_SOURCE,
                "%s has no text in its member \"%s\": it is not a complete credential file.", document->origin, member);
  return text;
}
