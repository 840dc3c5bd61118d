/* SPDX-License-Identifier: MIT
 * Each option is a row of options.def; here a row becomes a place in the settings and a way to read its text. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "../base/json.h"
#include "../base/url.h"
#include "chatabi.h"
#include "environment.h"

typedef enum kind { KIND_TEXT, KIND_CHOICE, KIND_NUMBER, KIND_HEADERS, KIND_PLACES } kind;

typedef struct option_row {
  const char *group, *key;
  kind kind;
  size_t offset; /* in cai_settings; unused for CHOICE */
  const char *initial;
  const char *choices;
  int64_t least, most;
  const char *help;
} option_row;

#define TEXT(group, key, help) {#group, #key, KIND_TEXT, offsetof(cai_settings, key), NULL, NULL, 0, 0, help},
#define CHOICE(group, key, initial, choices, help) {#group, #key, KIND_CHOICE, 0, initial, choices, 0, 0, help},
#define NUMBER(group, key, initial, least, most, help) \
  {#group, #key, KIND_NUMBER, offsetof(cai_settings, key), #initial, NULL, least, most, help},
#define HEADERS(group, key, help) {#group, #key, KIND_HEADERS, offsetof(cai_settings, key), NULL, NULL, 0, 0, help},
#define PLACES(group, key, help) {#group, #key, KIND_PLACES, offsetof(cai_settings, key), NULL, NULL, 0, 0, help},
static const option_row rows[] = {
#include "options.def"
};
#undef TEXT
#undef CHOICE
#undef NUMBER
#undef HEADERS
#undef PLACES

enum { ROWS = sizeof rows / sizeof *rows, MAX_AUTH_VALUE = 2 * 1024 * 1024, MAX_TAG = 32 };

static const char *const kind_names[] = {"text", "choice", "number", "JSON object", "JSON list"};

static void *place(cai_settings *settings, const option_row *row) { return (char *)settings + row->offset; }

/* ---- values ---- */

static int set_number(cai_settings *settings, const option_row *row, const char *value, cai_err *err) {
  char *end;
  errno = 0;
  long long number = strtoll(value, &end, 10);
  if (errno || end == value || *end || number < row->least || number > row->most)
    return cai_err_set(err, CHATABI_E_CONFIG,
                       "Option %s cannot be \"%.80s\": it takes a whole number from %lld to %lld.", row->key, value,
                       (long long)row->least, (long long)row->most);
  *(int64_t *)place(settings, row) = number;
  return 0;
}

/* Which of the words separated by spaces `value` is, from 0; -1 none. */
static int choice_index(const char *choices, const char *value) {
  size_t len = strlen(value);
  for (int index = 0; *choices; index++) {
    size_t word = strcspn(choices, " ");
    if (word == len && memcmp(choices, value, len) == 0) return index;
    choices += word + (choices[word] == ' ');
  }
  return -1;
}

static void apply_choice(cai_settings *settings, const char *key, int index) {
  if (strcmp(key, "provider") == 0) {
    settings->provider = index < 0 ? CAI_PROVIDER_VERTEX : (cai_provider)index;
    settings->provider_chosen = index >= 0;
  } else if (strcmp(key, "http_version") == 0) {
    settings->http_version = index == 1 ? 11 : index == 2 ? 20 : 0;
  } else if (strcmp(key, "log_level") == 0) {
    settings->log_level = (cai_level)index;
  } else if (strcmp(key, "dialect") == 0) {
    settings->dialect_chosen = index > 0;
    settings->dialect = index > 0 ? (cai_dialect)(index - 1) : CAI_DIALECT_OFF;
  } else if (strcmp(key, "log_telemetry") == 0) {
    settings->log_telemetry = index == 1;
  } else if (strcmp(key, "replay_timing") == 0) {
    settings->replay_as_recorded = index == 1;
  } else if (strcmp(key, "auth_allow_external") == 0) {
    settings->auth_allow_external = index == 1;
  } else {
    settings->log_payloads = index == 1;
  }
}

static int set_choice(cai_settings *settings, const option_row *row, const char *value, cai_err *err) {
  int index = choice_index(row->choices, value);
  if (index < 0 && *value)
    return cai_err_set(err, CHATABI_E_CONFIG, "Option %s cannot be \"%.80s\": it is one of %s.", row->key, value,
                       row->choices);
  if (index < 0 && *row->initial)
    return cai_err_set(err, CHATABI_E_CONFIG, "Option %s cannot be empty: it is one of %s.", row->key, row->choices);
  apply_choice(settings, row->key, index);
  return 0;
}

static int read_headers(const cJSON *object, cai_headers *headers, cai_err *err) {
  for (const cJSON *item = object->child; item; item = item->next) {
    const char *value = cJSON_GetStringValue(item);
    int error = value ? cai_headers_set(headers, item->string, value) : CHATABI_E_CONFIG;
    if (error == CHATABI_E_NOMEM) return cai_err_nomem(err);
    if (error)
      return cai_err_set(err, CHATABI_E_CONFIG,
                         "Option headers: \"%.80s\" must be a header's name, and its value text without line breaks.",
                         item->string);
  }
  return 0;
}

static int set_headers(cai_headers *slot, const char *value, cai_err *err) {
  cai_headers headers;
  cai_headers_init(&headers);
  cJSON *object = value ? cai_json_parse(value, strlen(value), "Option headers", err) : NULL;
  int error = 0;
  if (value && !object)
    error = err->code = CHATABI_E_CONFIG;
  else if (value)
    error = cJSON_IsObject(object)
                ? read_headers(object, &headers, err)
                : cai_err_set(err, CHATABI_E_CONFIG, "Option headers must be a JSON object of names and values.");
  cJSON_Delete(object);
  if (error) {
    cai_headers_fini(&headers);
    return error;
  }
  cai_headers_fini(slot);
  *slot = headers;
  return 0;
}

static int set_places(cai_fallbacks *slot, const char *value, cai_err *err) {
  cai_fallbacks list;
  int error = cai_fallbacks_read(&list, value ? value : "", err);
  if (error) return error;
  cai_fallbacks_fini(slot);
  *slot = list;
  return 0;
}

static int check_tag(const char *value, cai_err *err) {
  static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-:";
  if (strlen(value) <= MAX_TAG && strspn(value, allowed) == strlen(value)) return 0;
  return cai_err_set(err, CHATABI_E_CONFIG,
                     "Option think_tag cannot be \"%.80s\": it takes a tag's name without brackets, such as think.",
                     value);
}

static int check_text(const option_row *row, const char *value, cai_err *err) {
  cai_url url;
  if (!value || !*value) return 0;
  if (strpbrk(value, "\r\n")) return cai_err_set(err, CHATABI_E_CONFIG, "Option %s must be one line.", row->key);
  if (strcmp(row->key, "think_tag") == 0) return check_tag(value, err);
  if (strcmp(row->key, "base_url") != 0) return 0;
  if (!cai_url_parse(value, &url))
    return cai_err_set(
        err, CHATABI_E_CONFIG,
        "Option base_url cannot be \"%.200s\": it takes an http:// or https:// URL without user name, for "
        "example http://localhost:8000/v1.",
        strchr(value, '@') ? "..." : value);
  cai_url_fini(&url);
  return 0;
}

/* An empty text means "not set", but for proxy, where it means "none". */
static int set_text(cai_settings *settings, const option_row *row, const char *value, cai_err *err) {
  int error = check_text(row, value, err);
  if (error) return error;
  bool keep_empty = strcmp(row->key, "proxy") == 0;
  if (value && !*value && !keep_empty) value = NULL;
  return cai_strset(place(settings, row), value) ? cai_err_nomem(err) : 0;
}

static int set_row(cai_settings *settings, const option_row *row, const char *value, cai_err *err) {
  if (!value) value = row->initial;
  switch (row->kind) {
    case KIND_NUMBER: return set_number(settings, row, value, err);
    case KIND_CHOICE: return set_choice(settings, row, value, err);
    case KIND_HEADERS: return set_headers(place(settings, row), value, err);
    case KIND_PLACES: return set_places(place(settings, row), value, err);
    default: return set_text(settings, row, value, err);
  }
}

/* ---- the table ---- */

int cai_config_defaults(cai_settings *settings) {
  cai_err err;
  settings->auth_source = CAI_SOURCE_ADC;
  cai_headers_init(&settings->headers);
  for (size_t i = 0; i < ROWS; i++)
    if (set_row(settings, &rows[i], NULL, &err)) return err.code;
  return 0;
}

static int unknown_option(const char *key, cai_err *err) {
  cai_buf list;
  cai_buf_init(&list, CAI_ERR_MESSAGE);
  for (size_t i = 0; i < ROWS; i++) cai_buf_format(&list, "%s%s", i ? " " : "", rows[i].key);
  cai_err_set(err, CHATABI_E_CONFIG, "There is no option \"%.80s\". The options are: %s.", key, cai_buf_view(&list));
  cai_buf_fini(&list);
  return CHATABI_E_CONFIG;
}

int cai_config_set(cai_settings *settings, const char *key, const char *value, cai_err *err) {
  for (size_t i = 0; i < ROWS; i++)
    if (strcmp(rows[i].key, key) == 0) return set_row(settings, &rows[i], value, err);
  return unknown_option(key, err);
}

bool cai_config_describe(size_t index, cai_config_row *out) {
  if (index >= ROWS) return false;
  const option_row *row = &rows[index];
  *out = (cai_config_row){row->group, row->key, row->choices ? row->choices : kind_names[row->kind], row->initial,
                          row->help};
  return true;
}

/* ---- credentials ---- */

typedef struct source_row {
  const char *name;
  cai_source source;
  bool needs_value;
  const char *value_is;
} source_row;

static const source_row sources[] = {
    {"adc", CAI_SOURCE_ADC, false, ""},
    {"file", CAI_SOURCE_FILE, true, "the path of a Google credential file"},
    {"json", CAI_SOURCE_JSON, true, "the JSON text of a Google credential file"},
    {"metadata", CAI_SOURCE_METADATA, false, ""},
    {"token", CAI_SOURCE_TOKEN, true, "an access token"},
    {"api_key", CAI_SOURCE_API_KEY, false, ""},
    {"gcloud", CAI_SOURCE_GCLOUD, false, ""},
    {"none", CAI_SOURCE_NONE, false, ""},
};

/* May it be repeated in an error? It can also be a key that somebody gave in place of a source. */
static bool could_be_a_source(const char *text) {
  size_t letters = strspn(text, "abcdefghijklmnopqrstuvwxyz_");
  return text[letters] == '\0' && letters <= 12;
}

int cai_config_set_auth(cai_settings *settings, const char *source, const char *value, cai_err *err) {
  for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
    const source_row *row = &sources[i];
    if (strcmp(row->name, source) != 0) continue;
    if (row->needs_value && (!value || !*value))
      return cai_err_set(err, CHATABI_E_CONFIG, "Auth source \"%s\" needs a value: %s.", source, row->value_is);
    if (value && strlen(value) > MAX_AUTH_VALUE)
      return cai_err_set(err, CHATABI_E_CONFIG, "The value of auth source \"%s\" is larger than 2 MiB.", source);
    char *copy = cai_strdup(value);
    if (value && !copy) return cai_err_nomem(err);
    cai_free_secret(settings->auth_value);
    settings->auth_value = copy;
    settings->auth_source = row->source;
    settings->auth_chosen = true;
    return 0;
  }
  bool shown = could_be_a_source(source);
  return cai_err_set(err, CHATABI_E_CONFIG,
                     "There is no auth source %s%s%s. The sources are: adc file json metadata token api_key gcloud "
                     "none. A key is the value of the source \"api_key\".",
                     shown ? "\"" : "", shown ? source : "of that name", shown ? "\"" : "");
}

