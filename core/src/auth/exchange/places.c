/* SPDX-License-Identifier: MIT */
#include "places.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "../../base/alloc.h"
#include "../../base/buf.h"
#include "chatabi.h"

enum { MAX_PATH = 4096, PASSWD_BUFFER = 16384 };

static const char *env(const char *name) {
  const char *value = getenv(name);
  return value && *value ? value : NULL;
}

/* Copies the first variable of the two that is set. */
static int take(char **slot, const char *name, const char *other) {
  const char *value = env(name);
  if (!value && other) value = env(other);
  return cai_strset(slot, value);
}

static int join(char **slot, const char *dir, const char *rest) {
  cai_buf path;
  cai_buf_init(&path, MAX_PATH);
  cai_buf_text(&path, dir);
  cai_buf_text(&path, rest);
  int error = path.error;
  *slot = cai_buf_take(&path);
  cai_buf_fini(&path);
  return error == CHATABI_E_NOMEM ? error : 0;
}

/* A daemon may run without HOME. */
static int below_passwd_home(char **slot) {
  struct passwd entry, *found = NULL;
  char *buffer = cai_malloc(PASSWD_BUFFER);
  if (!buffer) return CHATABI_E_NOMEM;
  int error = 0;
  if (getpwuid_r(getuid(), &entry, buffer, PASSWD_BUFFER, &found) == 0 && found && found->pw_dir && *found->pw_dir)
    error = join(slot, found->pw_dir, "/.config/gcloud");
  cai_free(buffer);
  return error;
}

static int find_gcloud_dir(char **slot) {
  const char *dir = env("CLOUDSDK_CONFIG");
  if (dir) return cai_strset(slot, dir);
#ifdef _WIN32
  dir = env("APPDATA");
  return dir ? join(slot, dir, "\\gcloud") : 0;
#else
  dir = env("HOME");
  return dir ? join(slot, dir, "/.config/gcloud") : below_passwd_home(slot);
#endif
}

static int read_all(cai_places *places) {
  if (take(&places->credentials_file, "GOOGLE_APPLICATION_CREDENTIALS", NULL) || find_gcloud_dir(&places->gcloud_dir) ||
      take(&places->project, "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT") ||
      take(&places->location, "GOOGLE_CLOUD_LOCATION", "GOOGLE_CLOUD_REGION") ||
      take(&places->quota_project, "GOOGLE_CLOUD_QUOTA_PROJECT", NULL) ||
      take(&places->universe_domain, "GOOGLE_CLOUD_UNIVERSE_DOMAIN", NULL) ||
      take(&places->metadata_host, "GCE_METADATA_HOST", NULL) ||
      take(&places->openai_api_key, "OPENAI_API_KEY", NULL) ||
      take(&places->gemini_api_key, "GOOGLE_API_KEY", "GEMINI_API_KEY"))
    return CHATABI_E_NOMEM;
  const char *no_check = env("NO_GCE_CHECK");
  places->no_gce_check = no_check && strcasecmp(no_check, "true") == 0;
  return 0;
}

int cai_places_read(cai_places *places) {
  memset(places, 0, sizeof *places);
  int error = read_all(places);
  if (error) cai_places_fini(places);
  return error;
}

static int copy_all(cai_places *to, const cai_places *from) {
  to->no_gce_check = from->no_gce_check;
  if (cai_strset(&to->credentials_file, from->credentials_file) || cai_strset(&to->gcloud_dir, from->gcloud_dir) ||
      cai_strset(&to->project, from->project) || cai_strset(&to->location, from->location) ||
      cai_strset(&to->quota_project, from->quota_project) || cai_strset(&to->universe_domain, from->universe_domain) ||
      cai_strset(&to->metadata_host, from->metadata_host) || cai_strset(&to->openai_api_key, from->openai_api_key) ||
      cai_strset(&to->gemini_api_key, from->gemini_api_key))
    return CHATABI_E_NOMEM;
  return 0;
}

int cai_places_copy(cai_places *to, const cai_places *from) {
  memset(to, 0, sizeof *to);
  int error = copy_all(to, from);
  if (error) cai_places_fini(to);
  return error;
}

void cai_places_fini(cai_places *places) {
  cai_free(places->credentials_file);
  cai_free(places->gcloud_dir);
  cai_free(places->project);
  cai_free(places->location);
  cai_free(places->quota_project);
  cai_free(places->universe_domain);
  cai_free(places->metadata_host);
  cai_free_secret(places->openai_api_key);
  cai_free_secret(places->gemini_api_key);
  memset(places, 0, sizeof *places);
}
