/* SPDX-License-Identifier: MIT */
#include "locate.h"

#include <errno.h>
#include <string.h>

#include "../base/alloc.h"
#include "../base/file.h"
#include "chatabi.h"
#include "credential/metadata.h"
#include "credential/ready_token.h"
#include "embedded.h"

enum { LONG_PATH = 100, MAX_FILE = 1024 * 1024, MAX_TEXT = 16 * 1024, REASON = 128 };

/* A common mistake: what a service calls "the credentials" is put where their path belongs. It must not be shown. */
static bool is_content(const char *path) {
  if (strpbrk(path, "{}[]\"\r\n")) return true;
  return strlen(path) > LONG_PATH && !strchr(path, '/') && !strchr(path, '\\');
}

static int refuse_content(const char *who, cai_err *err) {
  return cai_err_set(err, CHATABI_E_AUTH_SOURCE,
                     "What %s names is not a file's path but looks like the content of one. Put JSON text into "
                     "CHATABI_CREDENTIALS_JSON, or use the source \"json\".",
                     who);
}

static int refuse_file(const char *path, const char *who, int error, cai_err *err) {
  char reason[REASON];
  if (error == ENOMEM) return cai_err_nomem(err);
  return cai_err_set(err, CHATABI_E_AUTH_SOURCE, "The credential file %s, which %s names, cannot be read: %s. %s", path,
                     who, cai_file_reason(error, reason, sizeof reason), "Correct the path or the file's permissions.");
}

cai_credential *cai_locate_file(const cai_locate *locate, const char *path, const char *who, cai_origin *origin,
                                cai_err *err) {
  if (is_content(path)) {
    refuse_content(who, err);
    return NULL;
  }
  if (cai_origin_watch(origin, path)) {
    cai_err_nomem(err);
    return NULL;
  }
  cai_buf text;
  cai_buf_init_secret(&text, MAX_FILE);
  cai_credential *credential = NULL;
  int error = cai_file_read(path, &text);
  if (error)
    refuse_file(path, who, error, err);
  else
    credential =
        cai_credential_parse(cai_buf_view(&text), text.len, path, locate->guard, locate->places, locate->log, err);
  cai_buf_fini(&text);
  return credential;
}

static char *well_known_path(const char *gcloud_dir) {
  cai_buf path;
  cai_buf_init(&path, MAX_TEXT);
  cai_buf_format(&path, "%s/application_default_credentials.json", gcloud_dir);
  char *text = cai_buf_take(&path);
  cai_buf_fini(&path);
  return text;
}

/* The first five places as they go into the error's list; none had anything when this is needed. */
static char *searched(const char *well_known) {
  cai_buf text;
  cai_buf_init(&text, MAX_TEXT);
  cai_buf_text(&text,
               "CHATABI_CREDENTIALS_JSON, GOOGLE_APPLICATION_CREDENTIALS, GOOGLE_APPLICATION_CREDENTIALS_JSON, "
               "CLOUDSDK_AUTH_ACCESS_TOKEN, GOOGLE_OAUTH_ACCESS_TOKEN (not set); ");
  if (well_known)
    cai_buf_format(&text, "%.300s (no such file)", well_known);
  else
    cai_buf_text(&text, "gcloud's directory (neither CLOUDSDK_CONFIG nor HOME is set)");
  char *list = cai_buf_take(&text);
  cai_buf_fini(&text);
  return list;
}

static cai_credential *try_metadata(const cai_locate *locate, const char *well_known, cai_err *err) {
  char *list = searched(well_known);
  cai_credential *credential = NULL;
  if (!list) {
    cai_err_nomem(err);
  } else if (locate->places->no_gce_check) {
    cai_err_set(err, CHATABI_E_AUTH_SOURCE,
                "No Google credentials were found. Searched: %s; the metadata server (not asked, because NO_GCE_CHECK "
                "is set). %s",
                list, cai_metadata_remedy);
  } else {
    cai_metadata_config config = {.host = locate->places->metadata_host,
                                  .absent = list,
                                  .want_project = locate->want_project,
                                  .patient = locate->places->on_google,
                                  .universe_domain = locate->guard->universe_domain};
    credential = cai_metadata_new(&config, locate->log, err);
  }
  cai_free(list);
  return credential;
}

static cai_credential *search_below(const cai_locate *locate, const char *well_known, cai_origin *origin,
                                    cai_err *err) {
  if (cai_origin_watch(origin, well_known)) {
    cai_err_nomem(err);
    return NULL;
  }
  if (!origin->stamp.exists && !locate->has_file) return try_metadata(locate, well_known, err);
  return cai_locate_file(locate, well_known, "gcloud's directory", origin, err);
}

static cai_credential *search_gcloud(const cai_locate *locate, cai_origin *origin, cai_err *err) {
  const cai_places *places = locate->places;
  if (!places->gcloud_dir) return search_below(locate, NULL, origin, err);
  char *well_known = well_known_path(places->gcloud_dir);
  if (!well_known) {
    cai_err_nomem(err);
    return NULL;
  }
  cai_credential *credential = search_below(locate, well_known, origin, err);
  cai_free(well_known);
  return credential;
}

/* What the environment says in so many words comes before what lies somewhere on the machine; of that, the name that
 * all of Google's libraries know comes before the ones that only some do, but not before our own. */
cai_credential *cai_locate_adc(const cai_locate *locate, cai_origin *origin, cai_err *err) {
  const cai_places *places = locate->places;
  bool json_is_ours = places->credentials_json && strncmp(places->credentials_json_name, "CHATABI_", 8) == 0;
  if (places->credentials_file && !json_is_ours)
    return cai_locate_file(locate, places->credentials_file, "GOOGLE_APPLICATION_CREDENTIALS", origin, err);
  if (places->credentials_json)
    return cai_embedded_parse(places->credentials_json, places->credentials_json_name, locate->guard, places,
                              locate->log, err);
  if (places->access_token)
    return cai_ready_token_new(places->access_token, places->access_token_name, locate->log, err);
  return search_gcloud(locate, origin, err);
}