/* Whoever chose no source gets the one that belongs to the provider; a key never goes to a host that it was not made
 * for. */
static void choose_auth(cai_settings *settings) {
  if (settings->auth_chosen) return;
  cai_free_secret(settings->auth_value);
  settings->auth_value = NULL;
  switch (settings->provider) {
    case CAI_PROVIDER_VERTEX: settings->auth_source = CAI_SOURCE_ADC; break;
    case CAI_PROVIDER_COMPATIBLE: settings->auth_source = CAI_SOURCE_NONE; break;
    default: settings->auth_source = CAI_SOURCE_API_KEY;
  }
}

static int find_key(cai_settings *settings, cai_err *err) {
  if (settings->auth_source != CAI_SOURCE_API_KEY || settings->auth_value) return 0;
  const char *key = settings->provider == CAI_PROVIDER_OPENAI   ? settings->places.openai_api_key
                    : settings->provider == CAI_PROVIDER_GEMINI ? settings->places.gemini_api_key
                                                                : NULL;
  return key && !(settings->auth_value = cai_strdup(key)) ? cai_err_nomem(err) : 0;
}

/* A location is part of the URL only where the URL is built. */
static int check_fallback(const cai_settings *settings, cai_err *err) {
  const cai_endpoint endpoint = cai_settings_endpoint(settings, 0, "any", NULL);
  for (size_t i = 0; i < settings->fallback.count; i++)
    if (settings->fallback.items[i].location && !cai_endpoint_needs_project(&endpoint))
      return cai_err_set(err, CHATABI_E_CONFIG,
                         "Option fallback names location \"%.80s\", but this provider or base_url has no locations: "
                         "name base URLs.",
                         settings->fallback.items[i].location);
  return 0;
}

int cai_config_freeze(cai_settings *settings, cai_err *err) {
  if (!settings->provider_chosen)
    settings->provider = settings->base_url ? CAI_PROVIDER_COMPATIBLE : CAI_PROVIDER_VERTEX;
  if (settings->record && settings->replay)
    return cai_err_set(err, CHATABI_E_CONFIG,
                       "Options record and replay exclude each other: what is replayed is recorded already. Set one.");
  if (settings->provider == CAI_PROVIDER_COMPATIBLE && !settings->base_url && !settings->replay)
    return cai_err_set(err, CHATABI_E_CONFIG,
                       "Provider compatible needs option base_url, for example http://localhost:8000/v1.");
  cai_places_fini(&settings->places);
  if (cai_places_read(&settings->places, settings->auth_source == CAI_SOURCE_GCLOUD) || cai_environment_read(settings))
    return cai_err_nomem(err);
  choose_auth(settings);
  int error = check_fallback(settings, err);
  return error ? error : find_key(settings, err);
}
